"""Settings to paste: the initializers that a watched run showed."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.context import Context, Initializer
from isolator.evidence.context import initializers
from isolator.evidence.model import Evidence


def suggestions(evidence: Evidence, context: Context) -> str:
    """The tables ``[[tool.isolator.initializer]]`` for pyproject.toml, for what is not named there yet; may be empty.

    Where a target is looked up is read from the test files and the source tree.
    """
    declared = {initializer.target for initializer in context.initializers}
    new = (each for each in initializers(evidence, context) if each.target not in declared)
    return "\n".join("".join(f"{line}\n" for line in _table(each)) for each in new)


def _table(initializer: Initializer) -> Iterator[str]:
    yield "[[tool.isolator.initializer]]"
    yield f"target = {_string(initializer.target)}"
    if initializer.returns is not None:
        yield f"returns = {_string(initializer.returns)}"
    yield f"tests = [{', '.join(map(_string, initializer.tests))}]"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
