"""Which state gets short fixtures of its own, and what of it a conftest puts back already."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from codemods.conftest.leaked.importing import is_imported
from codemods.conftest.leaked.places import Place, path_as_kept, place_of
from codemods.conftest.leaked.uses import Uses, uses_of
from codemods.conftest.leaked.values import Kind
from codemods.conftest.leaked.writing import Restoring
from codemods.conftest.placing import autouse, fixtures
from codemods.conftest.rendering import render
from codemods.conftest.template import Template
from codemods.conftest.wanted import with_text
from codemods.context import Context
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.source import Source, fact
from codemods.suite.hosts import Host

_ITEM = re.compile(r"\[[^\[\]]*\]")
_KINDS: tuple[Kind, ...] = ("dict", "list", "set", "deque", "value")
MOST = 3  # places; of more a list is shorter
_IMPORTS = (("Iterator", ("collections.abc", "Iterator")), ("pytest", ("pytest", None)))


def as_kept(source: Source, context: Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Paths with private names as Python keeps them, so that they are found when tests run."""
    tree = SourceTree.for_file(source, context)
    return tuple(dict.fromkeys(path_as_kept(path, tree) for path in paths))


@fact
def without_covered(source: Source, context: Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some paths that no autouse fixture of the conftest names after its ``yield``."""
    tree = SourceTree.for_file(source, context)
    found: set[str] = set()
    for host in fixtures(source, context):
        if autouse(host.function):
            found.update(_named_at_the_end(host, tree))
    return tuple(path for path in paths if path.removesuffix("()") not in found)


@fact
def short_fixtures(
    source: Source, context: Context, paths: tuple[str, ...]
) -> tuple[Restoring, ...]:
    """How to put these back in plain code: all of them, or none."""
    if not 0 < len(paths) <= MOST:
        return ()
    tree = SourceTree.for_file(source, context)
    found = [_known(path, source, context, tree) for path in paths]
    return tuple(each for each in found if each is not None) if all(found) else ()


def texts(
    source: Source, context: Context, wanted: Sequence[Restoring]
) -> Iterator[tuple[str, str]]:
    """The fixtures, each with its name, written as the conftest is written."""
    taken = set(source.names.table)
    for each in wanted:
        name = each.name(taken)
        taken.add(name)
        template = Template(each.text(name, context.line_length), name, _IMPORTS)
        yield name, render(template, name, "", (), source)


def with_fixtures(source: Source, context: Context, wanted: Sequence[Restoring]) -> str:
    """The conftest with these fixtures after its last one.

    Raises RefusedError for a name that is taken.
    """
    for name, text in [*texts(source, context, wanted)]:
        there = [host.function for host in fixtures(source, context)]
        template = Template(text, name, _IMPORTS)
        after = with_text(source, context, template, text, there[-1] if there else None)
        source = Source(after, source.path)
    return source.text


def _known(path: str, source: Source, context: Context, tree: SourceTree) -> Restoring | None:
    """How to put a place back, if what becomes of it is known, and importing it changes nothing."""
    seen = _seen(path, context)
    place = place_of(path, tree, seen[0] if len(seen) == 1 else None)
    if place is None or len(seen) > 1:
        return None
    is_name = place.kind != "cache" and not place.at
    uses = uses_of(place, context) if is_name else Uses()
    if not seen and not _is_told(place, uses, context):
        return None
    found = Restoring(place, uses.rebound or seen == ("value",))
    spelled = _spelled(found, source, tree)
    if "saved" in (spelled, found.imported[1]):
        return None  # as the fixture calls the copy
    if spelled is None and not is_imported(place.module, source.path, tree, context):
        return None
    return replace(found, spelled=spelled)


def _seen(path: str, context: Context) -> tuple[Kind, ...]:
    """Of what kinds the cells of a path were seen to be; of several nothing is known.

    An item of a dict is of the dict itself, unless it is one of another container.
    """
    kinds = dict(context.kinds)
    found: set[Kind] = set()
    for cell in context.leaked:
        inside = cell[len(path) :]
        if not cell.startswith(path) or inside[:1] not in ("", "["):
            continue
        if cell not in kinds:
            return ()
        is_whole = _ITEM.fullmatch(inside) if kinds[cell] == "dict" else not inside
        found.update([cast("Kind", kinds[cell])] if is_whole else _KINDS)
    return tuple(found)


def _is_told(place: Place, uses: Uses, context: Context) -> bool:
    """Whether the source tells enough of a place that no run has shown."""
    if place.kind != "value":
        return not uses.deeply
    has_items = any(each.startswith(f"{place.path}[") for each in context.leaked)
    return (uses.rebound or place.constant) and not uses.changed and not has_items


def _spelled(wanted: Restoring, source: Source, tree: SourceTree) -> str | None:
    """The name under which the conftest imports what the place is in."""
    for name, target in source.names.table.items():
        if not target or name in source.names.typing:
            continue
        if wanted.root in (target, _canonical(target, tree)):
            return name
    return None


def _named_at_the_end(host: Host, tree: SourceTree) -> Iterator[str]:
    """What a fixture deals with after it has yielded, by full names.

    It may have given it a name of its own before: ``saved = list(registry.NAMES)``.
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
            for name in filter(None, map(host.names.dotted, found)):
                yield from (name, _canonical(name, tree))


def _names_in(node: ast.AST) -> Iterator[ast.expr]:
    return (each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute)))


def _canonical(dotted: str, tree: SourceTree) -> str:
    """The name under which the tree defines something, and the names that lead on from there."""
    names = dotted.split(".")
    for length in range(len(names), 0, -1):
        start = ".".join(names[:length])
        known = tree.canonical(start)
        if known != start:
            return ".".join((known, *names[length:]))
    return dotted
