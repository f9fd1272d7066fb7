"""Whether a fixture is torn down while what monkeypatch set in the test is still set (row S11).

pytest tears fixtures down in the reverse order of setting them up. A monkeypatch that is a
test's last parameter undoes first, unless another fixture asked for it earlier.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.python.names import Function, function_fact, function_nodes, generator
from codemods.state.around.fixtures import UNKNOWN, Fixture, Named, SetUp, fixtures_around
from codemods.state.expressions.blind import blind_statement
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import kind_of
from codemods.suite.hosts import Host, Kind, hosts
from codemods.suite.known_calls import BLIND_FIXTURES


def torn_down_first(host: Host) -> str | None:
    """What is torn down between the end of the function and the undoing of monkeypatch, None if
    nothing is.

    For a fixture, what other fixtures a test has set up before it counts as well.
    """
    around = fixtures_around(host)
    found = _set_up_after_monkeypatch(around.set_up_for(host))
    if found is not None or host.kind is not Kind.FIXTURE:
        return found
    later = [f.name for f in around.all() if f.function is not host.function and _looks_later(f)]
    if not later:
        return None
    if host.source.path.endswith(
        "conftest.py"
    ):  # here it is not known which tests have which fixtures
        return later[0]
    return next(filter(None, map(_set_up_after_monkeypatch, _set_up_before(host))), None)


def _looks_later(fixture: Fixture) -> bool:
    """Whether a fixture asks for monkeypatch, and runs something when it is torn down."""
    return "monkeypatch" in fixture.asks and _tears_down(fixture)


def _set_up_before(host: Host) -> Iterator[list[Named]]:
    """For each function of the file that uses the fixture, what is set up before it."""
    for other in hosts(host.source, host.context):
        sequence = fixtures_around(other).set_up_for(other)
        functions = [fixture.function if fixture else None for _, fixture in sequence]
        if host.function in functions:
            yield sequence[: functions.index(host.function)]


def _set_up_after_monkeypatch(names: list[Named]) -> str | None:
    """The first of these that is set up after monkeypatch, and may look when it is torn down."""
    asked = False
    for name, fixture in names:
        if fixture is not None and fixture.wide:
            continue
        asked = asked or name == "monkeypatch"
        blind = name == "monkeypatch" or (
            name in BLIND_FIXTURES if fixture is None else not _tears_down(fixture)
        )
        if asked and not blind:
            return "a fixture that it asks for as it runs" if name == UNKNOWN else name
    return None


@function_fact
def adds_finalizer(function: Function) -> bool:
    """Whether a function registers something to run when it is torn down."""
    return any(
        isinstance(n, ast.Attribute) and n.attr == "addfinalizer" for n in function_nodes(function)
    )


def _tears_down(fixture: Fixture) -> bool:
    """Whether anything runs when a fixture is torn down."""
    function = fixture.function
    return (
        isinstance(fixture, SetUp)
        or (generator(function) and not _ends_with_yield(function.body, _scope(fixture)))
        or adds_finalizer(function)
    )


def _scope(fixture: Fixture) -> Scope:
    return Scope(fixture.source, fixture.source.names.inside(fixture.function))


def _ends_with_yield(body: list[ast.stmt], scope: Scope) -> bool:
    """Whether nothing that could look happens after a yield: the end of blocks that patch, and
    restorations.

    ``yield client; shutil.rmtree(folder)`` does not look either.
    """
    kept = [
        statement
        for statement in body
        if not _restores(statement) and not blind_statement(statement, scope)
    ]
    match kept[-1:]:
        case [ast.With(items, inner)]:
            patches = all(
                re.search(r"patch(\.dict|\.object)?$|\.context$", _called(i.context_expr))
                for i in items
            )
            return patches and _ends_with_yield(inner, scope)
        case [ast.Try(inner, [], [], final)]:
            return all(map(_restores, final)) and _ends_with_yield(inner, scope)
        case [ast.Expr(ast.Yield())]:
            return True
    return False


def _restores(statement: ast.stmt) -> bool:
    """Whether a statement only sets variables to known values, or unsets them."""
    match statement:
        case ast.If(_, body, orelse) | ast.For(_, _, body, orelse):
            return all(map(_restores, (*body, *orelse)))
        case ast.Expr(ast.Call(ast.Attribute(_, "pop" | "clear" | "update"), arguments, [])):
            return not any(
                isinstance(n, ast.Call) for argument in arguments for n in ast.walk(argument)
            )
        case ast.Assign([ast.Subscript()], ast.Name() | ast.Subscript()):
            return True
    return isinstance(statement, ast.Delete)


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def names_state(fixture: Fixture) -> bool:
    """Whether the text of a fixture names the kind of state in question."""
    source = fixture.source
    kind = kind_of(source)
    names = [name for name, target in source.names.table.items() if target in kind.targets[:1]]
    words = "|".join([*kind.marks, *map(re.escape, names)])
    decorators = [source.segment(d) for d in fixture.function.decorator_list]
    text = "".join([*decorators, source.segment(fixture.function)])
    return re.search(rf"\b({words})\b", text) is not None
