"""What runs of pytest showed, for people and for programs."""
