"""Files, processes and signals: what has to hold whatever happens to the run."""
