"""A file as pytest sees it: its functions and classes, and the conftests above it."""
