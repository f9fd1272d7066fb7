"""What pytest makes of a function's decorators and parameters."""

from __future__ import annotations

import ast

from isolator.erasure.nodes import Function, names_loaded, own_nodes
from isolator.erasure.scope import Scope

_FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture")
_ITERATORS = ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator")


def is_fixture(node: Function, scope: Scope) -> bool:
    """Whether pytest calls the function as a fixture, and no other decorator looks at it."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return bool(decorators) and all(scope.dotted(d) in _FIXTURES for d in decorators)


def is_autouse(node: Function, scope: Scope) -> bool:
    """Whether this is a method that pytest runs around every test of the class."""
    fixtures = [d for d in node.decorator_list if isinstance(d, ast.Call) and scope.dotted(d.func) == "pytest.fixture"]
    keywords = [k for fixture in fixtures for k in fixture.keywords]
    used = any(k.arg == "autouse" and isinstance(k.value, ast.Constant) and k.value.value is True for k in keywords)
    return used and bool(node.args.args)


def is_bare_yield(statement: ast.stmt) -> bool:
    """Whether a statement is ``yield``, which gives nothing."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield) and statement.value.value is None


def drop_parameters(function: Function) -> None:
    """Drop ``monkeypatch`` where a rewrite puts it, last or keyword-only, and ``mocker``, if nothing reads them."""
    arguments = function.args
    plain = len(arguments.args) - len(arguments.defaults)
    if "mocker" not in names_loaded(function.body):
        arguments.args = [a for index, a in enumerate(arguments.args) if a.arg != "mocker" or index >= plain]
    last = bool(arguments.args) and arguments.args[-1].arg == "monkeypatch" and not arguments.defaults
    only = [index for index, a in enumerate(arguments.kwonlyargs) if a.arg == "monkeypatch"]
    if not (last or only) or "monkeypatch" in names_loaded(function.body):
        return
    if last:
        arguments.args = arguments.args[:-1]
    for index in only:
        del arguments.kwonlyargs[index], arguments.kw_defaults[index]


def yield_at_the_end(function: Function) -> None:
    """Let a fixture that returns at its end yield there: to pytest that is the same.

    Its annotation says then what it gives, as ``Client`` in ``Iterator[Client]``.
    """
    nodes = list(own_nodes(function.body))
    returns = [n for n in nodes if isinstance(n, ast.Return)]
    yields = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in nodes)
    if not yields and returns in ([], function.body[-1:]):
        last = function.body[-1]
        given = ast.Yield(last.value if isinstance(last, ast.Return) else None)
        body = function.body[:-1] if returns else function.body
        function.body = [*body, ast.copy_location(ast.Expr(ast.copy_location(given, last)), last)]
    match function.returns:
        case ast.Subscript(ast.Name(name) | ast.Attribute(_, name), inner) if name in _ITERATORS:
            function.returns = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
