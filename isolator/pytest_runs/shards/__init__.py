"""A confirmation in parts, and the parts joined."""
