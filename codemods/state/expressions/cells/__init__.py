"""Which attributes and items of what outlives a test a file writes."""
