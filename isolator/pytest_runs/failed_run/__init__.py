"""What an earlier run of pytest, in CI mostly, says of itself: in which order its tests ran, and which failed."""
