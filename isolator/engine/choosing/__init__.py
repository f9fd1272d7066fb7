"""Which findings count: not those that a comment ignores, and only those on lines that have changed."""
