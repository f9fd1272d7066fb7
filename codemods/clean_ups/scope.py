"""What the rules that register look at a node with."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property, lru_cache

from codemods.context import Conftest, Context
from codemods.python.names import Names
from codemods.python.source import Source, fact
from codemods.suite.endings import is_restored, put_back_by_autouse
from codemods.suite.hosts import Host


@dataclass(frozen=True)
class Scope:
    """What a node is read with: its function, None at module level, and its file."""

    host: Host | None
    source: Source
    context: Context

    @cached_property
    def names(self) -> Names:
        """The names as the function sees them."""
        return self.host.names if self.host is not None else self.source.names

    def dotted(self, node: ast.expr) -> str | None:
        """The full name of what an expression stands for, None if unknown."""
        return self.names.dotted(node)

    def segment(self, node: ast.expr) -> str:
        """The text of an expression."""
        return self.source.segment(node)

    def is_restored(self, name: str, node: ast.expr | ast.stmt) -> bool:
        """Whether what a node changes is put back in any case by a call or write of this name."""
        return is_restored(name, node.lineno, self.source) or name in _by_conftests(
            self.source, self.context
        )


@fact
def _by_conftests(source: Source, context: Context) -> frozenset[str]:
    """What the autouse fixtures of the conftests above a file put back."""
    found: set[str] = set()
    path = (context.root / source.path).as_posix()
    for conftest in context.conftests:
        if path.startswith(conftest.folder) and "autouse" in conftest.text:
            found |= _of_autouse(conftest)
    return frozenset(found)


@lru_cache(maxsize=64)
def _of_autouse(conftest: Conftest) -> frozenset[str]:
    return put_back_by_autouse(Source(conftest.text, "conftest.py"))
