"""The rewrites of a file among each other: what must be undone in which order, and what passes
between them.
"""
