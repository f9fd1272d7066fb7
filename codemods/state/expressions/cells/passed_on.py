"""State that tests pass on to each other on purpose: one makes it, and another reads it.

def test_login():
    TestFlow.token = login()

def test_use():
    assert use(TestFlow.token)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from codemods.python.names import Function, walk
from codemods.python.source import Source, is_on
from codemods.state.expressions.cells.attributes import class_names, made_here
from codemods.state.expressions.scope import Scope


def reader_of(cell: str, scope: Scope) -> str | None:
    """Another test that reads an attribute which only tests make, and does not set it itself:
    ``TestFlow.token``.
    """
    source, functions = scope.source, scope.functions or ()
    root, _, name = cell.rpartition(".")
    if root not in made_here(source) or name in class_names(source).get(root, ()):
        return None
    owners = {root, "self", "cls"} if root in class_names(source) else {root}
    writer = functions[-1] if functions else None
    lines = source.lines_with(name)
    for function in (test for test in _tests(source) if is_on(test, lines)):
        others = function is not writer and not _sets(function, owners, name)
        if others and any(_is_attribute(n, owners, name, ast.Load) for n in walk(function)):
            return function.name
    return None


def _tests(source: Source) -> Iterator[Function]:
    for statement in source.tree.body:
        body = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        for function in body:
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and (
                function.name.startswith("test")
            ):
                yield function


def _sets(function: Function, owners: Set[str], name: str) -> bool:
    return any(_is_attribute(n, owners, name, ast.Store) for n in walk(function))


def _is_attribute(
    node: ast.AST, owners: Set[str], name: str, context: type[ast.expr_context]
) -> bool:
    """Whether a node is this attribute of one of some names."""
    match node:
        case ast.Attribute(ast.Name(owner), attribute) if attribute == name:
            return isinstance(node.ctx, context) and owner in owners
    return False
