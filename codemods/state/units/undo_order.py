"""Changes are undone in the reverse order of doing, in the fixtures around a function too (rows E7,
S17, S20).

monkeypatch undoes when it is torn down, which is after the tear-down of each fixture that was
set up later. If one of those restores the same variable, what monkeypatch puts back then is the
value of that fixture: it leaks. A function to which that would happen has its changes in a block
of its own, which ends before any fixture does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from codemods.python.names import Function, generator
from codemods.state.around.fixtures import Fixtures, Named, fixtures_around, set_ups
from codemods.state.around.teardowns import torn_down_first
from codemods.state.cases.staying import may_run_inside
from codemods.state.expressions.known_keys import known_in, known_keys
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, OwnContext, PatchedWith
from codemods.state.model.operations import Operation, keys, meet
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.place.placing import placed
from codemods.state.restoring.foreign_managers import names_around_yield
from codemods.state.restoring.managers import Manager
from codemods.state.units.effects import Effects, Keys, effects_of, leaves_to_monkeypatch
from codemods.suite.hosts import Host, Kind, hosts
from codemods.suite.known_calls import BLIND_FIXTURES


def in_order(
    units: list[Unit],
    expected: Mapping[Function, set[str]],
    above: Effects,
    managers: Mapping[str, Manager],
) -> list[Unit]:
    """The units so that each is undone in order, or refused; ``above`` are the effects of the
    conftests' fixtures.
    """
    while True:
        settled = [_settled(unit, units, expected, above, managers) for unit in units]
        if settled == units:
            return units
        units = settled


def _settled(
    unit: Unit,
    units: list[Unit],
    expected: Mapping[Function, set[str]],
    above: Effects,
    managers: Mapping[str, Manager],
) -> Unit:
    if unit.refused:
        return unit
    if (
        unit.plan.undo_scope is UndoScope.KEPT
        and unit.plan.puts_all_back
        and any(
            _writes_on(other) and may_run_inside(other.plan.host, unit.plan.host) for other in units
        )
    ):
        return unit.refuse(refusals.UNDO_ORDER)
    if _rolls_back(unit.plan) and any(_stays_inside(other, unit) for other in units):
        return unit.refuse(refusals.UNDO_ORDER)
    fixture = unit.plan.host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE)
    if fixture and unit.plan.undo_scope is UndoScope.WRAP and _expected(unit, expected, above):
        return unit.refuse(refusals.UNDO_ORDER)
    if unit.plan.undo_scope is not UndoScope.PARAMETER:
        return unit
    if _needed(unit, units, expected, above):
        return unit.refuse(refusals.UNDO_ORDER)
    if not _late(unit, units, above):
        return unit
    # A helper's change is to outlast the helper.
    fit = unit.plan.host.kind in (Kind.TEST, Kind.FIXTURE)
    wrapped = placed(unit.plan.host, managers, UndoScope.WRAP).unit if fit else None
    if wrapped is None or wrapped.refused:
        return unit.refuse(refusals.UNDO_ORDER)
    note = "a fixture that restores the same variable is torn down before monkeypatch undoes"
    return replace(wrapped, sites=tuple(replace(site, note=note) for site in wrapped.sites))


def _rolls_back(plan: Plan) -> bool:
    """Whether a fixture puts back whatever its test does to the environment, as long as it is
    not rewritten.
    """
    lasts = generator(plan.host.function) or plan.undo_scope is UndoScope.CLEANUP  # by a finalizer
    return lasts and (bool(plan.patched) or plan.puts_all_back)


def _writes_on(unit: Unit) -> bool:
    """Whether a function stays as it is, and leaves variables changed."""
    return unit.refused and any(site.rule == "write" for site in unit.sites)


def _stays_inside(unit: Unit, fixture: Unit) -> bool:
    """Whether writes that stay as they are run inside a fixture, which alone puts them back."""
    return _writes_on(unit) and _runs_inside(unit.plan.host, fixture.plan)


def _runs_inside(host: Host, fixture: Plan) -> bool:
    if host.kind not in (Kind.TEST, Kind.GIVEN, Kind.FIXTURE):
        return False
    around = fixtures_around(host).set_up_for(host)
    return any(f is not None and f.function is fixture.host.function for _, f in around)


def refuse_around(units: list[Unit], cleaning: list[Host]) -> list[Unit]:
    """The units, refused if they are fixtures that alone put back what functions change as they
    clean up.

    ``cleaning`` are functions with such changes: they stay, and are not reported.
    """
    return [
        unit.refuse(refusals.UNDO_ORDER)
        if _rolls_back(unit.plan) and any(_runs_inside(host, unit.plan) for host in cleaning)
        else unit
        for unit in units
    ]


def _needed(
    unit: Unit, units: list[Unit], expected: Mapping[Function, set[str]], above: Effects
) -> bool:
    """Whether a fixture that stays as it is has to find the unit's changes as they are, or
    restores the same.
    """
    used = {f.function for _, f in fixtures_around(unit.plan.host).set_up_for(unit.plan.host) if f}
    stay = [
        u.plan for u in units if u is not unit and u.refused and u.plan.host.kind is Kind.FIXTURE
    ]
    patched = [known_in(plan) for plan in stay if plan.host.function in used]
    return _expected(unit, expected, above) or any(
        meet(known_in(unit.plan), keys) for keys in patched
    )


def _expected(unit: Unit, expected: Mapping[Function, set[str]], above: Effects) -> bool:
    """Whether a tear-down has to find set what the unit changes: ``del os.environ["KEY"]`` fails
    without.
    """
    source = unit.plan.host.source
    used = {f.function for _, f in fixtures_around(unit.plan.host).set_up_for(unit.plan.host) if f}
    wanted = {
        key for function, keys in expected.items() for key in known_keys(keys, source, function)
    }
    wanted |= {key for function in used if function in above for key in above[function].expects}
    return bool(known_in(unit.plan) & wanted)


def _late(unit: Unit, units: list[Unit], above: Effects) -> bool:
    """Whether monkeypatch would undo the unit's changes, or its test's, after a fixture has
    restored the same.
    """
    host, own = unit.plan.host, _undone_by_frame(unit.plan)
    around = [*fixtures_around(host).layers]
    around += [{s.name: s} for s in set_ups(host.source)]
    effects = {**effects_of(units, {}, Fixtures(around)), **above}
    for other in units:
        effect = effects.get(other.plan.host.function)
        all_rewritten = host.source.tests is None
        if effect is not None and all_rewritten and leaves_to_monkeypatch(other):
            effects[other.plan.host.function] = replace(effect, restores=frozenset())
    restoring = {
        f for f, effect in effects.items() if f is not host.function and meet(own, effect.restores)
    }
    if own and torn_down_first(host):
        restoring |= {f for other in units if other is not unit for f in _rolled_back_by(other)}
        restoring |= _rolled_back_by_managers(host, units)
    return bool(restoring) and any(
        _restored_between(names, host, restoring) for names in _before(host)
    )


def _rolled_back_by(unit: Unit) -> Iterator[Function]:
    """The functions that took back whatever a test did, and will take back only their own."""
    kept = unit.plan.undo_scope is UndoScope.KEPT
    all_back = unit.plan.puts_all_back or any(site.rule == "patch-dict" for site in unit.sites)
    if not unit.refused and (_rolls_back(unit.plan) or (kept and all_back)):
        yield from (plan.host.function for plan in (unit.plan, *unit.along))


def _rolled_back_by_managers(host: Host, units: list[Unit]) -> set[Function]:
    """The fixtures around a function that did so by a manager of the file, which is rewritten."""
    plans = [unit.plan for unit in units if not unit.refused and unit.plan.host.kind is Kind.HELPER]
    names = {plan.host.function.name for plan in plans if _rolls_back(plan)}
    fixtures = [fixture.function for fixture in fixtures_around(host).all()] if names else []
    return {f for f in fixtures if not names_around_yield(f).isdisjoint(names)}


def _before(host: Host) -> Iterator[list[Named]]:
    """What is set up before the host, for each function that has it around.

    Which tests use the fixtures of a conftest is not known here: any order of any of them counts.
    """
    around = fixtures_around(host)
    yield around.set_up_for(host)
    if host.kind is Kind.FIXTURE and host.source.path.endswith("conftest.py"):
        yield around.set_up() * 2
    for names in _around_users(host):
        yield names[: _place(host, names)]


def _around_users(host: Host) -> Iterator[list[Named]]:
    """What is set up for each function of the file that has the host, a fixture, around it."""
    for other in hosts(host.source, host.context) if host.kind is Kind.FIXTURE else ():
        names = fixtures_around(other).set_up_for(other)
        if _place(host, names) < len(names):
            yield names


def _place(host: Host, names: list[Named]) -> int:
    """The index of the host in what is set up, or one too many."""
    found = (
        index
        for index, (_, fixture) in enumerate(names)
        if fixture and fixture.function is host.function
    )
    return next(found, len(names))


def _restored_between(names: list[Named], host: Host, restoring: set[Function]) -> bool:
    """Whether a fixture that restores is set up after monkeypatch, or after what may have asked
    for it.
    """
    asked = False
    for name, fixture in names:
        if fixture is None:
            asked = asked or name not in BLIND_FIXTURES
        elif asked and fixture.function is not host.function and fixture.function in restoring:
            return True
    return False


def _undone_by_frame(plan: Plan) -> Keys:
    """The keys of what stands in no block of its own, which would end sooner."""
    blocks = [(first.lineno, wrap.last.end_lineno or 0) for first, wrap in plan.wraps.items()]
    found: list[Operation] = []
    for statement, edit in plan.edits.items():
        if isinstance(edit, OwnContext) or (isinstance(edit, PatchedWith) and not edit.flat):
            blocks.append((statement.lineno, statement.end_lineno or 0))
        elif isinstance(edit, PatchedWith):
            found += edit.operations
    for statement, edit in plan.edits.items():
        if isinstance(edit, Calls) and not any(
            first <= statement.lineno <= last for first, last in blocks
        ):
            found += edit.operations
    if not plan.ends_early:
        found += [operation for operations in plan.decorators.values() for operation in operations]
    return known_keys(keys(found), plan.host.source, *plan.host.functions)
