"""Kinds of state beside the environment, each a module that tells what is done in the words that erasure knows.

``WORD`` stands in every statement that changes the state. ``translated(statement, scope)`` gives a copy of a statement
of the module in which what is done to the state is done to a variable of the environment.
"""

from __future__ import annotations

from isolator.guard.kinds import working_directory

KINDS = (working_directory,)
