"""The rules on state: a file for each, named as the rule is, and one for each kind that carries them out."""
