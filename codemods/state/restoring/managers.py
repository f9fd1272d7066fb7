"""Context managers that the same file defines, and that change the environment around a block.

What is set in such a block by a MonkeyPatch from outside is undone after the manager has put
back what it changed itself: of a variable that both change, the manager's value would stay
after (rows E7 and S17 of the measured semantics). So the block gets a MonkeyPatch of its own,
or everything stays.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codemods.python.names import Function, function_nodes, generator, own_statements
from codemods.python.source import Source, definitions_on
from codemods.state.around.snapshots import is_snapshot
from codemods.state.expressions.known_keys import known_in, known_keys
from codemods.state.expressions.mentions import mentioning_lines
from codemods.state.expressions.scope import Scope
from codemods.state.model.edits import ManagedBlock, PatchedWith
from codemods.state.model.operations import keys, meet
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.model.refusals import UNDO_ORDER
from codemods.state.restoring.extent import changes_of
from codemods.suite.known_calls import QUIET_MANAGERS


@dataclass(frozen=True)
class Manager:
    """The keys that it changes and puts back, and whether it puts back everything.

    ``quiet``: nothing else happens when its block ends. ``isolates``: it does nothing but put
    everything back, and stays as it is. ``unsure`` are keys that it puts back only if they were
    set: ``m.delenv("K", raising=False)``.
    """

    keys: frozenset[str]
    restores_all: bool
    quiet: bool
    isolates: bool = False
    unsure: frozenset[str] = frozenset()

    def shares(self, written: frozenset[str]) -> bool:
        """Whether some known keys may be among those that it changes."""
        return meet(written, self.keys)

    def may_leave(self, written: frozenset[str]) -> bool:
        """Whether some of these, if its block sets them, may stay when it has ended."""
        return meet(written, self.unsure)


def managers_of(units: Sequence[Unit]) -> dict[str, Manager]:
    """The generators among some functions, by their names."""
    plans = [unit.plan for unit in units if generator(unit.plan.host.function)]
    return {
        plan.host.function.name: Manager(
            known_in(plan) | known_keys(plan.restored, plan.host.source, *plan.host.functions),
            restores_all=bool(plan.patched) or plan.puts_all_back,
            quiet=_quiet(plan),
        )
        for plan in plans
    }


def isolated_managers(source: Source) -> dict[str, Manager]:
    """The generators of a file that change the environment by a MonkeyPatch already, as a
    rewrite leaves them.
    """
    found = {}
    if "contextmanager" in source.text:
        definitions = definitions_on(source, mentioning_lines(source))
        for function in (s for s in definitions if isinstance(s, ast.FunctionDef)):
            if is_snapshot(source, function):
                quiet = not _calls_after_yield(function, _restorations(function))
                found[function.name] = Manager(
                    frozenset(), restores_all=True, quiet=quiet, isolates=True
                )
                continue
            cells = _monkeypatched(source, function) if generator(function) else []
            if cells:
                quiet = not _calls_after_yield(function, set())
                keys_set = known_keys((cell for cell, _ in cells), source, function)
                unsure = known_keys(
                    (cell for cell, records in cells if not records), source, function
                )
                found[function.name] = Manager(
                    keys_set, restores_all=False, quiet=quiet, unsure=unsure
                )
    return found


def _restorations(function: Function) -> set[int]:
    """The calls after the ``yield`` of a snapshot that put everything back."""
    calls = (n for n in function_nodes(function) if isinstance(n, ast.Call))
    return {
        id(c)
        for c in calls
        if isinstance(c.func, ast.Attribute) and c.func.attr in ("clear", "update")
    }


def _monkeypatched(source: Source, function: Function) -> list[tuple[str, bool]]:
    """The cells that a function changes by a MonkeyPatch, and whether that makes sure that they
    are put back.
    """
    scope = Scope(source, source.names.inside(function))
    calls = [node for node in function_nodes(function) if isinstance(node, ast.Call)]
    found = [(scope.kind.patched(call, scope), scope.kind.records(call)) for call in calls]
    return [(cell.code, records) for cell, records in found if cell is not None]


def manager_of(items: Sequence[ast.withitem], managers: Mapping[str, Manager]) -> Manager | None:
    """The first manager among the items of a block."""
    called = (_called(item.context_expr) for item in items)
    return next((managers[name] for name in called if name in managers), None)


def written_in(block: ast.With | ast.AsyncWith, plan: Plan) -> frozenset[str]:
    """The known keys that a block writes and does not restore itself, those of flat patchers in
    it too.
    """
    found = changes_of(block.body, plan)
    for statement in own_statements(block.body):
        patched = plan.edits.get(statement)
        if isinstance(patched, PatchedWith) and isinstance(statement, ast.With) and patched.flat:
            found |= keys(patched.operations) | changes_of(statement.body, plan)
    return known_keys(found, plan.host.source, *plan.host.functions)


def refuse_shared(units: list[Unit]) -> list[Unit]:
    """The units, refused on both sides where a block of a manager has none of its own and should
    have.
    """
    clashing: set[int] = set()
    for manager in [unit for unit in units if generator(unit.plan.host.function)]:
        known = managers_of([manager])
        for unit in units:
            if unit is not manager and _clashes(unit, known):
                clashing |= {id(unit), id(manager)}
    return [unit.refuse(UNDO_ORDER) if id(unit) in clashing else unit for unit in units]


def _clashes(unit: Unit, managers: Mapping[str, Manager]) -> bool:
    plan = unit.plan
    if plan.undo_scope not in (UndoScope.PARAMETER, UndoScope.WRAP):
        return False
    for block in own_statements(plan.host.function.body):
        if (
            not isinstance(block, (ast.With, ast.AsyncWith))
            or (manager := manager_of(block.items, managers)) is None
        ):
            continue
        edit = plan.edits.get(block)
        own = isinstance(edit, ManagedBlock) or (isinstance(edit, PatchedWith) and not edit.flat)
        written = written_in(block, plan)
        inside = written or any(
            block.lineno <= site.node.lineno <= (block.end_lineno or 0) for site in unit.sites
        )
        stays = (
            unit.refused and inside and manager.restores_all
        )  # and would not be put back any more
        if stays or (not own and manager.shares(written)):
            return True
    return False


def _quiet(plan: Plan) -> bool:
    """Whether nothing runs after the yield but restorations, which go."""
    return not _calls_after_yield(
        plan.host.function, {id(n) for s in plan.gone for n in ast.walk(s)}
    )


def _calls_after_yield(function: Function, gone: set[int]) -> bool:
    nodes = function_nodes(function)
    last = max(
        (n.end_lineno or n.lineno for n in nodes if isinstance(n, (ast.Yield, ast.YieldFrom))),
        default=0,
    )
    around = [
        n
        for n in nodes
        if isinstance(n, (ast.With, ast.AsyncWith)) and n.lineno <= last <= (n.end_lineno or 0)
    ]
    if not all(
        QUIET_MANAGERS.search(ast.unparse(item.context_expr))
        for block in around
        for item in block.items
    ):
        return True
    return any(
        isinstance(n, (ast.Call, ast.Await)) and n.lineno > last and id(n) not in gone
        for n in nodes
    )


def _called(node: ast.expr) -> str:
    """``f`` for ``f(…)`` and ``self.f(…)``."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
