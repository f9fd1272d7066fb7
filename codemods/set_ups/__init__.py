"""What a test sets up and others need: its statements, and the fixture made of them."""
