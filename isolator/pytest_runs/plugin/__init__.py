"""The plugins that record a run of pytest: copied beside it, with the standard library and pytest only."""
