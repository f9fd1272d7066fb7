"""What runs are compared with: a baseline, another confirmation, further expectations."""
