"""What `isolator check` does besides printing findings: the options that ruff's users know."""
