"""Findings and fixes, for people and for programs."""
