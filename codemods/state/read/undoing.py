"""Restoration by hand: what goes because monkeypatch undoes, and the blocks that end where it
was restored.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemods.python.names import function_nodes, generator
from codemods.state.expressions.foreign import may_write
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, Gone, Wrap
from codemods.state.model.operations import (
    WHOLE,
    Bind,
    Keep,
    Operation,
    Set,
    SetAll,
    SetDefault,
    Unset,
)
from codemods.state.model.plan import UndoScope
from codemods.state.read.draft import Draft
from codemods.state.restoring.extent import changes_of, extent
from codemods.state.restoring.restoring import Restoration, loop_of
from codemods.state.restoring.writes import Place


@dataclass(frozen=True)
class Undoing:
    """Reads the restorations of one function into its draft."""

    draft: Draft

    @property
    def _by_hand(self) -> str:
        return f"{self.draft.scope.kind.whole} is restored by hand"

    def restores(
        self, statement: ast.stmt, before: list[ast.stmt], after: list[ast.stmt], place: Place
    ) -> bool:
        """A restoration as a statement of its own, with those in front of it and after it.

        It goes at the end of its frame. Where others see it, its writes are rewritten; what
        restores all ends a block.
        """
        if self.draft.plan.goes(statement):
            return True
        found = self.draft.restoration(statement)
        if found is None:
            return False
        if not place.last and self._end_together(statement, before, after):
            return True
        self.restored(statement, found)
        if place.last and (place.flat or self.draft.plan.undo_scope is not UndoScope.PARAMETER):
            self.draft.plan.edits[statement] = Gone()
        elif (
            self.draft.saved.clears(statement)
            and after
            and WHOLE in self.draft.saved.updates(after[0])
        ):
            self.draft.plan.edits[statement] = (
                Gone()
            )  # the first half of what the next statement does
        elif WHOLE in self.draft.saved.updates(statement) or self.draft.saved.stops(statement):
            self._end_at(statement, before, found)
        else:
            self._rewrite_in_place(statement)
        return True

    def _end_together(
        self, statement: ast.stmt, before: list[ast.stmt], after: list[ast.stmt]
    ) -> bool:
        """Let a block end where one variable after the other is put back, if it holds changes of
        these only.

        os.environ["HOST"] = saved_host
        os.environ["PORT"] = saved_port
        """
        found: dict[ast.stmt, Restoration] = {}
        for each in [statement, *after]:
            restoration = self.draft.restoration(each)
            if restoration is None or WHOLE in restoration.keys or not self.draft.saved.since(each):
                break  # what only unsets takes away a value that is not this function's, too
            if self.draft.saved.stops(each) is not None:
                break
            found[each] = restoration
        if not found or any(r.forgets_unset or r.mistaken for r in found.values()):
            return False
        last = list(found)[-1]
        inside = extent(self.draft.plan, self.draft.saved, before, last, found)
        shared = self.draft.plan.undo_scope is UndoScope.PARAMETER and generator(
            self.draft.host.function
        )
        if (
            inside is None
            or shared
            or self.draft.plan.undo_scope not in (UndoScope.PARAMETER, UndoScope.WRAP)
        ):
            return False
        if self._saves_with_a_default():
            return False
        for each, restoration in found.items():
            self.restored(each, restoration)
        self.draft.plan.edits.update(dict.fromkeys(found, Gone()))
        self.draft.plan.wraps[inside[0]] = Wrap(last)
        return True

    def _saves_with_a_default(self) -> bool:
        """``os.environ.get("HOST", "")``: put back, that is not what was there if it was unset."""
        for node in function_nodes(self.draft.host.function):
            match node:
                case ast.Call(_, [_, ast.Constant(value)]) if value is not None:
                    if self.draft.spelling.reads(node):
                        return True
        return False

    def _end_at(self, statement: ast.stmt, before: list[ast.stmt], found: Restoration) -> None:
        """Put what was changed since it was saved, if anything is left of it, into a block that
        ends here.
        """
        plan = self.draft.plan
        if self.draft.saved.leaves_new([*before, statement]):
            self.draft.site("restoration", statement, self._by_hand, refusals.RESTORATION_ORDER)
            return
        plan.edits[statement] = Gone()
        inside = extent(plan, self.draft.saved, before, statement, {statement: found})
        if inside is not None:
            plan.wraps[inside[0]] = Wrap(statement)
        elif changes_of(before, plan):
            self.draft.site("restoration", statement, self._by_hand, refusals.RESTORATION_ORDER)

    def _rewrite_in_place(self, statement: ast.stmt) -> None:
        """A restoration that others see: its writes become calls where they stand."""
        if isinstance(statement, (ast.If, ast.For)):
            for inner in (*statement.body, *statement.orelse):
                self._rewrite_in_place(inner)
        elif loop_of(statement) is not None:
            self.draft.refuse_inside(statement, refusals.VALUE_USED)
        else:
            operations = self.draft.spelling.quiet_write(statement) or []
            if any(isinstance(o, Unset) and o.takes_back for o in operations):
                self.draft.site("restoration", statement, self._by_hand, refusals.IN_PLACE)
                return
            self.draft.plan.edits[statement] = Calls(operations)
            self.draft.writes.meet(operations)

    def restored(self, statement: ast.stmt, found: Restoration) -> None:
        """A statement that restores: what it puts back is not left behind."""
        self.draft.writes.restore(
            found.keys, self.draft.saved.since(statement), forgets=found.forgets_unset
        )
        self.draft.plan.restored |= found.keys
        self.draft.plan.puts_all_back = self.draft.plan.puts_all_back or WHOLE in found.keys
        if found.removes:
            self._keep_unset(found.keys)
        if self.draft.saved.stops(statement) is not None:
            return
        kind = self.draft.scope.kind
        what = kind.whole if WHOLE in found.keys else kind.shown(found.keys)
        wrong = "; the restore misses the case where it was unset" if found.forgets_unset else ""
        wrong = ", but to the value of another variable" if found.mistaken else wrong
        refusal = refusals.ROLLBACK if WHOLE in found.keys and self._rolls_back(statement) else None
        if found.mistaken and kind.shares_patchers:  # it may be the same object by another path
            refusal = refusals.RESTORATION_UNCLEAR
        message = f"{what} is saved and restored by hand{wrong}"
        self.draft.site("restoration", statement, message, refusal, keys=found.keys)

    def _rolls_back(self, statement: ast.stmt) -> bool:
        """Whether code may have written the environment since all of it was saved, which putting
        it back undoes too.
        """
        host, since = self.draft.host, self.draft.saved.since(statement)
        if generator(host.function):
            return True
        nodes = [
            n
            for n in function_nodes(host.function)
            if isinstance(n, (ast.stmt, ast.expr, ast.withitem))
        ]
        loops = [
            n
            for n in nodes
            if isinstance(n, (ast.For, ast.While)) and n.lineno > since and _holds(n, statement)
        ]
        last = max([statement.lineno, *(loop.end_lineno or 0 for loop in loops)])
        # Of a block only what it enters: it may go on after.
        calls = [n for n in nodes if not isinstance(n, ast.stmt) and since < _line(n) <= last]
        if self.draft.patchers.sets_by_monkeypatch(calls):
            return True
        return any(may_write([n], self.draft.scope) for n in calls)

    def end_with(
        self,
        tried: ast.Try,
        before: list[ast.stmt],
        found: dict[ast.stmt, Restoration],
        place: Place,
    ) -> None:
        """Let the changes end where the restorations of a ``finally`` put them back.

        At the end of the frame these just go; else a block ends there, or, where that would
        change what runs when something fails, they become calls themselves.
        """
        first = min(tried.finalbody.index(s) for s in found)
        after = [s for s in tried.finalbody[first:] if s not in found]
        at_the_end = place.last and place.flat and self.draft.nothing_sees(after)
        inside = (
            None if at_the_end else extent(self.draft.plan, self.draft.saved, before, tried, found)
        )
        if not at_the_end and self.draft.saved.leaves_new(found):
            self.draft.site("restoration", tried, self._by_hand, refusals.RESTORATION_ORDER)
        elif at_the_end or (inside is not None and self._may_follow(after, inside, tried, found)):
            self.draft.plan.edits.update(dict.fromkeys(found, Gone()))
            if inside is not None:
                self.draft.plan.wraps[inside[0]] = Wrap(tried, tuple(after))
        elif any(self.draft.saved.stops(s) for s in found):
            self.draft.site("restoration", tried, self._by_hand, refusals.RESTORATION_ORDER)
        else:
            for statement in found:
                self._rewrite_in_place(statement)

    def _may_follow(
        self,
        after: list[ast.stmt],
        inside: list[ast.stmt],
        tried: ast.Try,
        found: dict[ast.stmt, Restoration],
    ) -> bool:
        """Whether what follows the restoration may go into a ``finally`` around the block.

        There it runs as well if what is before the ``try`` fails: so that must not fail.
        """
        ahead = [s for s in tried.finalbody if s not in found and s not in after]
        plan = self.draft.plan
        if not after:
            return True
        certain = all(
            isinstance(plan.edits.get(s), Calls)
            and _certain(plan.calls(s))
            and not self._keeps_popped(s, found)
            for s in inside[:-1]
        )
        return certain and all(_certain(self.draft.spelling.quiet_write(s)) for s in ahead)

    def _keeps_popped(self, statement: ast.stmt, found: dict[ast.stmt, Restoration]) -> bool:
        """Whether what a ``pop`` returned is used by more than the restoration, so that it must
        still be read.
        """
        names = {o.name for o in self.draft.plan.calls(statement) if isinstance(o, Bind)}
        gone = {id(n) for s in found for n in ast.walk(s)}
        nodes = [
            n
            for n in ast.walk(self.draft.host.function)
            if isinstance(n, ast.Name) and n.id in names
        ]
        loads = {id(n) for n in nodes if isinstance(n.ctx, ast.Load)}
        return bool(names) and not (loads and loads <= gone)

    def _keep_unset(self, restored: frozenset[str]) -> None:
        """What was unset, and would have been unset again whoever set it: monkeypatch has to be
        told (E5).
        """
        edits = self.draft.plan.edits

        def kept(operation: Operation) -> Operation:
            if not isinstance(operation, Unset) or operation.required:
                return operation
            known = operation.key.keys & restored or WHOLE in restored
            return Keep(operation.key) if known else operation

        edits.update(
            {s: Calls([*map(kept, e.operations)]) for s, e in edits.items() if isinstance(e, Calls)}
        )


def _holds(block: ast.stmt, statement: ast.stmt) -> bool:
    return block.lineno < statement.lineno <= (block.end_lineno or 0)


def _line(node: ast.AST) -> int:
    return (
        node.context_expr.lineno if isinstance(node, ast.withitem) else getattr(node, "lineno", 0)
    )


def _certain(operations: Sequence[Operation] | None) -> bool:
    """Whether a statement does nothing but change the environment, and cannot fail: it calls and
    looks up nothing.
    """
    values = [o.value.code for o in operations or () if isinstance(o, (Set, SetDefault))]
    values += [o.mapping.code for o in operations or () if isinstance(o, SetAll)]
    looks = any(isinstance(o, Unset) and o.required for o in operations or ())
    return (
        operations is not None
        and not looks
        and not any(mark in value for value in values for mark in "[(")
    )
