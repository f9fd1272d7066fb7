"""Changing a file: statements, imports, parameters, and how they are laid out. Nothing here knows a rule."""
