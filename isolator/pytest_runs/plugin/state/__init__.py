"""What tests leave changed: on the heap, and in the process."""
