"""pytest's own set-up and tear-down functions, which belong together if one undoes what the other
does.

The set-up keeps a MonkeyPatch in an attribute, and the tear-down undoes it where it restored by
hand. What cannot be done so is read function by function.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from codemods.python.names import Function, own_statements, parameters
from codemods.state.around.case_classes import family, read_elsewhere
from codemods.state.around.keeping import attribute_for, fits
from codemods.state.cases.joined import Joined, join
from codemods.state.cases.staying import leave_changes, may_run_inside
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, Entered, ManagedBlock
from codemods.state.model.kind import spelling_in
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.place.placing import placed
from codemods.state.read.reading import Reading
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host, Kind

TEAR_DOWNS = {f"setup_{of}": f"teardown_{of}" for of in ("method", "class", "function", "module")}


@dataclass(frozen=True)
class Pair:
    """A set-up with its tear-down: the unit of both, and the keys that the tear-down has to find
    set.
    """

    unit: Unit
    expects: set[str]


def pairs_of(
    hosts: Iterable[Host], changes: Callable[[ast.stmt], bool], managers: Mapping[str, Manager]
) -> dict[Function, Pair]:
    """The pairs of a file that can be rewritten, by the function that sets up.

    ``changes`` tells whether a function changes the environment; ``managers`` are the context
    managers of the file.
    """
    methods = {(h.classes[-1:], h.function.name): h for h in hosts if h.kind is Kind.SETUP}
    found: dict[Function, Pair] = {}
    for (cls, name), set_up in methods.items():
        tear_down = methods.get((cls, TEAR_DOWNS.get(name, "")))
        if tear_down is not None and changes(set_up.function) and fits(set_up, tear_down):
            pair = _read(set_up, tear_down, managers)
            if pair is not None:
                found[set_up.function] = pair
    return found


def alone_put_back(
    units: list[Unit], hosts: Iterable[Host], changes: Callable[[ast.stmt], bool]
) -> list[Unit]:
    """The units, refused if they are pairs that put back everything, and something that may run
    inside keeps changing.

    ``hosts`` are the functions of the file.
    """
    changing = [host for host in hosts if changes(host.function)]

    def clashes(unit: Unit) -> bool:
        if (
            unit.refused
            or unit.plan.undo_scope is not UndoScope.KEPT
            or not unit.plan.puts_all_back
        ):
            return False
        return leave_changes((h for h in changing if may_run_inside(h, unit.plan.host)), units)

    return [unit.refuse(refusals.UNDO_ORDER) if clashes(unit) else unit for unit in units]


def _read(set_up: Host, tear_down: Host, managers: Mapping[str, Manager]) -> Pair | None:
    """Both functions read as one; None if they cannot be rewritten."""
    patchers = _patchers(set_up)
    until = _until_the_last_change(tear_down, patchers)
    joined = join(set_up, until, read_elsewhere(set_up, until))
    joined.name_attributes()
    for statement in joined.host.function.body:
        match statement:
            case ast.Assign([ast.Name(name)], value) if name in patchers:
                joined.host.names.values[name] = value
    found = placed(joined.host, managers, UndoScope.KEPT)
    reading, unit = found.reading, found.unit
    if unit is not None and any(site.refusal is refusals.ROLLBACK for site in unit.sites):
        both = (joined.plan_of(unit.plan, set_up), joined.plan_of(unit.plan, tear_down))
        return Pair(Unit(_on_the_file(unit, joined).sites, both[0], both[1:]), reading.expects)
    if unit is None or unit.refused:
        return None
    first, second = joined.plan_of(unit.plan, set_up), joined.plan_of(unit.plan, tear_down)
    undo = _first_restoration(joined, reading, second)
    if undo is None or not _lasts(first) or second.touched() != set(second.gone):
        return None
    attribute = attribute_for(set_up)
    first.kept_in = f"{parameters(set_up.function)[0]}.{attribute}"
    second.kept_in = f"{parameters(tear_down.function)[0]}.{attribute}"
    second.edits[undo] = Calls([])
    return Pair(Unit(_on_the_file(unit, joined).sites, first, (second,)), reading.expects)


def _until_the_last_change(tear_down: Host, patchers: Iterable[str]) -> Host:
    """The tear-down without what stands after its last change: that finds the environment
    restored, as usual.
    """
    spelling = spelling_in(Scope(tear_down.source, tear_down.names))
    body = tear_down.function.body
    stops = [any(f"{name}.stop" in tear_down.source.segment(s) for name in patchers) for s in body]
    ends = [n for n, s in enumerate(body, 1) if spelling.change_inside(s) or stops[n - 1]]
    function = copy.copy(tear_down.function)
    function.body = body[: ends[-1]] if ends else body
    return replace(tear_down, function=function)


def _patchers(set_up: Host) -> set[str]:
    """The attributes, as ``self.name``, that hold a patcher of the environment which the set-up
    makes.
    """
    spelling = spelling_in(Scope(set_up.source, set_up.names))
    nodes = [n for cls in family(set_up) for n in ast.walk(cls) if isinstance(n, ast.Attribute)]
    stored = [n.attr for n in nodes if isinstance(n.ctx, ast.Store)]
    found = set()
    for statement in set_up.function.body:
        match statement:
            case ast.Assign([ast.Attribute(ast.Name(own), name)], ast.Call() as call) if (
                spelling.is_patch_dict(call)
            ):
                if stored.count(name) == 1:
                    found.add(f"{own}.{name}")
    return found


def _first_restoration(joined: Joined, reading: Reading, tear_down: Plan) -> ast.stmt | None:
    """Where the tear-down begins to restore."""
    draft = reading.draft
    changing = [
        s for s in draft.plan.gone if draft.spelling.change_inside(s) or draft.saved.stops(s)
    ]
    origins = (joined.origin[s] for s in changing if s in joined.origin)
    found = [origin for origin in origins if tear_down.goes(origin)]
    return min(found, key=lambda s: s.lineno, default=None)


def _lasts(set_up: Plan) -> bool:
    """Whether what a set-up changes is all undone by its tear-down, and nothing in it could undo
    it sooner.
    """
    own = list(own_statements(set_up.host.function.body))
    if any(wrap.last not in own for wrap in set_up.wraps.values()):
        return False
    if any(isinstance(edit, (Entered, ManagedBlock)) for edit in set_up.edits.values()):
        return False
    patched = set_up.patched
    blocks = [s for s in own if isinstance(s, (ast.With, ast.AsyncWith)) and s not in patched]
    inside = {s for block in blocks for s in own_statements(block.body)}
    calls = [statement for statement, edit in set_up.edits.items() if isinstance(edit, Calls)]
    return bool(calls) and inside.isdisjoint(calls)


def _on_the_file(unit: Unit, joined: Joined) -> Unit:
    """The unit with its findings on the statements of the file."""
    nodes = [
        joined.origin.get(s.node, s.node) if isinstance(s.node, ast.stmt) else s.node
        for s in unit.sites
    ]
    return replace(
        unit, sites=tuple(replace(s, node=node) for s, node in zip(unit.sites, nodes, strict=True))
    )
