"""Which test depends on which, and through what: found once (``links``), then told as rows and drawn as a graph."""
