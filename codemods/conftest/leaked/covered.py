"""Which state the autouse fixtures of a file already put back."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.conftest.placing import autouse, fixtures
from codemods.context import Context
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.source import Source, fact
from codemods.suite.hosts import Host, Kind


@fact
def without_covered(source: Source, context: Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that no autouse fixture of the file names after its ``yield``."""
    found = named_at_the_ends(source, context)
    return tuple(path for path in paths if path.removesuffix("()") not in found)


@fact
def named_at_the_ends(source: Source, context: Context) -> frozenset[str]:
    """The names that the autouse fixtures of a file use after their ``yield``."""
    tree = SourceTree.for_file(source, context)
    found: set[str] = set()
    for host in fixtures(source, context):
        if autouse(host.function):
            found.update(_named_at_the_end(host, tree))
    return frozenset(found)


def without_cleared(source: Source, context: Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths on which no function-scoped autouse fixture calls ``cache_clear``."""
    tree = SourceTree.for_file(source, context)
    found: set[str] = set()
    for host in fixtures(source, context):
        if autouse(host.function) and host.kind is Kind.FIXTURE:
            for node in ast.walk(host.function):
                match node:
                    case ast.Call(ast.Attribute(cache, "cache_clear")):
                        name = host.names.dotted(cache) or ""
                        found.update((name, canonical(name, tree)))
    return tuple(path for path in paths if found.isdisjoint((path, canonical(path, tree))))


def canonical(dotted: str, tree: SourceTree) -> str:
    """The name under which the tree defines something, with the rest of the path."""
    names = dotted.split(".")
    for length in range(len(names), 0, -1):
        start = ".".join(names[:length])
        known = tree.canonical(start)
        if known != start:
            return ".".join((known, *names[length:]))
    return dotted


def _named_at_the_end(host: Host, tree: SourceTree) -> Iterator[str]:
    """The full names that a fixture uses after its ``yield``.

    It may have assigned them to other names before: ``saved = list(registry.NAMES)``.
    """
    nodes = [*ast.walk(host.function)]
    ends = [node.lineno for node in nodes if isinstance(node, ast.Yield)]
    asserted = {n for node in nodes if isinstance(node, ast.Assert) for n in ast.walk(node)}
    meant: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            meant.setdefault(node.targets[0].id, []).extend(_names_in(node.value))
    for node in _names_in(host.function) if ends else ():
        if node.lineno > ends[-1] and node not in asserted:
            found = [node, *meant.get(getattr(node, "id", ""), ())]
            for each in found:
                name = host.names.dotted(each)
                yield from (name, canonical(name, tree)) if name else ()
                yield f"{host.source.path}::{ast.unparse(each)}"


def _names_in(node: ast.AST) -> Iterator[ast.expr]:
    return (each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute)))
