"""The functions of a file, statement by statement, for what is changed in them and not put back."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from codemods.clean_ups import hosting, model
from codemods.clean_ups.model import Change, Site, Undoing
from codemods.clean_ups.scope import Scope
from codemods.context import Context
from codemods.python.names import function_nodes, own_nodes, own_statements, walk
from codemods.python.source import DEFINITIONS, Source, is_on
from codemods.rule import Refusal
from codemods.suite.endings import is_for_each, is_late, is_main
from codemods.suite.hooks import is_hook
from codemods.suite.hosts import Host, Kind, hosts

Look = Callable[[ast.AST, Scope], Iterator[Change]]
"""What a node changes, if anything."""

_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Assert)


def sites(source: Source, context: Context, lines: list[int], look: Look) -> list[Site]:
    """What a file changes on some lines, whose numbers are sorted, each with its host."""
    found = list(_at_module_level(source, context, lines, look))
    statements = [statement for statement in source.tree.body if is_on(statement, lines)]
    for host in hosts(source, context, statements):
        if is_on(host.function, lines):
            inside = list(_in_function(host, lines, look))
            found += inside if inside and _counts(host) else []
    return sorted(found, key=lambda site: (site.change.node.lineno, site.change.node.col_offset))


def _counts(host: Host) -> bool:
    """Whether a function runs in the tests' own process, and not to set up the whole session."""
    name = host.function.name
    if is_for_each(host):
        return False
    if host.kind is Kind.WIDE_FIXTURE:
        return not (_in_conftest(host.source) and _for_session(host))
    if host.kind is not Kind.HELPER:
        return True
    return not is_hook(host.function) and _is_called(name, host)


def _in_conftest(source: Source) -> bool:
    return source.path.rpartition("/")[2] == "conftest.py"


def _for_session(host: Host) -> bool:
    """Whether a fixture is set up once for all tests."""
    scopes = (
        keyword.value
        for decorator in host.function.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
        if keyword.arg == "scope"
    )
    return any(isinstance(s, ast.Constant) and s.value == "session" for s in scopes)


def _is_called(name: str, host: Host) -> bool:
    """Whether a test or fixture of the file calls a helper; one that is handed over may run
    elsewhere: ``Process(target=work)``.
    """
    source = host.source
    lines = source.lines_with(name)
    statements = [statement for statement in source.tree.body if is_on(statement, lines)]
    for other in hosts(source, host.context, statements):
        if other.kind is Kind.HELPER or not is_on(other.function, lines):
            continue
        for node in walk(other.function):
            match node:
                case ast.Call(ast.Name(called) | ast.Attribute(_, called)) if called == name:
                    return True
    return False


def _in_function(host: Host, lines: list[int], look: Look) -> Iterator[Site]:
    function, source = host.function, host.source
    scope = Scope(host, source, host.context)
    known: set[Undoing | str] = set()
    for statement, change in _looked_at(function.body, lines, look, scope):
        undoing = change.undoing or change.message
        if undoing in known:  # what puts back the first change puts back the next as well
            continue
        if statement in function.body or change.undoing is None:
            known.add(undoing)
        yield from _hosted(change, statement, host)
    for inner in function_nodes(function):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_on(inner, lines):
            yield from _in_nested(host.nested(inner), lines, look)


def _in_nested(host: Host, lines: list[int], look: Look) -> Iterator[Site]:
    """Only what a nested function does that the test itself calls is its change."""
    name, outer = host.function.name, host.outer
    scope = Scope(host, host.source, host.context)
    calls = outer is not None and any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
        for node in function_nodes(outer.function)
    )
    body = host.function.body if calls else []
    for statement, change in _looked_at(body, lines, look, scope):
        yield Site(change.refused(model.NESTED), statement, outer)


def _looked_at(
    body: list[ast.stmt], lines: list[int], look: Look, scope: Scope
) -> Iterator[tuple[ast.stmt, Change]]:
    """What the statements on some lines change, except those that run at an end, to put things
    back.
    """
    for statement in _statements(body):
        for node in _head(statement) if is_on(statement, lines) else ():
            for change in look(node, scope):
                if not is_late(statement.lineno, scope.source):
                    yield statement, change


def _hosted(change: Change, statement: ast.stmt, host: Host) -> Iterator[Site]:
    """The site of a change, refused if its host cannot register the undoing right above it; nothing
    if that is done.
    """
    undoing = change.undoing
    if undoing is None:
        yield Site(change, statement, host)
        return
    refusal = hosting.refused(host, undoing) or _placed(statement, host.source)
    if refusal is not None:
        yield Site(change.refused(refusal), statement, host)
    elif undoing.patcher is not None or not hosting.is_registered(host, undoing):
        yield Site(change, statement, host)


def _placed(statement: ast.stmt, source: Source) -> Refusal | None:
    """Why a line cannot be put right above a statement."""
    before = source.lines[statement.lineno - 1].encode()[: statement.col_offset]
    alone = not before.strip() and not source.segment(statement).startswith("elif")
    return None if alone and not isinstance(statement, ast.While) else model.VALUE_USED


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those inside them, without definitions."""
    return (s for s in own_statements(body) if not isinstance(s, DEFINITIONS))


def _head(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement itself, not of those inside it; none that a ``with`` enters."""
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        entered = [item.context_expr for item in statement.items]
        yield from (n for e in entered for n in own_nodes([e]) if n is not e)
        return
    if isinstance(statement, _SIMPLE):
        yield from own_nodes([statement])
        return
    parts = [n for n in ast.iter_child_nodes(statement) if isinstance(n, ast.expr)]
    yield from own_nodes(parts)


def _at_module_level(
    source: Source, context: Context, lines: list[int], look: Look
) -> Iterator[Site]:
    """What is changed while the file is imported; not below ``if __name__ == "__main__"``."""
    if _in_conftest(source):
        return
    scope = Scope(None, source, context)
    body = [s for s in source.tree.body if is_on(s, lines) and not is_main(s)]
    for statement in _outside_functions(body):
        for node in _head(statement) if is_on(statement, lines) else ():
            for change in look(node, scope):
                yield Site(change.refused(model.MODULE_LEVEL), statement, None)


def _outside_functions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    yield from _statements(body)
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _outside_functions(statement.body)
