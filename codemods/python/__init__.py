"""Python itself: the text of a file, its tree, its names and imports. Nothing here knows pytest."""
