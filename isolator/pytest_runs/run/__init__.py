"""One run of pytest: started, watched, read, and what it left behind put back."""
