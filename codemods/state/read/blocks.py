"""Blocks and decorators: the patchers that a function stands in or holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from codemods.python.names import own_nodes
from codemods.rule import Refusal
from codemods.state.around.covering import covers_more, ineffective, on_class
from codemods.state.around.undo_calls import undoes_inside
from codemods.state.expressions.blind import blind_context
from codemods.state.expressions.known_keys import known_keys
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, ManagedBlock, OwnContext, PatchedWith
from codemods.state.model.kind import spelling_in
from codemods.state.model.operations import Bind, Clear, Operation, Text, keys
from codemods.state.model.plan import UndoScope
from codemods.state.model.refusals import RefusedError
from codemods.state.patchers.hoisting import from_hoist, hoist, movable
from codemods.state.patchers.kept_patchers import shared_patchers
from codemods.state.read.aliases import rebound
from codemods.state.read.draft import PATCH_DICT, Draft
from codemods.state.restoring.extent import changes_of
from codemods.state.restoring.foreign_managers import ends_in_clean_up, entered, may_restore
from codemods.state.restoring.managers import Manager, manager_of, written_in
from codemods.state.restoring.writes import Place


@dataclass(frozen=True)
class Blocks:
    """Reads blocks and decorators into a function's draft; ``read`` reads the statements inside,
    ``managers`` are those of the file.
    """

    draft: Draft
    read: Callable[[list[ast.stmt], Place], None]
    managers: Mapping[str, Manager]

    def statement(self, statement: ast.With, place: Place) -> None:
        """A block that may be, or hold, a ``patch.dict``; the user's own MonkeyPatch context undoes
        the changes in it, too.
        """
        items = [item.context_expr for item in statement.items]
        patched = [self.draft.spelling.is_patch_dict(item) for item in items]
        kept = any(patch and self._stays(item) for patch, item in zip(patched, items, strict=True))
        blind = all(
            p or blind_context(i, self.draft.host.names)
            for p, i in zip(patched, statement.items, strict=True)
        )
        own = self.draft.patchers.own_context(statement)
        for item, patch in zip(statement.items, patched, strict=True):
            if not patch:
                self.draft.refuse_inside(item, refusals.VALUE_USED)
        if own is not None:
            self._own_block(statement, own, place)
        elif kept:
            self._kept_block(statement, patched, place)
        elif any(patched):
            self._patched_block(statement, patched, replace(place, last=place.last and blind))
        else:
            self._other_block(statement, replace(place, last=place.last and blind))
            self._managed(statement, place)

    def _patched_block(self, statement: ast.With, patched: list[bool], place: Place) -> None:
        """A block of patchers, and perhaps of a manager that changes what the block does too."""
        alone = manager_of(statement.items, self.managers) is None
        self._patch_block(statement, patched, replace(place, flat=place.flat and alone))
        other_items = statement.items[len(patched) - patched[::-1].index(True) :]
        manager = manager_of(other_items, self.managers)
        written = written_in(statement, self.draft.plan)
        if manager is None or not written:
            return
        if manager.shares(written) or (manager.restores_all and not manager.quiet):
            self.draft.objection = refusals.UNDO_ORDER

    def _other_block(self, statement: ast.With, inside: Place) -> None:
        """A block of managers that patch nothing here, but may restore what it changes."""
        manager = manager_of(statement.items, self.managers)
        if manager is not None and manager.isolates:
            inside = replace(inside, undone=True, isolated=True)
        elif any(self._may_restore(item.context_expr) for item in statement.items):
            inside = replace(inside, managed=True)
        self.read(statement.body, inside)

    def _managed(self, statement: ast.With, place: Place) -> None:
        """A block of a manager that changes what the block does too: what both change ends with
        the block.
        """
        manager = manager_of(statement.items, self.managers)
        written = written_in(statement, self.draft.plan)
        if manager is None or not written:
            self.guard(statement)
            return
        ends_early = manager.restores_all and not (place.last and manager.quiet)
        if not (ends_early or manager.shares(written)):
            return
        quiet = manager.quiet and (place.last or manager.restores_all or written <= manager.keys)
        if quiet and not manager.may_leave(written):
            self.draft.plan.edits[statement] = ManagedBlock()
        else:
            self.draft.objection = refusals.UNDO_ORDER

    def guard(self, statement: ast.With | ast.AsyncWith) -> None:
        """No lasting change may be made in a block of a manager that may restore the same cell."""
        written = written_in(statement, self.draft.plan)
        managers = [item.context_expr for item in statement.items]
        if written and any(
            may_restore(m, written, self.draft.host, self.managers) for m in managers
        ):
            self.draft.objection = refusals.UNDO_ORDER

    def entered(self, statement: ast.stmt) -> None:
        """The same for one that is entered on a stack, or started, and restores at an end that
        is not known here.
        """
        plan, manager = self.draft.plan, entered(statement)
        if manager is None or self.draft.spelling.is_patch_dict(manager):
            return
        ends = (
            edit
            for s, edit in plan.edits.items()
            if s.lineno > statement.lineno and not edit.own_end
        )
        later = [edit.operations for edit in ends]
        written = known_keys(
            set().union(*map(keys, later)), self.draft.host.source, *self.draft.host.functions
        )
        # In a TestCase the MonkeyPatch is made, and its undoing registered, right before the first
        # change.
        first = min(
            (s.lineno for s, edit in plan.edits.items() if isinstance(edit, Calls)), default=0
        )
        starts_later = plan.undo_scope is UndoScope.CLEANUP and first > statement.lineno
        if starts_later and ends_in_clean_up(statement, self.draft.host):
            return
        if written and may_restore(manager, written, self.draft.host, self.managers):
            self.draft.objection = refusals.UNDO_ORDER

    def _kept_block(self, statement: ast.With, patched: list[bool], place: Place) -> None:
        """A block of a patcher that stays restores what is written in it; other patchers beside
        it stay as well.
        """
        for item, patch in zip(statement.items, patched, strict=True):
            if patch and not self._stays(item.context_expr):
                self.draft.site("patch-dict", item.context_expr, PATCH_DICT, refusals.UNDO_ORDER)
        self.read(statement.body, replace(place, undone=True, flat=False, kept=True))

    def _own_block(self, statement: ast.With, name: str, place: Place) -> None:
        """In the user's own MonkeyPatch context, a write must not end sooner than it did."""
        writes = self.draft.writes
        self.draft.plan.edits[statement] = OwnContext(name)
        before = {id(site) for site in writes.left()}
        keys_before, given_before = writes.keys, writes.given
        writes.keys, writes.given = (
            set(),
            set(),
        )  # writes outside are not restored in here
        stores = [
            n
            for n in own_nodes(statement.body)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        ]
        again = any(n.id == name for n in stores)
        self.read(statement.body, Place(place.undone, not again, last=True, kept=place.kept))
        writes.keys, writes.given = (
            writes.keys | keys_before,
            writes.given | given_before,
        )
        if not place.last:
            written = [site for site in writes.left() if id(site) not in before]
            self.draft.sites += [replace(site, refusal=refusals.UNDO_ORDER) for site in written]
        undone = undoes_inside(self.draft.host, statement.body, name)
        if undone and self.draft.spelling.change_inside(statement):
            self.draft.objection = refusals.UNDO_CALLED
        if (again or (place.undone and not place.last)) and changes_of(
            statement.body, self.draft.plan
        ):
            self.draft.site("write", statement, self.draft.changed, refusals.UNDO_ORDER)

    def _patch_block(self, statement: ast.With, patched: list[bool], place: Place) -> None:
        flat = place.flat and place.last and self.draft.patchers.holds_yield(statement)
        objection = (
            refusals.UNDO_ORDER
            if not flat and self.draft.patchers.sets_by_monkeypatch(statement.body)
            else None
        )
        patches = {}
        for index, item in enumerate(statement.items):
            if patched[index]:
                patches[index] = self._patch_item(
                    item, statement.body, objection, None if flat else self._note()
                )
        self.draft.plan.edits[statement] = PatchedWith(patches, flat)
        following = statement.items[max(patches) + 1 :]
        outside, given = set(self.draft.writes.keys), set(self.draft.writes.given)
        for operations in patches.values():
            self.draft.writes.add(operations)
        self.read(
            statement.body,
            Place(True, True, all(blind_context(i, self.draft.host.names) for i in following)),
        )
        self.draft.writes.keys, self.draft.writes.given = outside, given

    def _note(self) -> str | None:
        """Why a block of a test stays a block."""
        if self.draft.plan.undo_scope is not UndoScope.PARAMETER:
            return None
        return self.draft.plan.note or "code after the block may read the environment"

    def _patch_item(
        self, item: ast.withitem, body: list[ast.stmt], refusal: Refusal | None, note: str | None
    ) -> list[Operation]:
        call = self.draft.spelling.patch_call(item.context_expr)
        assert call is not None
        operations: list[Operation] = []
        try:
            operations = self.draft.patchers.operations(call, body, self.draft.writes.given)
            if call is item.context_expr:
                more = self.draft.spelling.onto_a_copy(call)
                operations = operations if more is None else more
            if item.optional_vars is not None:
                operations = [*operations, self._bound(item.optional_vars)]
        except RefusedError as error:
            refusal = error.refusal
            operations = (
                [] if refusal is refusals.SNAPSHOT else [Clear()]
            )  # it may set any variable
        self.draft.site("patch-dict", item.context_expr, PATCH_DICT, refusal, note=note)
        return operations

    def _bound(self, target: ast.expr) -> Operation:
        """``as env``: the name is os.environ itself from here on."""
        if not isinstance(target, ast.Name):
            raise RefusedError(refusals.VALUE_USED)
        if rebound(target.id, self.draft.host.function, self.draft.spelling):
            raise RefusedError(refusals.NAME_REBOUND)
        self.draft.host.names.table[target.id] = self.draft.scope.kind.container
        return Bind(target.id, Text(self.draft.scope.kind.container or ""))

    def decorators(self) -> tuple[bool, bool]:
        """Read the ``patch.dict`` decorators: whether any restores what the body writes, and
        whether any stays.
        """
        spelling = spelling_in(Scope(self.draft.host.source, self.draft.host.source.names))
        found = [
            (i, d)
            for i, d in enumerate(self.draft.host.function.decorator_list)
            if spelling.is_patch_dict(d)
        ]
        covered = on_class(self.draft.host)
        kept = covered or any(self._stays(d) for _, d in found)
        if kept:  # which restores before monkeypatch undoes
            self.draft.plan.ends_early = True
            self.draft.plan.note = (
                "a patch.dict that stays around it restores before monkeypatch undoes"
            )
        for index, decorator in found:
            if isinstance(decorator, ast.Call) and not self._stays(decorator):
                self._decorator(index, decorator)
        return covered or bool(found), kept

    def _decorator(self, index: int, call: ast.Call) -> None:
        refusal, objection = None, None
        try:
            objection = ineffective(self.draft.host, index)
            read = self.draft.patchers.of_decorator(call, self.draft.writes.given)
            below = self.draft.host.function.decorator_list[index + 1 :]
            if covers_more(self.draft.host, index, keys(read)) or any(map(self._is_kept, below)):
                raise RefusedError(refusals.DECORATOR_ORDER)
            if self._outlived(self.draft.host.function.body):
                raise RefusedError(refusals.UNDO_ORDER)
            operations = self._as_at_import(call, read)
            self.draft.plan.decorators[index] = operations
            self.draft.writes.add(operations)
        except RefusedError as error:
            refusal = error.refusal
        message, unsafe = objection or PATCH_DICT, objection is not None
        self.draft.site("patch-dict", call, message, refusal, unsafe, note=self.draft.plan.note)

    def _outlived(self, body: list[ast.stmt]) -> bool:
        """Whether a function whose changes end with it sets variables by a monkeypatch that is
        undone later.
        """
        plan = self.draft.plan
        ends_with_it = plan.undo_scope is not UndoScope.PARAMETER or plan.ends_early
        return ends_with_it and self.draft.patchers.sets_by_monkeypatch(body)

    def _is_kept(self, decorator: ast.expr) -> bool:
        """Whether a patcher that stays would now be applied first, and its value overridden."""
        spelling = spelling_in(Scope(self.draft.host.source, self.draft.host.source.names))
        return spelling.is_patch_dict(decorator) and self._stays(decorator)

    def _as_at_import(self, call: ast.Call, operations: list[Operation]) -> list[Operation]:
        """The operations of a decorator with the values that it had when the file was imported."""
        host, plan = self.draft.host, self.draft.plan
        if movable(call, host, self.draft.scope):
            return operations
        hoisted = hoist(call, host, plan.hoists)
        plan.hoists.append(hoisted)
        return from_hoist(operations, host, hoisted)

    def _stays(self, patcher: ast.expr) -> bool:
        """Whether a patcher stays: one with a name is not only used in blocks, or has other values
        there; in a TestCase the settings may keep all.
        """
        host, kept = self.draft.host, self.draft.spelling.kept
        named = isinstance(patcher, ast.Name) and patcher.id not in kept
        if isinstance(patcher, ast.Name) and named:
            shared = shared_patchers(host.source).get(patcher.id)
            named = shared is None or not movable(shared, host, self.draft.scope)
        return named or self.draft.standing.keeps_patchers

    def decorated_by_manager(self) -> bool:
        """Whether a decorator of the function, or of its class, may restore the kind of state, by
        its name.

        ``@isolated_filesystem`` ends before what the fixture monkeypatch or a clean-up undoes.
        """
        host = self.draft.host
        return any(
            self._may_restore(d)
            for each in (host.function, *host.classes)
            for d in each.decorator_list
        )

    def _may_restore(self, manager: ast.expr) -> bool:
        """Whether the name of a context manager speaks of the kind of state, or of isolation."""
        function = manager.func if isinstance(manager, ast.Call) else manager
        words = rf"{self.draft.scope.kind.hint}|isolat|sandbox|restor|overr"
        return re.search(words, ast.unparse(function), re.IGNORECASE) is not None
