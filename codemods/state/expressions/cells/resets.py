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
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codemods.context import Conftest, Context
from codemods.python.names import (
    Function,
    Names,
    bound_names,
    function_nodes,
    generator,
    own_statements,
    walk,
)
from codemods.python.source import Source, fact, is_on
from codemods.state.expressions.cells.attributes import (
    attribute_cell,
    object_name,
    written_lines,
)
from codemods.state.expressions.cells.late import finals, late_cells
from codemods.suite.endings import after_yield

_SET_UPS = frozenset({"setup_method", "setUp", "asyncSetUp", "setup_function", "setup"})
_TEAR_DOWNS = frozenset(
    {"teardown_method", "tearDown", "asyncTearDown", "teardown_function", "teardown"}
)
_PATCH_DICT = ("unittest.mock.patch.dict", "mocker.patch.dict")
_Extents = dict[str, list[tuple[int, int]]]
_EMPTY_CALLS = frozenset({"list", "dict", "set", "tuple", "frozenset"})


def is_emptied(name: str, line: int, source: Source) -> bool:
    """Whether what a dict holds is put back, or emptied, around every test on a line."""
    return any(first <= line <= last for first, last in _emptied(source).get(name, ()))


def is_reset(cell: str, line: int, source: Source) -> bool:
    """Whether what is written on a line is reset before or after every test there."""
    return any(first <= line <= last for first, last in _resets(source).get(cell, ()))


@fact
def kept_by_conftests(source: Source, context: Context) -> frozenset[str]:
    """The attributes and dicts that autouse fixtures of the conftests above a file put back after
    each test, by their full names.
    """
    path = (context.root / source.path).as_posix()
    above = (c for c in context.conftests if path.startswith(c.folder) and "autouse" in c.text)
    return frozenset(cell for conftest in above for cell in _kept_by(conftest))


@lru_cache(maxsize=64)
def _kept_by(conftest: Conftest) -> frozenset[str]:
    source = Source(conftest.text, "conftest.py")
    try:
        functions = [function for function, _ in _functions(source, source.lines_with("yield"))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    found: set[str] = set()
    for function in functions:
        names = source.names.inside(function)
        if _is_autouse(function, names):
            found.update(late_cells(function, names, source))
    return frozenset(found)


@fact
def _resets(source: Source) -> _Extents:
    """The attributes that are reset, each with the lines on which that holds."""
    found: _Extents = {}
    for function, around in _functions(source, source.lines_with("yield")):
        if _is_autouse(function, source.names):
            _kept(found, function, around, source)
    lines = written_lines(source)
    for function, around in _functions(source, lines):
        names = source.names.inside(function)
        for assigned in _around_tests(function, names):
            _add(found, assigned, names, source, around)
        for inner, inside in _with_nested(function, names, lines):
            for assigned in _finally(inner):
                _add(found, assigned, inside, source, _extent(inner))
    return found


def _kept(found: _Extents, fixture: Function, around: tuple[int, int], source: Source) -> None:
    """Note what an autouse fixture puts back, whatever it was, for the lines outside of itself: how
    it does that may be better said with MonkeyPatch.
    """
    first, last = _extent(fixture)
    for cell in late_cells(fixture, source.names.inside(fixture), source):
        _note(found, cell, (around[0], first - 1))
        _note(found, cell, (last + 1, around[1]))


def _with_nested(
    function: Function, names: Names, lines: list[int]
) -> Iterator[tuple[Function, Names]]:
    """A function, and those in it that stand on some lines, each with the names that it sees."""
    yield function, names
    for inner in function_nodes(function):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_on(inner, lines):
            yield from _with_nested(inner, names.inside(inner), lines)


@fact
def _emptied(source: Source) -> _Extents:
    """The dicts that are emptied around tests, or put back by ``patch.dict``, each with the lines
    on which that holds.
    """
    found: _Extents = {}
    lines = source.lines_with(".clear()", ".dict(")
    for function, around in _functions(source, lines):
        names = source.names.inside(function)
        each = function.name in _SET_UPS | _TEAR_DOWNS or _is_autouse(function, names)
        for emptied in _cleared(function.body if each else finals(function)):
            extent = around if each else _extent(function)
            _note(found, object_name(emptied, names, source), extent)
        for block in own_statements(function.body):
            for item in block.items if isinstance(block, (ast.With, ast.AsyncWith)) else ():
                _note(found, _patched(item.context_expr, names, source), _extent(block))
        _decorated(found, function, source)
    for cls in (s for s in source.tree.body if isinstance(s, ast.ClassDef)):
        _decorated(found, cls, source)
    return found


def _cleared(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    """What some statements empty: ``app.HANDLERS.clear()``."""
    for statement in own_statements(body):
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(emptied, "clear"), [], [])):
                yield emptied


def _decorated(found: _Extents, definition: Function | ast.ClassDef, source: Source) -> None:
    for decorator in definition.decorator_list:
        _note(found, _patched(decorator, source.names, source), _extent(definition))


def _patched(patcher: ast.expr, names: Names, source: Source) -> str | None:
    """The dict that a ``patch.dict`` puts back, by its full name."""
    match patcher:
        case ast.Call(function, [target, *_]) if names.dotted(function) in _PATCH_DICT:
            if isinstance(target, ast.Constant):
                return str(target.value)
            if isinstance(target, ast.Name) and target.id not in names.local:
                return names.table.get(target.id) or target.id
            return object_name(target, names, source)
    return None


def _note(found: _Extents, name: str | None, extent: tuple[int, int]) -> None:
    if name is not None:
        found.setdefault(name, []).append(extent)


def _functions(source: Source, lines: list[int]) -> Iterator[tuple[Function, tuple[int, int]]]:
    """The functions and methods on some lines, each with the extent of the tests around which it
    may run.
    """
    whole = (1, len(source.lines))
    for statement in source.tree.body:
        inner = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        around = whole if inner == [statement] else _extent(statement)
        for function in inner:
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_on(
                function, lines
            ):
                yield function, around


def _add(
    found: _Extents,
    assigned: ast.Assign,
    names: Names,
    source: Source,
    extent: tuple[int, int],
) -> None:
    for target in assigned.targets:
        if isinstance(target, ast.Attribute):
            _note(found, attribute_cell(target.value, target.attr, names, source), extent)


def _extent(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.end_lineno or node.lineno


def _finally(function: Function) -> Iterator[ast.Assign]:
    """What a ``finally``, or what comes after a ``yield``, sets to anything but what the function
    has kept itself, which is a restoration that a fixture can take the place of.
    """
    late = after_yield(function.body) if generator(function) else ()
    for statement in (*finals(function), *own_statements(late)):
        if isinstance(statement, ast.Assign) and not _is_kept(statement.value, function):
            yield statement


def _is_kept(value: ast.expr, function: Function) -> bool:
    """Whether a value is a local name, or an attribute of ``self``."""
    match value:
        case ast.Name(name):
            return name in bound_names(function)
        case ast.Attribute(ast.Name("self" | "cls")):
            return True
    return isinstance(value, (ast.Tuple, ast.Subscript))


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
    """Whether a function is a fixture that runs for each test, asked for or not."""
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


@fact
def _paired(source: Source) -> dict[str, list[tuple[int, int]]]:
    """What both a set-up and a tear-down of a class write, as it is spelled, each with the lines of
    the class.
    """
    found: _Extents = {}
    for cls in (s for s in source.tree.body if isinstance(s, ast.ClassDef)):
        functions = [s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
        ups = {t for f in functions if f.name in _SET_UPS for t in _written(f)}
        downs = {t for f in functions if f.name in _TEAR_DOWNS for t in _written(f)}
        for text in ups & downs:
            _note(found, text, _extent(cls))
    return found


def _written(function: Function) -> Iterator[str]:
    for node in function_nodes(function):
        if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            yield ast.unparse(node)


def is_paired(node: ast.AST, source: Source) -> bool:
    """Whether what a node writes is written by both the set-up and the tear-down of its class: it
    is put back by hand.
    """
    written = (n for n in walk(node) if isinstance(n, (ast.Attribute, ast.Subscript)))
    line = getattr(node, "lineno", 0)
    return any(
        first <= line <= last
        for each in written
        for first, last in _paired(source).get(ast.unparse(each), ())
    )
