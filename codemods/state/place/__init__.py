"""The plan for a function: where its changes end, and what cannot be written there."""
