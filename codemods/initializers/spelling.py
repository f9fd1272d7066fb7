"""How ``unittest.mock`` and the expressions of the settings can be written in a test file."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from codemods.initializers.source_tree.scopes import bindings_of
from codemods.python.names import bound_names, parameters
from codemods.python.source import Source
from codemods.suite.hosts import Host

# What unittest.mock exports; importing it to ask would import asyncio too.
_MOCK_NAMES = frozenset(
    {
        *(
            "Mock",
            "MagicMock",
            "AsyncMock",
            "NonCallableMock",
            "NonCallableMagicMock",
            "PropertyMock",
            "ThreadingMock",
        ),
        *(
            "patch",
            "sentinel",
            "DEFAULT",
            "ANY",
            "call",
            "create_autospec",
            "FILTER_DIR",
            "mock_open",
            "seal",
        ),
    }
)


@dataclass(frozen=True)
class Spelling:
    """How a name of ``unittest.mock`` is written, and the name that must be imported for that,
    or None.
    """

    text: str
    wanted: str | None = None


class Speller:
    """The names of one test file, as its tests may use them in decorators and bodies."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def _everywhere(self) -> frozenset[str]:
        return frozenset(bindings_of(self._source.tree.body, ""))

    @cached_property
    def _imports_mock(self) -> bool:
        imports = (s for s in self._source.tree.body if isinstance(s, ast.Import))
        return any(a.name == "unittest.mock" and a.asname is None for s in imports for a in s.names)

    def spell(self, name: str, host: Host) -> Spelling | None:
        """How ``unittest.mock.<name>`` is written on and above a test; None if the name means
        something else there.
        """
        before, table = _names_before(host), self._source.names.table
        found = Spelling(name, name)
        for prefix, rest in ((f"unittest.mock.{name}", ""), ("unittest.mock", f".{name}")):
            known = [n for n, dotted in table.items() if dotted == prefix and n in before]
            if known:
                found = Spelling(known[0] + rest)
                break
        else:
            if table.get("unittest") == "unittest" and self._imports_mock:
                found = Spelling(f"unittest.mock.{name}")
        root = found.text.partition(".")[0]
        inner = bindings_of(host.classes[-1].body, "") if host.classes else {}
        return None if root in inner or (found.wanted and root in self._everywhere) else found

    def unbound(self, expressions: Iterable[str], host: Host) -> tuple[set[str], set[str]]:
        """The names of ``unittest.mock`` that the expressions need imported, and those that nothing
        defines.

        A local variable of the test counts as undefined: it is not set yet where the expressions
        are put.
        """
        before = _names_before(host)
        names = {name for expression in expressions for name in _free_names(expression)}
        hidden = bound_names(host.function) - set(parameters(host.function))
        missing = {n for n in names if n in hidden or not (n in before or hasattr(builtins, n))}
        importable = {
            n for n in missing & _MOCK_NAMES if n not in hidden and n not in self._everywhere
        }
        return importable, missing - importable


def _names_before(host: Host) -> frozenset[str]:
    """The names that the module has bound when the test is defined."""
    top = host.classes[0] if host.classes else host.function
    body = host.source.tree.body
    return frozenset(bindings_of(body[: next((i for i, s in enumerate(body) if s is top), 0)], ""))


def _free_names(expression: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(expression.strip(), mode="eval")))
    bound = {n.arg for n in nodes if isinstance(n, ast.arg)}
    bound |= {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    return {n.id for n in nodes if isinstance(n, ast.Name)} - bound
