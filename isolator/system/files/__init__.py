"""Files that are written whole or not at all, and the folder that a project keeps for isolator."""
