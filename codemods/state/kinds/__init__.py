"""The kinds of state: a file for each."""
