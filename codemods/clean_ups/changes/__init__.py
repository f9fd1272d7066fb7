"""What each of the rules looks for: one file a kind of change."""
