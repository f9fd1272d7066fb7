"""What pytest makes of a function's decorators and parameters."""

from __future__ import annotations

import ast

from isolator.guard.erasure.syntax.nodes import Function, names_loaded, own_nodes
from isolator.guard.erasure.syntax.scope import MAKES_MONKEYPATCH, Scope

# The set-ups and tear-downs that pytest and unittest call, and how many parameters each may have.
SET_UPS = {
    **dict.fromkeys(("setUp", "tearDown", "asyncSetUp", "asyncTearDown", "setUpClass", "tearDownClass"), 1),
    **dict.fromkeys(("setup_method", "teardown_method"), 2),
    **dict.fromkeys(("setup_class", "teardown_class", "setup", "teardown"), 1),
}

_FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture")
_ITERATORS = ("Iterator", "Generator", "AsyncIterator", "AsyncGenerator")


def is_fixture(node: Function, scope: Scope) -> bool:
    """Whether pytest calls the function as a fixture, and no other decorator looks at it."""
    decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
    return bool(decorators) and all(scope.dotted(d) in _FIXTURES for d in decorators)


def parameters(node: Function) -> list[ast.arg]:
    """All parameters of a function."""
    given = node.args
    stars = [a for a in (given.vararg, given.kwarg) if a is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *stars]


def is_set_up(node: Function, scope: Scope) -> bool:
    """Whether this is a method that is run around each test of its class, or around all, and is nothing else."""
    arguments = node.args
    given = [*arguments.posonlyargs, *arguments.args]
    returns = node.returns is None or (isinstance(node.returns, ast.Constant) and node.returns.value is None)
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or not given or not returns:
        return False
    if node.name in SET_UPS:
        expected = ["classmethod"] if "class" in node.name.lower() else []
        return [ast.unparse(d) for d in node.decorator_list] == expected and len(given) <= SET_UPS[node.name]
    return len(given) == 1 and len(node.decorator_list) == 1 and _is_autouse(node.decorator_list[0], scope)


def _is_autouse(decorator: ast.expr, scope: Scope) -> bool:
    """Whether this is ``@pytest.fixture(autouse=True)``, which a method that only changes the environment may have."""
    match decorator:
        case ast.Call(function, [], [ast.keyword("autouse", ast.Constant(True))]):
            return scope.dotted(function) == "pytest.fixture"
    return False


def is_bare_yield(statement: ast.stmt) -> bool:
    """Whether a statement is ``yield``, which gives nothing."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Yield) and statement.value.value is None


def drop_parameters(function: Function, scope: Scope) -> None:
    """Drop ``monkeypatch`` where a rewrite puts it, last or keyword-only, and ``mocker``, if nothing reads them."""
    arguments = function.args
    plain = len(arguments.args) - len(arguments.defaults)
    if any(a.arg == "mocker" for a in arguments.args) and "mocker" not in names_loaded(function.body):
        arguments.args = [a for index, a in enumerate(arguments.args) if a.arg != "mocker" or index >= plain]
    last = bool(arguments.args) and _is_monkeypatch(arguments.args[-1], scope) and not arguments.defaults
    only = [index for index, a in enumerate(arguments.kwonlyargs) if _is_monkeypatch(a, scope)]
    if not (last or only) or "monkeypatch" in names_loaded(function.body):
        return
    if last:
        arguments.args = arguments.args[:-1]
    for index in only:
        del arguments.kwonlyargs[index], arguments.kw_defaults[index]


def _is_monkeypatch(argument: ast.arg, scope: Scope) -> bool:
    """Whether this is the parameter ``monkeypatch``, without an annotation or with that of its type."""
    annotation = argument.annotation
    quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    known = annotation is None or quoted or scope.dotted(annotation) in MAKES_MONKEYPATCH
    return argument.arg == "monkeypatch" and known


def yield_at_the_end(function: Function) -> None:
    """Let a fixture that returns at its end yield there: to pytest that is the same.

    Its annotation says then what it gives, as ``Client`` in ``Iterator[Client]``.
    """
    nodes = own_nodes(function.body)
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
