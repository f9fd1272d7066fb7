"""Files of Python, as sources."""

from __future__ import annotations

from pathlib import Path

from codemods.python.regular import read_python
from codemods.python.source import Source


def read_source(file: Path, name: str) -> Source | None:
    """A file of Python, which findings call by a name; None if it cannot be read."""
    try:
        source = Source(read_python(file), name)
        _ = source.tree
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return source
