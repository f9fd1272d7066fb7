"""The commands: each turns words into a call, and what comes of it into output and an exit code."""
