"""Reading one function, statement by statement."""
