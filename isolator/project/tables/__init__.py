"""Parts of the configuration that are read only where they are needed, and the baseline."""
