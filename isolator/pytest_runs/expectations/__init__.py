"""What runs are compared with: a baseline, another confirmation, what must hold besides."""
