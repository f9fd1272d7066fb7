"""Functions that change the environment inside a context manager which the same file defines.

What the fixture monkeypatch sets in such a block is undone after the manager has put back what it changed itself: of a
variable that both change, the manager's value would stay behind (rows E7 and S17 of the measured semantics).
"""

from __future__ import annotations

import ast

from codemods.environ.operations import keys
from codemods.environ.plan import Frame, Unit
from codemods.environ.refusals import UNDO_ORDER
from codemods.environ.saving import WHOLE
from codemods.hosts import generator
from codemods.names import own_statements


def refuse_shared(units: list[Unit]) -> list[Unit]:
    """The units, refused on both sides where a block of a manager writes what the manager does."""
    managers = [unit for unit in units if generator(unit.plan.host.function)]
    if not managers:
        return units
    clashing = set()
    for unit in units:
        for manager in managers:
            if unit is not manager and _clashes(unit, manager):
                clashing |= {id(unit), id(manager)}
    return [unit.refuse(UNDO_ORDER) if id(unit) in clashing else unit for unit in units]


def _clashes(unit: Unit, manager: Unit) -> bool:
    """Whether a function may write a variable that a manager changes, in a block of that manager."""
    if unit.plan.frame is not Frame.PARAMETER:
        return False
    name, changed = manager.plan.host.function.name, manager.plan.known()
    for block in own_statements(unit.plan.host.function.body):
        if isinstance(block, (ast.With, ast.AsyncWith)) and any(_called(i.context_expr) == name for i in block.items):
            written = _written_in(unit, block)
            if written & changed or (WHOLE in written | changed and written and changed):
                return True
    return False


def _written_in(unit: Unit, block: ast.With | ast.AsyncWith) -> set[str]:
    """The keys that the function itself writes in a block, and that only the end of the test puts back."""
    inside = set(own_statements(block.body))
    found = [operations for statement, operations in unit.plan.operations.items() if statement in inside]
    flat = [s for s in unit.plan.flat if s in inside]
    found += [operations for s in flat for operations in unit.plan.patches[s].values()]
    return {key if key[:1] in "\"'" else WHOLE for operations in found for key in keys(operations)}


def _called(node: ast.expr) -> str:
    """``f`` for ``f(…)`` and ``self.f(…)``."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
