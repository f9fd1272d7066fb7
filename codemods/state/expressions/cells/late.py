"""What a function writes at its end, in whatever form: attributes, and what it changes in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.attributes import set_attribute
from codemods.python.names import Function, Names, own_statements, walk
from codemods.python.source import Source
from codemods.state.expressions.cells.attributes import attribute_cell, object_name
from codemods.suite.endings import late

_IN_PLACE = frozenset({"clear", "update", "extend", "pop", "remove", "discard", "setdefault"})


def late_cells(function: Function, names: Names, source: Source) -> frozenset[str]:
    """The attributes, and the lists and dicts, that a function writes at its end, by their full
    names: in a ``finally``, after its ``yield``, in a clean-up.
    """
    written = (cell for part in late(function) for cell in _written_to(part, names, source))
    return frozenset(written)


def mentioned_cells(tree: ast.AST, names: Names, source: Source) -> Iterator[str]:
    """The objects that outlive the test which a tree names, by their full names."""
    for node in walk(tree):
        match node:
            case ast.Attribute(owner, name):
                cell = attribute_cell(owner, name, names, source)
            case ast.Name():
                cell = object_name(node, names, source)
            case _:
                continue
        if cell is not None:
            yield cell


def finals(function: Function) -> Iterator[ast.stmt]:
    """The statements of each ``finally`` of a function."""
    for statement in own_statements(function.body):
        if isinstance(statement, ast.Try):
            yield from statement.finalbody


def _written_to(tree: ast.AST, names: Names, source: Source) -> Iterator[str]:
    """``app.debug = saved``, ``sys.path[:] = saved``, ``app.HANDLERS.clear()``."""
    for node in walk(tree):
        written = set_attribute(node)
        match node:
            case _ if written is not None:
                cell = attribute_cell(*written, names, source)
            case ast.Subscript(owner, _, ast.Store() | ast.Del()) | ast.Call(
                ast.Name("setattr" | "delattr"), [owner, *_]
            ):
                cell = object_name(owner, names, source)
            case ast.Call(ast.Attribute(owner, method)) if method in _IN_PLACE:
                cell = object_name(owner, names, source)
            case _:
                continue
        if cell is not None:
            yield cell
