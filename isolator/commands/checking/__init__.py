"""What `isolator check` does apart from printing findings: the options that ruff's users know."""
