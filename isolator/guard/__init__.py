"""Whether a rewrite changed nothing but what it may; it shares no code with what it guards."""
