"""Why tests depend on the order, found by experiment."""
