"""The environment of a process: what it is, who changes it, who reads it, and what keeps it."""
