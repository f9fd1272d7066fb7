"""What the fixtures around a test do to the environment once it is over."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codemods.python.names import Function, function_nodes, generator
from codemods.python.source import Source, fact
from codemods.state.around.fixtures import Fixture, Fixtures, SetUp
from codemods.state.around.teardowns import adds_finalizer, names_state
from codemods.state.expressions.known_keys import known_in, known_keys
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import UndoScope, Unit
from codemods.state.restoring.foreign_managers import restored_around_yield

Keys = frozenset[str]
# What is changed for a reason among these stands in the plan; for any other one it may be any
# variable.
_IN_PLAN = (
    refusals.SNAPSHOT,
    refusals.VALUE_NOT_STRING,
    refusals.CLEAR_UNKNOWN,
    refusals.UNDO_ORDER,
)


@dataclass(frozen=True)
class Effect:
    """What a fixture does after its test: the keys that it restores, and those that it expects
    to be set then.
    """

    restores: Keys = frozenset()
    expects: Keys = frozenset()


Effects = Mapping[Function, Effect]


def effects_of(
    units: Iterable[Unit], expected: Mapping[Function, set[str]], fixtures: Fixtures
) -> dict[Function, Effect]:
    """The effects of fixtures as they are now."""
    of_function = {plan.host.function: unit for unit in units for plan in (unit.plan, *unit.along)}
    found = {}
    for fixture in fixtures.all():
        unit = of_function.get(fixture.function)
        expects = known_keys(expected.get(fixture.function, ()), fixture.source, fixture.function)
        found[fixture.function] = Effect(_restores(fixture, unit), expects)
    return found


def leaves_to_monkeypatch(unit: Unit) -> bool:
    """Whether the function's changes are undone by its parameter ``monkeypatch`` once it is
    rewritten.
    """
    return not unit.refused and unit.plan.undo_scope is UndoScope.PARAMETER


def _restores(fixture: Fixture, unit: Unit | None) -> Keys:
    """The keys that a fixture restores when it is torn down; any, if not all that it does is
    understood.
    """
    if isinstance(fixture, SetUp):
        return _put_back(fixture, unit)
    if fixture.wide:  # that is later than whatever belongs to one test
        return frozenset()
    keys = _set_in_contexts(fixture.source, fixture.function)
    if generator(fixture.function):
        keys |= restored_around_yield(fixture.function, fixture.source)
    if unit is None:
        return keys
    if unit.plan.yields and not unit.refused:  # then it restores what it sets
        return keys | known_in(unit.plan)
    reasons = {site.refusal for site in unit.sites}
    started = any(
        site.rule == "patch-dict" and isinstance(site.node, ast.stmt) for site in unit.sites
    )
    if (
        started
        or refusals.PATCHER_OBJECT in reasons
        or generator(fixture.function)
        or adds_finalizer(fixture.function)
    ):
        keys |= known_in(unit.plan)
        return keys | {WHOLE} if unit.refused and not reasons.issubset(_IN_PLAN) else keys
    return keys


def _put_back(tear_down: SetUp, unit: Unit | None) -> Keys:
    """The keys that a tear-down restores: any, unless it will undo a MonkeyPatch that its set-up
    keeps.
    """
    if unit is not None and not unit.refused and unit.plan.undo_scope is UndoScope.KEPT:
        return known_in(unit.plan) | ({WHOLE} if unit.plan.puts_all_back else set())
    text = tear_down.source.segment(tear_down.function)
    restores = names_state(tear_down) or ".undo()" in text or ".stop" in text
    return frozenset({WHOLE}) if restores else frozenset()


@fact
def _set_in_contexts(source: Source, function: Function) -> Keys:
    """The keys that a fixture sets by a MonkeyPatch of its own, or in a context of one, around
    its ``yield``.
    """
    text = source.segment(function)
    if not generator(function) or not ("MonkeyPatch" in text or ".context(" in text):
        return frozenset()
    calls = [n for n in function_nodes(function) if isinstance(n, ast.Call)]
    if not any(_last_name(call.func) in ("MonkeyPatch", "context") for call in calls):
        return frozenset()
    scope = Scope(source, source.names.inside(function))
    cells = filter(None, (scope.kind.patched(call, scope) for call in calls))
    return known_keys((cell.code for cell in cells), source, function)


def _last_name(node: ast.expr) -> str:
    return (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else ""
    )
