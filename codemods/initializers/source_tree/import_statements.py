"""The names that import statements import, and from which modules, by absolute names."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_BODIES = ("body", "orelse", "handlers", "finalbody", "cases")
# Nodes that hold statements; others are not visited.
_HOLDERS: tuple[type[ast.AST], ...] = (
    *ast.stmt.__subclasses__(),
    ast.ExceptHandler,
    ast.match_case,
)
_HOLDERS = tuple(each for each in _HOLDERS if not {"body", "cases"}.isdisjoint(each._fields))


@dataclass(frozen=True)
class Import:
    """A name taken from a module, ``*`` for all of them, or the module itself where ``name`` is
    None.
    """

    module: str
    name: str | None


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that a ``from`` import names; ``package`` is what a relative one starts from."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = ".".join(parts[: len(parts) - node.level + 1])
    return ".".join(p for p in (base, node.module) if p)


def imports_of(body: Iterable[ast.AST], package: str) -> set[Import]:
    """The imports among some statements and in the blocks inside these."""
    found: set[Import] = set()
    todo = [*body]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(_taken(node, package))
        elif isinstance(node, _HOLDERS):
            todo += (inner for field in _BODIES for inner in _statements(node, field))
    return found


def imports_at_once(body: Iterable[ast.AST], package: str) -> Iterator[Import]:
    """The imports that run when the statements do: none in functions or below TYPE_CHECKING."""
    for node in body:
        yield from _taken(node, package)
        if isinstance(node, _HOLDERS) and not isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef)
        ):
            for field in ("orelse",) if for_type_checkers(node) else _BODIES:
                yield from imports_at_once(_statements(node, field), package)


def for_type_checkers(node: ast.AST) -> bool:
    """Whether this is an ``if`` whose body only type checkers read."""
    match node:
        case ast.If(ast.Name("TYPE_CHECKING") | ast.Attribute(_, "TYPE_CHECKING")):
            return True
    return False


def _taken(node: ast.AST, package: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, None) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (Import(absolute(node, package), alias.name) for alias in node.names)


def _statements(node: ast.AST, field: str) -> list[ast.AST]:
    inner = getattr(node, field, None)
    return inner if isinstance(inner, list) else []
