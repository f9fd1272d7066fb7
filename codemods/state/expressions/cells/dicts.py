"""Dicts that outlive a test, whose items a file writes: ``app.HANDLERS["json"] = handler``.

What a method changes is only worked out for objects known to be dicts: the file makes
it so, or gives an item of it a value under a string.
"""

from __future__ import annotations

import ast
import re

from codemods.python.names import own_statements, walk
from codemods.python.source import Source, fact, nodes_on
from codemods.state.expressions.cells.attributes import (
    known_names,
    lines_of,
    object_name,
    root_of,
)
from codemods.state.expressions.cells.candidates import item_writes

METHODS = frozenset(
    {"pop", "popitem", "update", "setdefault", "clear", "__setitem__", "__delitem__"}
)
_METHOD = re.compile(rf"\.[ \t]*(?:{'|'.join(sorted(METHODS))})[ \t]*\(")


@fact
def item_lines(source: Source) -> list[int]:
    """The numbers of the lines, in order, on which an item may get a value or go."""
    called = {source.line_at(match.end() - 1) for match in _METHOD.finditer(source.text)}
    return sorted(called.union(_set_lines(source)))


@fact
def _set_lines(source: Source) -> list[int]:
    return lines_of(source, item_writes(f"\n{source.text}"))


@fact
def written_containers(source: Source) -> tuple[str, ...]:
    """The names, without what they are reached through, of the dicts whose items functions set."""
    known = known_names(source)
    containers = (c for c, key in _written_items(source) if _is_key(key))
    return tuple(sorted({_last(c) for c in containers if root_of(c) in known}))


@fact
def written_dicts(source: Source) -> frozenset[str]:
    """The full names of the dicts that functions set items of, judged by the module's names."""
    names = (object_name(c, source.names, source) for c, _ in _written_items(source))
    return frozenset(name for name in names if name is not None)


@fact
def _written_items(source: Source) -> list[tuple[ast.expr, ast.expr]]:
    """The items that a file sets or deletes: the container and the key of each.

    Those that a MonkeyPatch does are among them: what is looked for is the same before a rewrite
    and after it.
    """
    lines = sorted({*_set_lines(source), *source.lines_with("setitem(", "delitem(")})
    found = []
    for node in nodes_on(source.tree.body, lines):
        match node:
            case ast.Subscript(container, key, ast.Store() | ast.Del()):
                found.append((container, key))
            case ast.Call(ast.Attribute(_, "setitem" | "delitem"), [container, key, *_]):
                found.append((container, key))
    return [(c, key) for c, key in found if isinstance(c, (ast.Name, ast.Attribute))]


def _is_key(key: ast.expr) -> bool:
    """Whether an index may be the key of a dict rather than a place in a list: no number, no
    slice.
    """
    number = isinstance(key, ast.UnaryOp) or (
        isinstance(key, ast.Constant) and isinstance(key.value, (int, float))
    )
    return not number and not isinstance(key, (ast.Slice, ast.Tuple))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@fact
def known_dicts(source: Source) -> frozenset[str]:
    """The full names of the containers that are dicts for certain: a string is the key of an item
    that the file writes, or the file makes them so.
    """
    found = {"sys.modules"}
    for container, key in _written_items(source):
        name = object_name(container, source.names, source)
        if name is not None and is_text(key):
            found.add(name)
    for statement in own_statements(source.tree.body):
        match statement:
            case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, value):
                if value is not None and makes_dict(value):
                    found.add(name)
    return frozenset(found)


def is_text(key: ast.expr) -> bool:
    """Whether a key is a string, which no list has."""
    return isinstance(key, ast.JoinedStr) or (
        isinstance(key, ast.Constant) and isinstance(key.value, str)
    )


def makes_dict(value: ast.expr) -> bool:
    """Whether an expression makes a dict: ``{}``, ``dict()``, ``defaultdict(list)``."""
    match value:
        case ast.Dict() | ast.DictComp():
            return True
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)):
            return name in ("dict", "defaultdict", "OrderedDict", "Counter")
    return False


def changes_whole(node: ast.expr) -> bool:
    """Whether a call changes items of a dict, and it is not clear which:
    ``clear``, ``popitem``, ``update(other)``.
    """
    match node:
        case ast.Call(ast.Attribute(_, "clear" | "popitem"), [], []):
            return True
        case ast.Call(ast.Attribute(_, "update"), [ast.Dict(keys)], []):
            return None in keys
        case ast.Call(ast.Attribute(_, "update"), arguments, keywords):
            return bool(arguments) or None in [keyword.arg for keyword in keywords]
    return False


def sets_items(name: str, node: ast.expr, source: Source) -> bool:
    """Whether the function around a node sets or deletes single items of a dict of that name, too:
    then all of it is rewritten by MonkeyPatch, or nothing.
    """
    for outer in source.tree.body:
        body = outer.body if isinstance(outer, ast.ClassDef) else [outer]
        for function in body:
            if function.lineno <= node.lineno <= (function.end_lineno or 0):
                return any(_is_single(inner, name) for inner in walk(function))
    return False


def _is_single(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Subscript(container, _, ast.Store() | ast.Del()):
            return _last(container) == name
        case ast.Call(ast.Attribute(container, method)) if method in METHODS:
            return _last(container) == name and not changes_whole(node)
    return False
