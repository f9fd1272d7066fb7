"""``isolator init``: a first ``[tool.isolator]`` for a project, from what can be read in it."""
