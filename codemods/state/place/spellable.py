"""Whether the names that the new lines need are bound where these will stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemods.rule import Refusal
from codemods.state.expressions.cells.attributes import module_level
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, Entered, PatchedWith
from codemods.state.model.kind import kind_of
from codemods.state.model.operations import Bind, Clear, Operation, SetDefault, Text
from codemods.state.model.plan import Plan, UndoScope


def unspellable(plan: Plan) -> Refusal | None:
    """Why a new line cannot say ``os.environ`` or ``pytest.MonkeyPatch``: ``import os`` stands
    below it.
    """
    names = plan.host.names
    for module, dotted, line in _needed(plan):
        # `from . import pytest` may be anything.
        relative = module in module_level(plan.host.source) and module not in names.table
        unsure = module in names.local or names.table.get(module, "") is None or relative
        if unsure and names.spelling(dotted) is None and names.spelling(dotted, line) is None:
            return refusals.LOCAL_IMPORT
    return None


def _needed(plan: Plan) -> Iterator[tuple[str, str, int]]:
    """The modules that new lines need, with what of them, and the first line of each."""
    changing = (Calls, PatchedWith, Entered)
    written: list[tuple[int, Sequence[Operation]]] = [
        (s.lineno, edit.operations) for s, edit in plan.edits.items() if isinstance(edit, changing)
    ]
    written += [(0, found) for found in plan.decorators.values()]
    container = kind_of(plan.host.source).container
    looks = [
        line for line, found in written if any(_names(container, operation) for operation in found)
    ]
    if container is not None and looks:
        yield container.partition(".")[0], container, min(looks)
    if written and plan.undo_scope is not UndoScope.PARAMETER:
        lines = [line for line, _ in written] + [s.lineno for s in plan.wraps]
        yield "pytest", "pytest.MonkeyPatch", min(lines)


def _names(container: str | None, operation: Operation) -> bool:
    """Whether the code that carries out an operation names the container."""
    if isinstance(operation, Bind):
        return container is not None and operation.value == Text(container)
    return isinstance(operation, (Clear, SetDefault))
