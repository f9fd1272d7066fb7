"""Kinds of state beside the environment, each a module that tells what is done in the words that erasure knows.

One of the ``WORDS`` stands in a statement that changes the state, before its rewrite or after it.
``translated(was, now, old, new)`` gives copies of a statement of the module, as it was and as it is, in which what is
done to the state is done to variables of the environment; ``old`` and ``new`` are the scopes of the two.
``objection(was, now, new, there)`` says what else is wrong, None if nothing is.
"""

from __future__ import annotations

from isolator.guard.kinds import attribute, item, working_directory

KINDS = (attribute, item, working_directory)
