"""What one watched run showed, kept, and told to the rules."""
