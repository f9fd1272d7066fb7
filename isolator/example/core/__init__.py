"""Agents that do tasks, and the rules they do them under."""
