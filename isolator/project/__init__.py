"""What a project says of itself: where it is, its settings, its files, what the user asked for."""
