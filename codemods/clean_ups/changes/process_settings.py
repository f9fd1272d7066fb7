"""What is set for the whole process: seeds, signals, the locale, limits, options of libraries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.clean_ups.changes.settings import attribute_writes, setter_calls
from codemods.clean_ups.model import Change
from codemods.clean_ups.scope import Scope
from codemods.clean_ups.setters import HOLDERS, SETTERS, WITHOUT_GETTER

_OF_LOGGING = "logging."
_SETTERS = frozenset(n for n in SETTERS if not n.startswith(_OF_LOGGING)) | WITHOUT_GETTER
_HOLDERS = {n: names for n, names in HOLDERS.items() if not n.startswith(_OF_LOGGING)}
_CALLED = frozenset(name.rpartition(".")[2] for name in _SETTERS)
_NEEDED = sorted(
    {(n.partition(".")[0].encode(), f"{n.rpartition('.')[2]}(".encode()) for n in _SETTERS}
)
LINES = re.compile(rf"\b(?:{'|'.join(sorted(_CALLED))})\(|\bgetcontext\(\)")


def may_set(data: bytes) -> bool:
    """Whether the bytes of a file may set something: they name a setter and its module."""
    return b"getcontext()." in data or any(c in data and m in data for m, c in _NEEDED)


def look(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """What a node sets that nothing puts back."""
    yield from setter_calls(node, scope, _SETTERS)
    yield from attribute_writes(node, scope, _HOLDERS)
