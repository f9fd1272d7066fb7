"""What a function changes, when that counts, and what is left when it is taken out."""
