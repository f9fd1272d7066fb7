"""Rewrites on trial: made, confirmed by runs of pytest, and taken back where they do harm."""
