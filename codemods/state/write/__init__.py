"""Carrying a plan out: what is decided becomes LibCST nodes. Nothing else here imports LibCST."""
