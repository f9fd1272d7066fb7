"""What is saved and put back, by hand and by context managers."""
