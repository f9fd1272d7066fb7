"""Reading: from the syntax of one function to its operations, and to a plan that writes them
another way.

All operations of a function are rewritten or none, since changes must be undone in the reverse
order of doing (rows E7, S17 and S20 of the measured semantics).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from codemods.python.names import Function, generator, own_nodes, own_statements
from codemods.python.source import first_line
from codemods.rule import Refusal
from codemods.state.around.stop_all import stops_all
from codemods.state.around.undo_calls import may_undo
from codemods.state.expressions.foreign import head_of, may_write
from codemods.state.model import refusals
from codemods.state.model.edits import Calls, Entered, Gone
from codemods.state.model.operations import Bind, Operation, Unset, keys
from codemods.state.model.plan import Site, UndoScope, Unit
from codemods.state.model.refusals import RefusedError
from codemods.state.patchers.kept_patchers import method_of
from codemods.state.read.blocks import Blocks
from codemods.state.read.draft import PATCH_DICT, Draft
from codemods.state.read.nested import belongs_around
from codemods.state.read.outliving import has_blocks
from codemods.state.read.quiet_unsets import quiet_unset
from codemods.state.read.stacks import Stacks
from codemods.state.read.undoing import Undoing
from codemods.state.restoring.foreign_managers import may_enter
from codemods.state.restoring.managers import Manager, managers_of
from codemods.state.restoring.writes import Place

_FAKE = re.compile(r"[\"'](?:os\.)?environ[\"']")


Inner = Callable[[Function, Mapping[str, Manager]], "tuple[Reading, Unit | None]"]


class Reading:
    """What one function does, statement by statement, up to where it is read: ``decorators`` first,
    then ``body``.

    ``managers`` are those of the file, ``place`` gives the reading and the unit of a function in
    this one, and ``apart`` are statements that are read elsewhere.
    """

    def __init__(
        self,
        draft: Draft,
        managers: Mapping[str, Manager],
        place: Inner,
        apart: Collection[ast.stmt] = (),
    ) -> None:
        self.draft = draft
        self.undoing = Undoing(draft)
        self.managers = managers
        self.stacks = Stacks(draft)
        self.place = place
        self.apart = apart
        # Whether code has run that may have written what this function did not.
        self.ran_code = False
        self.yields = generator(draft.host.function)
        # Keys that a tear-down deletes, which must be set by then: nothing may restore them sooner.
        self.expects: set[str] = set()
        # Statements that end all patches which were started, though something after them can see
        # it.
        self.stopped: list[ast.stmt] = []
        # The functions in this one that change the environment only while they run.
        self.inner: list[Unit] = []
        # Those whose changes last until this one ends. What cleans up, here or in one of them,
        # stays.
        self.lasting: list[Function] = []
        self.staying: list[ast.stmt] = []
        # Whether something around the body restores what it writes, and whether that stays.
        self.decorated = self.kept = False

    @property
    def blocks(self) -> Blocks:
        """What reads blocks; made when asked for, since it leads back here: a circle would
        outlive the file.
        """
        return Blocks(self.draft, self._block, self.managers)

    def decorators(self) -> None:
        """Read what stands around the body."""
        self.decorated, kept = self.blocks.decorators()
        self.kept = self._fakes() or kept

    def body(self) -> None:
        """Read the statements, and let what they hold be known of the whole."""
        body = self.draft.host.function.body
        flat = self.draft.standing.flat and not self.kept
        self._block(body, Place(undone=self.decorated, flat=flat, last=True, kept=self.kept))
        self._nested_in_blocks()

    def entered(self) -> None:
        """Read what the function enters on a stack, or starts, beside the blocks."""
        host = self.draft.host
        if not may_enter(host.source.segment(host.function)):
            return
        for statement in own_statements(host.function.body):
            if not hasattr(statement, "body"):
                self.blocks.entered(statement)

    def unrestored(self, *, by_fixture: bool) -> list[Site]:
        """Add the writes that nothing restores to the sites of the draft, and return them.

        ``by_fixture``: a fixture around restores them all.
        """
        draft = self.draft
        left = [] if by_fixture else draft.writes.left()
        if draft.writes.unclear_open():
            left = [replace(site, refusal=refusals.RESTORATION_UNCLEAR) for site in left]
        if draft.writes.clash:
            draft.sites = [
                replace(site, refusal=site.refusal or refusals.RESTORATION_UNCLEAR)
                for site in draft.sites
            ]
        known = {id(site.node) for site in draft.sites}
        draft.sites += [site for site in left if id(site.node) not in known]
        return left

    def only_cleans(self) -> bool:
        """A tear-down that only unsets variables fixes what others did."""
        tears_down = self.draft.host.function.name.lower().startswith("teardown")
        plan = self.draft.plan
        operations = [o for statement in plan.edits for o in plan.calls(statement)]
        if tears_down:
            self.expects |= _required(operations)
        patches = plan.patched or plan.decorators
        return tears_down and not patches and all(isinstance(o, Unset) for o in operations)

    def settled(self, refusal: Refusal | None) -> tuple[Site, ...]:
        """The sites in order; where one is refused, the others are too."""
        sites = sorted(self.draft.sites, key=lambda s: (s.node.lineno, s.node.col_offset))
        if refusal is None and any(s.refusal for s in sites):
            refusal = refusals.UNDO_ORDER
        # A block, which is an expression's, ends by itself.
        of_block = refusals.UNDO_ORDER if refusal is refusals.FIXTURE_RETURNS else refusal
        given = [of_block if isinstance(site.node, ast.expr) else refusal for site in sites]
        return tuple(
            replace(s, refusal=s.refusal or other) for s, other in zip(sites, given, strict=True)
        )

    def _fakes(self) -> bool:
        """Whether the function puts something else in the place of ``os.environ`` (E10): a
        finding by itself.
        """
        draft = self.draft
        function, lines = draft.host.function, draft.host.source.lines
        if not _FAKE.search("".join(lines[first_line(function) - 1 : function.end_lineno])):
            return False
        nodes = own_nodes([draft.host.function, *draft.host.function.body])
        fakes = [n for n in nodes if isinstance(n, ast.Call) and draft.spelling.is_fake(n)]
        for fake in fakes if draft.plan.undo_scope is not UndoScope.CLEANUP else []:
            if not (draft.host.names.dotted(fake.func) or "").startswith("monkeypatch."):
                message = "patch replaces os.environ with a dict"
                draft.site("patch-dict", fake, message, refusals.REBINDS_ENVIRON)
        return bool(fakes)

    # Statements

    def _block(self, body: list[ast.stmt], place: Place) -> None:
        outside = self.draft.writes.known()
        for index, statement in enumerate(body):
            inside = self.stacks.enters(statement, body[index + 1 :], place)
            if inside is not None:
                place = inside
                continue
            here = replace(place, last=place.last and self.draft.nothing_sees(body[index + 1 :]))
            self.ran_code = self.ran_code or may_write(head_of(statement), self.draft.scope)
            seen_later = self.draft.plan.ends_early or not here.last
            if seen_later and stops_all(statement, self.draft.host):
                self.stopped.append(statement)
            if (
                isinstance(statement, ast.Try)
                and quiet_unset(statement, self.draft.spelling) is None
            ):
                self._try(statement, body[:index], here)
            else:
                self._statement(statement, body[:index], body[index + 1 :], here)
            if self.yields and any(
                isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes([statement])
            ):
                place = replace(place, cleanup=True)
            self.ran_code = self.ran_code or may_write([statement], self.draft.scope)
        if any(isinstance(self.draft.plan.edits.get(statement), Entered) for statement in body):
            self.draft.writes.keys, self.draft.writes.given = outside

    def _statement(
        self, statement: ast.stmt, before: list[ast.stmt], after: list[ast.stmt], place: Place
    ) -> None:
        self.draft.saved.save(statement)
        self._records(statement)
        if not place.kept and self.undoing.restores(statement, before, after, place):
            return
        if not place.kept and self._unsets_if_set(statement, place):
            return
        if isinstance(statement, ast.With):
            self.blocks.statement(statement, place)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._nested(statement, place)
        elif isinstance(statement, (ast.For, ast.AsyncFor)):
            self._loop(statement, place.inner())
        elif isinstance(statement, (ast.If, ast.While, ast.AsyncWith, ast.Try, ast.Match)):
            self._compound(statement, place.inner())
            if isinstance(statement, ast.AsyncWith):
                self.blocks.guard(statement)
        else:
            self._simple(statement, place)

    def _nested(
        self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, place: Place
    ) -> None:
        """A function of its own if its changes end with it; else they stay, and so do those
        around it.
        """
        if statement in self.apart or self.draft.spelling.change_inside(statement) is None:
            return
        if self.draft.plan.undo_scope in (UndoScope.CLEANUP, UndoScope.KEPT):
            self.draft.refuse_inside(statement, refusals.NESTED_FUNCTION)
            return
        if isinstance(statement, ast.ClassDef):
            for inner in (*statement.decorator_list, *statement.body):
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    self._nested(inner, place)
                else:
                    self.draft.refuse_inside(inner, refusals.NESTED_FUNCTION)
            return
        reading, unit = self.place(statement, self.managers)
        if unit is not None:  # `with patched():` further down, where that is `def patched` in here
            self.managers = {**self.managers, **managers_of([unit])}
        self.inner += reading.inner
        self.staying += reading.staying
        if (
            unit is not None
            and unit.outlives
            and belongs_around(statement, unit, self.draft, place)
        ):
            self.lasting.append(statement)
            self._block(statement.body, replace(place, flat=False, last=False, cleanup=False))
        elif unit is not None and unit.outlives:
            self.draft.sites += [
                replace(s, refusal=s.refusal and refusals.NESTED_FUNCTION) for s in unit.sites
            ]
        elif unit is not None:
            self.inner.append(unit)

    def _nested_in_blocks(self) -> None:
        """Refuse what a function in this one may do within a block of it, which undid that, and
        does no more.
        """
        draft, plan = self.draft, self.draft.plan
        if self.lasting and has_blocks(plan, self.lasting):
            lines = {
                n for f in self.lasting for n in range(f.lineno, (f.end_lineno or f.lineno) + 1)
            }
            for sites in (draft.sites, *draft.writes.open.values()):
                inside = [
                    (i, s) for i, s in enumerate(sites) if s.node.lineno in lines and not s.refusal
                ]
                for index, site in inside:
                    sites[index] = replace(site, refusal=refusals.NESTED_FUNCTION)
        own = set(own_statements(draft.host.function.body))
        if plan.patches_around:
            for statement in (s for s in self.staying if s not in own):
                draft.site("write", statement, self.draft.changed, refusals.NESTED_FUNCTION)

    def _loop(self, loop: ast.For | ast.AsyncFor, place: Place) -> None:
        """A loop over keys: what its body does to its variable it does to each of them."""
        match loop.target, loop.iter:
            case (ast.Name(key), names) | (
                ast.Tuple([ast.Name(key), _]),
                ast.Call(ast.Attribute(_, "items")) as names,
            ):
                inside = [n for n in own_nodes(loop.body) if isinstance(n, ast.Name)]
                again = any(n.id == key and isinstance(n.ctx, ast.Store) for n in inside)
                # Bound again in the body (`for x in a: for x in b: …`), it may be any key from
                # there on.
                with self.draft.scope.loop(
                    key, frozenset() if again else self.draft.scope.each(names)
                ):
                    self._compound(loop, place)
            case _:
                self._compound(loop, place)

    def _compound(self, statement: ast.stmt, place: Place) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, (ast.ExceptHandler, ast.match_case)):
                self._block(child.body, place)
            elif not isinstance(child, ast.stmt):
                self.draft.refuse_inside(child, refusals.VALUE_USED)
        for field in ("body", "orelse"):
            self._block(getattr(statement, field, []), place)
        self._block(getattr(statement, "finalbody", []), replace(place, cleanup=True))

    def _simple(self, statement: ast.stmt, place: Place) -> None:
        if isinstance(statement, ast.AnnAssign) and statement.value is None:
            return  # ``os.environ["K"]: str`` sets nothing
        if place.kept and self.draft.spelling.change_inside(statement) is not None:
            return
        if self.draft.keeps_patcher(statement):
            self.draft.plan.edits[statement] = Gone()
            return
        try:
            if self.draft.starts(statement):
                self._start(statement)
                return
            operations = self.draft.spelling.write(statement)
        except RefusedError as error:
            if error.refusal is refusals.BYTES_ENVIRON and place.cleanup:
                return  # a clean-up, of what is not followed here
            if isinstance(statement, ast.Expr) and self.draft.spelling.is_patch_dict(
                statement.value
            ):
                self.draft.site("patch-dict", statement, PATCH_DICT, error.refusal)
            else:
                self.draft.site("write", statement, self.draft.changed, error.refusal)
            return
        if operations is None:
            self.draft.refuse_inside(statement, refusals.VALUE_USED)
        elif not self._cleans_up(operations, statement, place):
            self._write(statement, operations, place)

    def _records(self, statement: ast.stmt) -> None:
        """``monkeypatch.setenv`` of the test's own: whatever is written to that variable from
        here on, it undoes.
        """
        draft = self.draft
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not call.args:
            return
        if not (draft.host.names.dotted(call.func) or "").startswith("monkeypatch."):
            return
        kind = draft.scope.kind
        cell = kind.patched(call, draft.scope) if kind.records(call) else None
        if cell is not None and statement in draft.host.function.body and not may_undo(draft.host):
            draft.recorded |= cell.keys

    def _write(self, statement: ast.stmt, operations: list[Operation], place: Place) -> None:
        """A statement that becomes calls; a site of its own unless a block or a restoration
        undoes it.
        """
        if any(isinstance(o, Unset) and o.takes_back for o in operations):
            self.draft.site("write", statement, self.draft.changed, refusals.IN_PLACE)
            return
        self.draft.plan.edits[statement] = Calls(operations)
        if isinstance(statement, ast.Expr) and self.draft.spelling.is_patch_dict(statement.value):
            refusal = None if self._ends_with_mocker(statement.value) else refusals.HELPER
            self.draft.site("patch-dict", statement, PATCH_DICT, refusal)
            lasts = (
                Site("patch-dict", statement, PATCH_DICT)
                if self.draft.plan.undo_scope is UndoScope.WRAP
                else None
            )
            self.draft.writes.add(operations, lasts)
        elif place.undone or keys(operations) <= self.draft.recorded:
            self.draft.writes.add(operations)
        else:
            written = frozenset(keys(operations))
            unless = (
                ", unless the manager of the block restores it"
                if place.managed
                else " and never restored"
            )
            message = f"{self.draft.scope.kind.shown(written)} is changed{unless}"
            self.draft.writes.add(operations, Site("write", statement, message, keys=written))

    def _ends_with_mocker(self, call: ast.expr) -> bool:
        """Whether what ``mocker.patch.dict(…)`` sets ends with the frame of the function, or no
        sooner.
        """
        if self.draft.plan.undo_scope is not UndoScope.WRAP:
            return self.draft.plan.undo_scope in (UndoScope.PARAMETER, UndoScope.CLEANUP)
        own = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
        return self.draft.standing.mocker_is_own and "mocker" in own

    def _start(self, statement: ast.stmt) -> None:
        """``p.start()``: what the patcher sets, until it is stopped."""
        name, _ = method_of(statement) or ("", "")
        draft = self.draft
        operations = draft.patchers.operations(
            draft.spelling.kept[name], draft.host.function.body, draft.writes.given
        )
        draft.plan.edits[statement] = Calls(operations)
        draft.saved.started[name] = statement.lineno
        draft.site("patch-dict", statement, PATCH_DICT)
        draft.writes.add(operations, Site("patch-dict", statement, PATCH_DICT))

    def _cleans_up(self, operations: list[Operation], statement: ast.stmt, place: Place) -> bool:
        """A clean-up of what only the code under test can have set: monkeypatch would bring it
        back (E5).
        """
        unset = {key for o in operations if isinstance(o, Unset) for key in o.key.keys}
        at_the_end = (
            place.last and self.ran_code and bool(unset or self.draft.saved.puts_back(operations))
        )
        again = unset & self.draft.writes.keys
        if keys(operations) & (self.draft.writes.given if unset else self.draft.writes.keys):
            return False
        if not (
            place.cleanup or at_the_end or self._deletes_what_code_set(operations, statement, place)
        ):
            return False
        if (
            place.undone and not place.isolated
        ):  # neither may it outlast the block, nor is it known who set it
            self.draft.site("write", statement, self.draft.changed, refusals.RESTORATION_UNCLEAR)
        if not again:
            self.draft.writes.leave(operations)
        self.staying.append(statement)
        if place.cleanup or at_the_end:
            self.expects |= _required(operations)
        return True

    def _deletes_what_code_set(
        self, operations: list[Operation], statement: ast.stmt, place: Place
    ) -> bool:
        """``serve(); del os.environ["TOKEN"]``: the function itself never wrote that, and code has
        run that may have.

        What it saved and puts back later it takes away for a while; and what a patcher undoes is
        the patcher's.
        """
        if place.undone:
            return False
        unset = {key for o in operations if isinstance(o, Unset) for key in o.key.keys}
        only = bool(unset) and all(isinstance(o, (Unset, Bind)) for o in operations)
        if not only or not self.ran_code:
            return False
        written = self.draft.writes.keys | self.draft.patchers.set_by_monkeypatch(statement)
        return unset.isdisjoint(written) and not self.draft.saved.comes_back(
            unset, self.draft.host.function
        )

    def _unsets_if_set(self, statement: ast.stmt, place: Place) -> bool:
        """``if key in os.environ: del os.environ[key]`` is one unset."""
        unset = quiet_unset(statement, self.draft.spelling)
        if unset is None:
            return False
        if not self._cleans_up([unset], statement, place):
            self._write(statement, [unset], place)
        return True

    def _try(self, statement: ast.Try, before: list[ast.stmt], place: Place) -> None:
        if place.kept:
            self._compound(statement, place.inner())
            return
        inner = place.inner()
        for block in (statement.body, *(h.body for h in statement.handlers), statement.orelse):
            self._block(block, inner)
        found = {
            s: r for s in statement.finalbody if (r := self.draft.restoration(s, in_finally=True))
        }
        for step in statement.finalbody:
            if step in found:
                self.undoing.restored(step, found[step])
            else:
                self._statement(step, [], [], replace(inner, cleanup=True))
        if found:
            self.undoing.end_with(statement, before, found, place)


def _required(operations: Iterable[Operation]) -> set[str]:
    """The keys that have to be set, or else there is a KeyError."""
    return {key for o in operations if isinstance(o, Unset) and o.required for key in o.key.keys}
