"""State that tests pass on to each other on purpose: one makes it, and another reads it.

def test_login():
    TestFlow.token = login()

def test_use():
    assert use(TestFlow.token)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from codemods.python.names import Function
from codemods.python.source import Source, fact, is_on, nodes_on
from codemods.state.expressions.cells.attributes import class_names, made_here
from codemods.state.expressions.scope import Scope

PASSED = (
    "reads it without setting it, so it depends on this test; create it in a fixture that both use"
)
_FILLING = frozenset(
    {"append", "extend", "insert", "add", "update", "setdefault", "clear", "pop", "popitem"}
    | {"remove", "discard"}
)


def reader_of(cell: str, scope: Scope) -> str | None:
    """Another test that reads an attribute which only tests make, and does not set it itself:
    ``TestFlow.token``.
    """
    source, functions = scope.source, scope.functions or ()
    root, _, name = cell.rpartition(".")
    if root not in made_here(source) or name in class_names(source).get(root, ()):
        return None
    own = {"self", "cls"} if root in class_names(source) else set()
    writer = functions[-1] if functions else None
    readers = _readers(source, frozenset({root, *own}), name)
    return next((test.name for test in readers if test is not writer), None)


@fact
def _readers(source: Source, owners: frozenset[str], name: str) -> tuple[Function, ...]:
    """The tests of a file that read an attribute of one of some names, and do not set it."""
    lines, found = source.lines_with(name), []
    for test in (test for test in _tests(source) if is_on(test, lines)):
        nodes = [n for n in nodes_on([test], lines) if _is_attribute(n, owners, name)]
        kinds = {type(node.ctx) for node in nodes if isinstance(node, ast.Attribute)}
        if ast.Load in kinds and ast.Store not in kinds:
            found.append(test)
    return tuple(found)


def _tests(source: Source) -> Iterator[Function]:
    for statement in source.tree.body:
        body = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        for function in body:
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and (
                function.name.startswith("test")
            ):
                yield function


def _is_attribute(node: ast.AST, owners: Set[str], name: str) -> bool:
    """Whether a node is this attribute of one of some names."""
    match node:
        case ast.Attribute(ast.Name(owner), attribute) if attribute == name:
            return owner in owners
    return False


def reader_of_contents(name: str, line: int, source: Source) -> str | None:
    """Another test that looks into a container of the file, by its full name, and does not change
    it itself, while the test on a line does: ``RESULTS["token"]``.
    """
    root, _, last = name.rpartition(".")
    writers = [test for test in _tests(source) if is_on(test, [line])]
    if not writers or (root or last).partition(".")[0] not in made_here(source):
        return None  # what a fixture or set-up creates is new for each test
    owners = {root, "self", "cls"} if root else None
    lines = source.lines_with(last)
    others = (test for test in _tests(source) if test not in writers and is_on(test, lines))
    for function in others:
        nodes = list(nodes_on([function], lines))
        if any(_means(n, last, owners) for n in nodes) and not any(_fills(n, last) for n in nodes):
            return function.name
    return None


def _means(node: ast.AST, last: str, owners: Set[str] | None) -> bool:
    """Whether a node is a container, which is reached from one of some names, or from none."""
    match node:
        case ast.Name(name, ast.Load()):
            return owners is None and name == last
        case ast.Attribute(ast.Name(owner), name):
            return owners is not None and name == last and owner in owners
    return False


def _fills(node: ast.AST, last: str) -> bool:
    """Whether a node changes what a container of that name holds, or creates it again."""
    match node:
        case ast.Subscript(container, _, ast.Store() | ast.Del()):
            pass
        case ast.Call(ast.Attribute(container, method)) if method in _FILLING:
            pass
        case ast.Name(name, ast.Store()) | ast.Attribute(_, name, ast.Store()):
            return name == last
        case _:
            return False
    named = container.attr if isinstance(container, ast.Attribute) else None
    return (container.id if isinstance(container, ast.Name) else named) == last
