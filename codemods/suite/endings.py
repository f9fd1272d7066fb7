"""What is put back in any case: in a ``finally``, a tear-down, a clean-up, behind a ``yield``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.names import Function, Names, generator, own_statements, walk
from codemods.python.source import Source, fact, is_on
from codemods.suite.hosts import FIXTURES
from codemods.suite.known_calls import HANDS_OVER

TEAR_DOWNS = frozenset(
    {
        *("tearDown", "asyncTearDown", "tearDownClass", "tearDownModule", "teardown"),
        *("teardown_method", "teardown_function", "teardown_class", "teardown_module"),
    }
)
_Extent = tuple[int, int]


@fact
def restorations(source: Source) -> dict[str, list[_Extent]]:
    """What is called in any case at an end, by its name without what it is reached through, each
    with the lines for which that counts; and those lines themselves, under no name.
    """
    found: dict[str, list[_Extent]] = {"": []}
    lines = source.lines_with("finally", "yield", *HANDS_OVER)
    for function, around in _functions(source.tree.body, (1, len(source.lines))):
        if function.name not in TEAR_DOWNS and not is_on(function, lines):
            continue
        everywhere = function.name in TEAR_DOWNS or _is_autouse(function, source.names)
        counts = around if everywhere else _extent(function)
        for node in _late(function):
            found[""].append(_extent(node))
            for inner in walk(node):
                name = _called(inner)
                if name is not None:
                    found.setdefault(name, []).append(counts)
    return found


def is_restored(name: str, line: int, source: Source) -> bool:
    """Whether what a line changes is put back by a call of this name in any case."""
    return any(first <= line <= last for first, last in restorations(source).get(name, ()))


def is_late(line: int, source: Source) -> bool:
    """Whether a line runs at an end, to put things back."""
    return is_restored("", line, source)


def _functions(body: list[ast.stmt], around: _Extent) -> Iterator[tuple[Function, _Extent]]:
    """The functions and methods, and those in them, each with the lines of the tests around which
    it may run.
    """
    for statement in own_statements(body):
        if isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, _extent(statement))
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield statement, around
            yield from _functions(statement.body, _extent(statement))


def _late(function: Function) -> Iterator[ast.stmt | ast.expr]:
    """The parts of a function that run in any case when it ends, or the test does."""
    if function.name in TEAR_DOWNS:
        yield from function.body
        return
    body = list(own_statements(function.body))
    for statement in body:
        if isinstance(statement, ast.Try):
            yield from statement.finalbody
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            method = statement.value.func
            if isinstance(method, ast.Attribute) and method.attr in HANDS_OVER:
                yield statement.value
    if generator(function):
        yield from after_yield(function.body)
    handed = [s for s in body if _handed(s)]
    names = {n.id for s in handed for n in walk(s) if isinstance(n, ast.Name)}
    for inner in body:  # a function that is handed over: `request.addfinalizer(undo)`
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and inner.name in names:
            yield inner


def _handed(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(_, method))):
            return method in HANDS_OVER
    return False


def after_yield(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a fixture, or of a context manager, that run when it ends."""
    for index, statement in enumerate(body):
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk(statement)):
            yield from body[index + 1 :]
            if isinstance(statement, (ast.With, ast.AsyncWith, ast.Try)):
                yield from after_yield(statement.body)
            return


def put_back_by_autouse(source: Source) -> frozenset[str]:
    """What the autouse fixtures of a file put back, by its names; nothing if it is not Python."""
    try:
        body = source.tree.body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    fixtures = (f for f, _ in _functions(body, (0, 0)) if _is_autouse(f, source.names))
    late = (node for fixture in fixtures for node in _late(fixture))
    return frozenset(name for node in late for inner in walk(node) if (name := _called(inner)))


def _called(node: ast.AST) -> str | None:
    """The last part of the name of what a node calls, sets, or hands over to be called."""
    match node:
        case ast.Attribute(_, name) | ast.Name(name, ast.Load()):
            return name
        case ast.Constant(str(name)):  # `self.addCleanup(setattr, logger, "propagate", True)`
            return name
    return None


def _is_autouse(function: Function, names: Names) -> bool:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and names.dotted(decorator.func) in FIXTURES:
            return any(
                k.arg == "autouse" and isinstance(k.value, ast.Constant) and k.value.value is True
                for k in decorator.keywords
            )
    return False


def _extent(node: ast.stmt | ast.expr) -> _Extent:
    return node.lineno, node.end_lineno or node.lineno


def is_main(statement: ast.stmt) -> bool:
    """Whether a statement is for a file that is run by itself: ``if __name__ == "__main__":``."""
    match statement:
        case ast.If(ast.Compare(ast.Name("__name__"))):
            return True
    return False
