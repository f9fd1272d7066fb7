"""Changing a file: statements, imports, parameters, and how they are laid out. No rule is known
here.
"""
