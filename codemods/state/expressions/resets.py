"""Attributes that code around a test resets, so that the next does not see what it leaves in them.

class TestState:
    def setup_method(self):
        state.should_stop = None

def test_it():
    state.should_stop = True
    try:
        ...
    finally:
        state.should_stop = None
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from codemods.python.names import Function, Names, own_statements
from codemods.python.source import Source, fact, is_on
from codemods.state.expressions.cells import attribute_cell, module_level, written_lines

_SET_UPS = frozenset({"setup_method", "setUp", "asyncSetUp", "setup_function", "setup"})
_TEAR_DOWNS = frozenset(
    {"teardown_method", "tearDown", "asyncTearDown", "teardown_function", "teardown"}
)
_EMPTY_CALLS = frozenset({"list", "dict", "set", "tuple", "frozenset"})


def is_reset(cell: str, line: int, source: Source) -> bool:
    """Whether what is written on a line is reset before or after every test there."""
    return any(first <= line <= last for first, last in _resets(source).get(cell, ()))


@fact
def _resets(source: Source) -> dict[str, list[tuple[int, int]]]:
    """The attributes that are reset, each with the lines on which that holds."""
    found: dict[str, list[tuple[int, int]]] = {}
    lines = written_lines(source)
    whole = (1, len(source.lines))
    for statement in source.tree.body:
        inner = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        around = whole if inner == [statement] else _extent(statement)
        for function in inner:
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_on(
                function, lines
            ):
                names = source.names.inside(function)
                for assigned in _finally(function, source):
                    _add(found, assigned, names, source, _extent(function))
                for assigned in _around_tests(function, names):
                    _add(found, assigned, names, source, around)
    return found


def _add(
    found: dict[str, list[tuple[int, int]]],
    assigned: ast.Assign,
    names: Names,
    source: Source,
    extent: tuple[int, int],
) -> None:
    for target in assigned.targets:
        if isinstance(target, ast.Attribute):
            cell = attribute_cell(target.value, target.attr, names, source)
            if cell is not None:
                found.setdefault(cell, []).append(extent)


def _extent(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


def _finally(function: Function, source: Source) -> Iterator[ast.Assign]:
    """What a ``finally`` sets to a constant, or to what the module kept when it was imported."""
    for statement in own_statements(function.body):
        if isinstance(statement, ast.Try):
            for inner in statement.finalbody:
                if isinstance(inner, ast.Assign) and _is_default(inner.value, source):
                    yield inner


def _is_default(value: ast.expr, source: Source) -> bool:
    kept = isinstance(value, ast.Name) and value.id in module_level(source)
    return kept or isinstance(value, ast.Constant)


def _around_tests(function: Function, names: Names) -> Iterator[ast.Assign]:
    """What a set-up empties, or a tear-down sets to a constant; a fixture that every test has does
    both.
    """
    body = [s for s in function.body if isinstance(s, ast.Assign)]
    if function.name in _TEAR_DOWNS:
        yield from (s for s in body if isinstance(s.value, ast.Constant) or _is_empty(s.value))
    elif function.name in _SET_UPS or _is_autouse(function, names):
        yielded = next((s.lineno for s in function.body if _yields(s)), math.inf)
        for assigned in body:
            constant = assigned.lineno > yielded and isinstance(assigned.value, ast.Constant)
            if constant or _is_empty(assigned.value):
                yield assigned


def _is_autouse(function: Function, names: Names) -> bool:
    """Whether a function is a fixture that each test has anew, asked for or not."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and names.dotted(decorator.func) == "pytest.fixture":
            given = {k.arg: getattr(k.value, "value", None) for k in decorator.keywords}
            return given.get("autouse") is True and given.get("scope", "function") == "function"
    return False


def _yields(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield)


def _is_empty(value: ast.expr) -> bool:
    """``None``, ``0``, ``False``, ``[]``, ``{}``, ``set()``."""
    match value:
        case ast.Constant(constant):
            return not constant
        case ast.List([]) | ast.Tuple([]) | ast.Dict([], []):
            return True
        case ast.Call(ast.Name(name), [], []):
            return name in _EMPTY_CALLS
    return False
