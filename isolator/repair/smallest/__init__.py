"""The smallest repair: a rewrite, or a place that a fixture restores, stays only if a test fails without it."""
