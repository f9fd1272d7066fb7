"""Carrying a plan out: what is decided becomes LibCST nodes. All of it imports LibCST; nothing below does."""
