"""Whether ``monkeypatch.undo()`` may run while a function does: it undoes at once all that the
test's monkeypatch set (F4).

``mp = monkeypatch; mp.undo()`` does, and so may any code that gets the monkeypatch:
``reset(monkeypatch)``, a fixture that returns it, or a function that a fixture made. A block with
a separate MonkeyPatch is not affected.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codemods.python.names import Function, function_nodes, parameters
from codemods.python.source import Source, top_classes
from codemods.state.around.fixtures import Fixture, fixtures_around
from codemods.state.model.kind import kind_of
from codemods.suite.hosts import Host, Kind, hosts

SHARED = "monkeypatch"
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def may_undo(host: Host) -> bool:
    """Whether that may happen before the end of the changes that the function makes by its
    parameter ``monkeypatch``.

    What a fixture changes lasts for the set-up of other fixtures, and for the tests that have it
    around them.
    """
    if SHARED not in host.source.text and not any(
        SHARED in f.source.text for f in fixtures_around(host).all()
    ):
        return False
    if host.kind is not Kind.FIXTURE:
        return _runs_undo(host)
    fixtures = [f for f in fixtures_around(host).all() if f.function is not host.function]
    return _runs_undo(host) or any(map(_undoes, fixtures)) or any(map(_runs_undo, _users(host)))


def undoes_inside(host: Host, nodes: Sequence[ast.AST], name: str = SHARED) -> bool:
    """Whether some nodes of a function may undo a monkeypatch of that name.

    A ``patch.dict`` around them in turn takes back what that puts back; a context does not.
    """
    function, given = host.function, frozenset({name})
    if name == SHARED:
        if SHARED not in host.source.text or not _patches(host):
            return False
        around = _asking(host)
        if any(_makes_undo(fixture) for _, fixture in around):
            return True
        given |= {n for n, fixture in around if _hands_out(fixture)}
        given &= {parameter for f in host.functions for parameter in parameters(f)}
    use = _Use(host.source, function, given)
    kept = {n.id for n in _kept_undo(function)}
    names = (n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name))
    used = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    return any(map(use.undoes, nodes)) or not kept.isdisjoint(used)


def _kept_undo(function: Function) -> Iterator[ast.Name]:
    """``undo = monkeypatch.undo``: the names that hold the method."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets, ast.Attribute(_, "undo")):
                yield from (target for target in targets if isinstance(target, ast.Name))


def _patches(host: Host) -> bool:
    """Whether the function, or a fixture around it, may change cells by a monkeypatch."""
    sources = [host.source, *(fixture.source for fixture in fixtures_around(host).all())]
    return any(re.search(kind_of(host.source).patching, source.text) for source in sources)


def _users(fixture: Host) -> Iterator[Host]:
    """The functions of the file that have a fixture around them."""
    for other in hosts(fixture.source, fixture.context):
        around = fixtures_around(other).set_up_for(other)
        if any(f is not None and f.function is fixture.function for _, f in around):
            yield other


def _runs_undo(host: Host) -> bool:
    """Whether a function, or an object that its fixtures made for it, may undo the monkeypatch that
    they share.
    """
    around = _asking(host)
    if any(_makes_undo(fixture) for _, fixture in around):
        return True
    handed = {name for name, fixture in around if _hands_out(fixture)}
    shared = {SHARED, *handed}.intersection(parameters(host.function))
    return _Use(host.source, host.function, frozenset(shared)).undoes(host.function)


def _asking(host: Host) -> list[tuple[str, Fixture]]:
    """The fixtures around a function that ask for the monkeypatch, with their names."""
    around = fixtures_around(host).set_up_for(host)
    return [(name, fixture) for name, fixture in around if fixture and SHARED in fixture.asks]


def _undoes(fixture: Fixture) -> bool:
    """Whether a fixture may undo while it is set up."""
    return SHARED in fixture.asks and _Use(fixture.source, fixture.function).undoes(
        fixture.function
    )


def _makes_undo(fixture: Fixture) -> bool:
    """Whether the object that a fixture gives to its test may undo: a function in it, or an object
    that got monkeypatch.
    """
    use = _Use(fixture.source, fixture.function)
    nested = [
        n
        for n in ast.walk(fixture.function)
        if isinstance(n, _NESTED) and n is not fixture.function
    ]
    given = [value for value in _given(fixture.function) if not isinstance(value, ast.Name)]
    return any(use.undoes(node) for node in (*nested, *given))


def _hands_out(fixture: Fixture) -> bool:
    """``return monkeypatch``."""
    return any(
        isinstance(value, ast.Name) and value.id == SHARED for value in _given(fixture.function)
    )


def _given(function: Function) -> list[ast.expr]:
    """What a fixture returns or yields."""
    nodes = [n for n in function_nodes(function) if isinstance(n, (ast.Return, ast.Yield))]
    return [n.value for n in nodes if n.value is not None]


@dataclass(frozen=True)
class _Use:
    """How a function uses the monkeypatch that it is given under some names; ``seen`` are those
    being looked into.
    """

    source: Source
    function: Function
    given: frozenset[str] = frozenset({SHARED})
    seen: set[tuple[Function, frozenset[str]]] = field(default_factory=set)

    def undoes(self, node: ast.AST) -> bool:
        """Whether a part of the function may call ``undo``, or passes the monkeypatch to code that
        may.
        """
        names = self._names()
        nodes = list(ast.walk(node))
        harmless = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr != "undo"}
        harmless |= {id(n.value) for n in nodes if isinstance(n, ast.Assign) and _is_alias(n)}
        # The code that it is returned to is examined itself.
        harmless |= {id(n.value) for n in nodes if isinstance(n, (ast.Return, ast.Yield))}
        for call in (n for n in nodes if isinstance(n, ast.Call)):
            harmless |= {id(a) for a in self._arguments(call, names) if self._keeps(call, a)}
        return any(
            isinstance(n, ast.Name)
            and n.id in names
            and isinstance(n.ctx, ast.Load)
            and id(n) not in harmless
            for n in nodes
        ) or any(
            isinstance(n, ast.Attribute) and n.attr == "undo" and self._is_kept(n.value)
            for n in nodes
        )

    def _names(self) -> frozenset[str]:
        """The names of the monkeypatch: those given, and ``mp = monkeypatch``."""
        names = set(self.given)
        for node in ast.walk(self.function):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Name)
                and node.value.id in names
            ):
                names |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        return frozenset(names)

    def _is_kept(self, node: ast.expr) -> bool:
        """``self.mp``, where the file keeps a monkeypatch in some attribute."""
        return isinstance(node, ast.Attribute) and f"= {SHARED}" in self.source.text

    def _arguments(self, call: ast.Call, names: frozenset[str]) -> Iterator[ast.expr]:
        values = [*call.args, *(k.value for k in call.keywords)]
        return (v for v in values if isinstance(v, ast.Name) and v.id in names)

    def _keeps(self, call: ast.Call, argument: ast.expr) -> bool:
        """Whether the call is one of a function of the file that does not undo its argument."""
        called = self._called(call.func)
        if called is None:
            return False
        taken = _taken(called, call, argument)
        if (called, taken) in self.seen:
            return True
        self.seen.add((called, taken))
        return not _Use(self.source, called, taken, self.seen).undoes(called)

    def _called(self, node: ast.expr) -> Function | None:
        """The function of the file that a call is sure to reach: ``reset(…)`` or
        ``self._reset(…)``.
        """
        match node:
            case ast.Name(name):
                bodies = [self.source.tree.body, self.function.body]
            case ast.Attribute(ast.Name("self" | "cls"), name):
                bodies = [cls.body for cls in top_classes(self.source).values()]
            case _:
                return None
        found = [
            s for b in bodies for s in b if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        named = [function for function in found if function.name == name]
        return named[0] if len(named) == 1 and not named[0].decorator_list else None


def _is_alias(node: ast.Assign) -> bool:
    """``mp = monkeypatch``, or ``self.mp = monkeypatch``."""
    return all(isinstance(target, (ast.Name, ast.Attribute)) for target in node.targets)


def _taken(function: Function, call: ast.Call, argument: ast.expr) -> frozenset[str]:
    """The parameters that may receive an argument: all of them if that is not obvious."""
    own = parameters(function)
    keyword = next((k.arg for k in call.keywords if k.value is argument), None)
    if keyword is not None:
        return frozenset({keyword})
    bound = own[1:] if isinstance(call.func, ast.Attribute) else own
    index = call.args.index(argument) if argument in call.args else len(bound)
    plain = index < len(bound) and not any(isinstance(a, ast.Starred) for a in call.args)
    return frozenset({bound[index]} if plain else own)
