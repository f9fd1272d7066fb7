"""What brittle tests need of others, found by experiment."""
