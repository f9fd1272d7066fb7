"""What shall become of a function: decided here and there, carried out by ``write``."""
