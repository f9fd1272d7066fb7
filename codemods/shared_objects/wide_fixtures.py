"""A fixture of a module or a class whose value tests visibly change: it is made for each test."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.context import Context
from codemods.python.names import (
    Function,
    bound_names,
    function_nodes,
    own_nodes,
    own_statements,
    parameters,
)
from codemods.python.source import Source
from codemods.shared_objects.model import (
    FIXTURE_SCOPE,
    WIDER_FIXTURE,
    Found,
    LeftError,
    WideFixture,
)
from codemods.shared_objects.sequences import check_steps
from codemods.suite.hosts import Host, Kind, hosts

_SCOPES = frozenset({"module", "class"})
_OF_ALL = frozenset({"package", "session"})  # where only the tests of one file can use it
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp)
_CHANGING = {
    "list": {"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"},
    "dict": {"update", "pop", "popitem", "clear", "setdefault"},
    "set": {"add", "discard", "remove", "update", "pop", "clear"},
}
_KINDS = {ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict"}
_PER_TEST = (Kind.TEST, Kind.GIVEN, Kind.FIXTURE)


def changed(source: Source, context: Context) -> Iterator[Found]:
    """The fixtures of a file whose value a test changes, and no fixture of each test puts back."""
    for host, argument, users in _wide(source, context):
        name, value = host.function.name, _made(host.function)
        if value is None or argument.argument.value not in _SCOPES:
            continue
        if any(_changes(user.function, name, value) for user in _tests(users)):
            yield _found(host, argument, users)


def fixture_named(
    classes: tuple[ast.ClassDef, ...], name: str, source: Source, context: Context
) -> Found | None:
    """The fixture of that name in a file, or in a class of it; None if it is made for each test."""
    for host, argument, users in _wide(source, context):
        if host.function.name == name and host.classes == classes:
            return _found(host, argument, users)
    return None


def is_fixture(
    classes: tuple[ast.ClassDef, ...], name: str, source: Source, context: Context
) -> bool:
    """Whether that is a fixture: no path leads to what it gives to tests."""
    fixtures = (h for h in hosts(source, context) if h.kind in (Kind.WIDE_FIXTURE, Kind.FIXTURE))
    return any(h.function.name == name and h.classes == classes for h in fixtures)


def _wide(source: Source, context: Context) -> Iterator[tuple[Host, WideFixture, list[Host]]]:
    """The plain fixtures of a wider scope, what says so, and the functions that use them."""
    every = [*hosts(source, context)]
    fixtures = [host for host in every if host.kind in (Kind.WIDE_FIXTURE, Kind.FIXTURE)]
    for host in fixtures:
        argument = _scope(host)
        name = host.function.name
        if argument is None or sum(other.function.name == name for other in fixtures) > 1:
            continue
        users = [each for each in every if name in parameters(each.function) and each is not host]
        yield host, argument, [user for user in users if not _is_plain_helper(user)]


def _is_plain_helper(host: Host) -> bool:
    """Whether only tests call it, so that a parameter of that name is just a name."""
    return host.kind is Kind.HELPER and not host.function.decorator_list


def _found(host: Host, argument: WideFixture, users: list[Host]) -> Found:
    try:
        _check(host, users)
    except LeftError as left:
        return Found(host.function, host.function.name, left)
    return Found(host.function, host.function.name, argument)


def _scope(host: Host) -> WideFixture | None:
    """The decorator of a plain fixture that is one of a module or a class, and what says so."""
    function = host.function
    match function:
        case ast.FunctionDef(decorator_list=[ast.Call(made, given, keywords) as decorator]):
            pass
        case _:
            return None
    if host.source.names.dotted(made) != "pytest.fixture" or given:
        return None
    names = [keyword.arg for keyword in keywords]
    if not {*names} <= {"scope", "autouse"}:
        return None
    for keyword in keywords:
        if keyword.arg == "scope" and isinstance(keyword.value, ast.Constant):
            wide = _SCOPES if host.source.path.endswith("conftest.py") else _SCOPES | _OF_ALL
            return WideFixture(decorator, keyword.value) if keyword.value.value in wide else None
    return None


def _tests(users: list[Host]) -> list[Host]:
    return [user for user in users if user.kind in (Kind.TEST, Kind.GIVEN)]


def _check(host: Host, users: list[Host]) -> None:
    """Raises LeftError if the fixture must stay wide."""
    for user in users:
        if user.kind not in _PER_TEST:
            raise LeftError(WIDER_FIXTURE, f"{user.function.name}, line {user.function.lineno}")
    for node in function_nodes(host.function):
        match node:
            case ast.Attribute(ast.Name("request"), "node" | "scope" | "param" | "addfinalizer"):
                raise LeftError(FIXTURE_SCOPE, f"request.{node.attr}, line {node.lineno}")
    for cls in {user.classes[-1] if user.classes else None for user in users}:
        functions = [u.function for u in users if (u.classes[-1] if u.classes else None) is cls]
        check_steps(functions, cls, host.source)


def _made(function: Function) -> ast.expr | None:
    """The value of a fixture that makes it; None if it comes from elsewhere, or is not known."""
    given = [
        node.value
        for node in function_nodes(function)
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None
    ]
    if len(given) != 1:
        return None
    value = given[0]
    if isinstance(value, ast.Name):
        assigned = [
            statement.value
            for statement in own_statements(function.body)
            if isinstance(statement, ast.Assign) and _is(statement.targets, value.id)
        ]
        value = assigned[0] if len(assigned) == 1 else value
    return value if isinstance(value, (ast.Call, *_DISPLAYS)) else None


def _is(targets: list[ast.expr], name: str) -> bool:
    return len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == name


def _changes(function: Function, name: str, value: ast.expr) -> bool:
    """Whether a test changes the value of a fixture, and does not put it back."""
    parts = function_nodes(function)
    late = own_nodes(s for n in parts if isinstance(n, ast.Try) for s in n.finalbody)
    if name in _rebound(function):
        return False
    written = [ast.dump(t) for t in map(_target, parts) if t is not None and _root(t) == name]
    again = {ast.dump(t) for t in map(_target, late) if t is not None}
    once = [target for target in written if written.count(target) == 1 and target not in again]
    return bool(once) or any(_calls(node, name, _methods(value)) for node in parts)


def _rebound(function: Function) -> frozenset[str]:
    """The names that a function assigns itself, other than its parameters."""
    stored = {
        node.id
        for node in function_nodes(function)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    return bound_names(function) & stored


def _target(node: ast.AST) -> ast.expr | None:
    """What a node sets or deletes."""
    match node:
        case ast.Attribute(_, _, ast.Store() | ast.Del()):
            return node
        case ast.Subscript(_, _, ast.Store() | ast.Del()):
            return node
    return None


def _root(target: ast.expr) -> str:
    """The name whose own attribute or item it is."""
    owner = target.value if isinstance(target, (ast.Attribute, ast.Subscript)) else target
    return owner.id if isinstance(owner, ast.Name) else ""


def _methods(value: ast.expr) -> set[str]:
    """What changes a value, if that is a plain container."""
    kind = _KINDS.get(type(value), "set" if isinstance(value, (ast.Set, ast.SetComp)) else "")
    if isinstance(value, ast.Call):
        kind = ast.unparse(value.func)
    return _CHANGING.get(kind, set())


def _calls(node: ast.AST, name: str, methods: set[str]) -> bool:
    match node:
        case ast.Call(ast.Attribute(ast.Name(owner), method)):
            return owner == name and method in methods
    return False
