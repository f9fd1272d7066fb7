"""Whether another file of the project uses what a test file defines."""

from __future__ import annotations

from codemods.context import Context
from codemods.python.source import Source
from codemods.reach.elsewhere import used_in
from codemods.shared_objects.model import ELSEWHERE, LeftError


def check_elsewhere(name: str, source: Source, context: Context) -> None:
    """Raises LeftError if another Python file below the root imports the file, and has the name."""
    other = used_in(name, source.path, context)
    if other is not None:
        raise LeftError(ELSEWHERE, other)
