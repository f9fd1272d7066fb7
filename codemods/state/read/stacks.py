"""``stack.enter_context(patch.dict(os.environ, …))``: the rest of the stack's block runs inside
the patch.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from codemods.python.names import function_nodes
from codemods.state.model import refusals
from codemods.state.model.edits import Entered
from codemods.state.model.operations import Bind, Clear, Operation, Text
from codemods.state.model.refusals import RefusedError
from codemods.state.read.draft import PATCH_DICT, Draft
from codemods.state.restoring.writes import Place


@dataclass(frozen=True)
class Stacks:
    """Reads such calls into a function's draft."""

    draft: Draft

    def enters(self, statement: ast.stmt, rest: list[ast.stmt], place: Place) -> Place | None:
        """The place of what follows in the same block, if the statement enters a patch; None if
        it does not.
        """
        call = statement.value if isinstance(statement, (ast.Expr, ast.Assign)) else None
        if place.kept or not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            return None
        patch = call.args[0] if call.func.attr == "enter_context" and len(call.args) == 1 else None
        if isinstance(patch, ast.Call) and self.draft.patchers.is_context(patch):
            self._beside_own(statement, rest)
        if not isinstance(patch, ast.Call) or not self.draft.spelling.is_patch_dict(patch):
            return None
        host = self.draft.host
        if self.draft.standing.keeps_patchers:
            return replace(place, undone=True, flat=False, kept=True)
        try:
            operations = self._operations(statement, patch, call.func.value, rest)
        except RefusedError as error:
            self.draft.site("patch-dict", patch, PATCH_DICT, error.refusal)
            operations = (
                [] if error.refusal is refusals.SNAPSHOT else [Clear()]
            )  # it may set any variable
        else:
            self.draft.site("patch-dict", patch, PATCH_DICT)
        self.draft.plan.edits[statement] = Entered(host.source.segment(call.func), operations)
        self.draft.writes.add(operations)
        return replace(place, undone=True, flat=True, last=False)

    def _beside_own(self, statement: ast.stmt, rest: list[ast.stmt]) -> None:
        """Writes made while the user's own MonkeyPatch is entered stay, since they would be undone
        later.
        """
        if any(self.draft.spelling.change_inside(s) is not None for s in rest):
            self.draft.site("write", statement, self.draft.changed, refusals.UNDO_ORDER)

    def _operations(
        self, statement: ast.stmt, patch: ast.Call, stack: ast.expr, rest: list[ast.stmt]
    ) -> list[Operation]:
        """The operations of entering; raises RefusedError if it is not known what runs inside."""
        if not self._is_block_of(statement, stack):
            raise RefusedError(refusals.PATCHER_OBJECT)
        if self.draft.patchers.sets_by_monkeypatch(rest):
            raise RefusedError(refusals.UNDO_ORDER)
        operations = self.draft.patchers.operations(patch, rest, self.draft.writes.given)
        if isinstance(statement, ast.Expr):
            return operations
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if (
            not isinstance(target, ast.Name)
            or not isinstance(statement, ast.Assign)
            or len(statement.targets) > 1
        ):
            raise RefusedError(refusals.VALUE_USED)
        self.draft.host.names.table[target.id] = self.draft.scope.kind.container
        return [*operations, Bind(target.id, Text(self.draft.scope.kind.container or ""))]

    def _is_block_of(self, statement: ast.stmt, stack: ast.expr) -> bool:
        """Whether a statement stands directly in the ``with`` that makes the stack, at whose end
        the patch ends.
        """
        blocks = [
            n
            for n in function_nodes(self.draft.host.function)
            if isinstance(n, (ast.With, ast.AsyncWith))
        ]
        names = [
            i.optional_vars for block in blocks if statement in block.body for i in block.items
        ]
        return isinstance(stack, ast.Name) and any(
            isinstance(n, ast.Name) and n.id == stack.id for n in names
        )
