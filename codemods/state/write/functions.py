"""What becomes of each function of some units. This module imports LibCST."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence

import libcst as cst

from codemods.python.names import walk
from codemods.state.model.edits import with_ancestors
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.place.undo_scopes import undo_scope_of
from codemods.state.units.class_decorators import Covered
from codemods.state.units.helpers import with_helpers
from codemods.state.write.autouse import AutouseWriter
from codemods.state.write.calls import CallWriter
from codemods.state.write.pairs import SetUpWriter, TearDownWriter, UndoingWriter
from codemods.state.write.passing import Change, passing
from codemods.state.write.writing import Writer
from codemods.suite.hosts import Host

Needs = set[tuple[str, str | None]]
Make = Callable[[cst.Module, Needs], Change]


def function_changes(units: Sequence[Unit]) -> dict[ast.stmt, Make]:
    """For each function, what makes its change, once the statement that it stands in is parsed."""
    made: dict[ast.stmt, Make] = {}
    for unit in units:
        made[unit.plan.host.function] = _writing(unit.plan)
        for plan in unit.along:
            made[plan.host.function] = _emptying(plan)
    helpers: dict[ast.stmt, list[Host]] = {}
    for unit in units:
        for caller in unit.callers:
            helpers.setdefault(caller.function, []).append(unit.plan.host)
    callers = {caller.function: caller for unit in units for caller in unit.callers}
    plans = {unit.plan.host.function: unit.plan for unit in units}
    for function, caller in callers.items():
        if undo_scope_of(caller) is UndoScope.WRAP:
            plan = plans.get(caller.function, Plan(caller, UndoScope.WRAP))
            made[function] = _writing(with_helpers(plan, helpers[function]))
        made[function] = _passing(caller, helpers[function], made.get(function))
    return made


def class_changes(classes: Sequence[Covered]) -> dict[ast.stmt, Make]:
    """For each class that a patcher decorates, what puts a fixture in its place."""
    return {covered.cls: _autouse(covered) for covered in classes}


def looked_at(
    statements: Collection[ast.stmt], units: Sequence[Unit], classes: Sequence[Covered]
) -> set[ast.AST]:
    """What the changes change or look into in some statements of a module, and what holds it."""
    found: set[ast.AST] = set()
    for covered in classes:
        found |= {covered.cls, *covered.cls.body}
    for unit in units:
        for plan in (unit.plan, *unit.along):
            found |= _mentioned(plan)
        for caller in unit.callers:  # any call in it may be one of the helper
            found.update(walk(caller.function))
    return found.union(*(with_ancestors(statement, found) for statement in statements))


def _mentioned(plan: Plan) -> set[ast.AST]:
    replaced = (node for statement in plan.replaced for node in walk(statement))
    lasts = (wrap.last for wrap in plan.wraps.values())
    return {plan.host.function, *plan.touched(), *plan.edits, *lasts, *replaced}


def _autouse(covered: Covered) -> Make:
    return lambda module, needs: AutouseWriter(covered, module, needs).lines


def _writing(plan: Plan) -> Make:
    writer = SetUpWriter if plan.undo_scope is UndoScope.KEPT else Writer
    return lambda module, needs: writer(plan, module, needs).lines


def _emptying(plan: Plan) -> Make:
    if plan.undo_scope is UndoScope.KEPT:
        return lambda module, needs: UndoingWriter(plan, module, needs).lines
    return lambda module, needs: TearDownWriter(plan, module, needs).lines_left


def _passing(caller: Host, helpers: Sequence[Host], make: Make | None) -> Make:
    def made(module: cst.Module, needs: Needs) -> Change:
        annotation = CallWriter(caller, module, needs).annotation() if caller.annotated else None
        change = make(module, needs) if make is not None else None
        return passing(
            change, helpers, annotation, gains=undo_scope_of(caller) is UndoScope.PARAMETER
        )

    return made
