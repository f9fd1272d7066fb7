"""From the bytes of a file to its findings and its rewrite, and over many files."""
