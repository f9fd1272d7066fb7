"""What is done to state, why it stays, and what a kind of state is."""
