"""What an expression stands for, which cell it names, and what it may see."""
