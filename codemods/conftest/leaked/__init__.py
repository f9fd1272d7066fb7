"""Short fixtures for state whose shape the source of the project tells.

What is at a path (``places``, by what ``classes`` and ``values`` tell), what the project does to it
(``uses``), whether a fixture may import it (``importing``), and the fixture itself (``writing``).
"""
