"""Patchers: where they are made, started and stopped, and what they set."""
