"""Reading: from the syntax of one function to its operations, and to a plan that writes them another way.

All operations of a function are rewritten or none, since changes must be undone in the reverse order of doing
(rows E7, S17 and S20 of the measured semantics).
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Literal

from codemods.environ import refusals
from codemods.environ.blind import blind_context, blind_statement
from codemods.environ.extent import changes_of, extent
from codemods.environ.frames import frame_of, lasts, settle_frame, yields_in_block
from codemods.environ.mapping import RefusedError
from codemods.environ.operations import Bind, Clear, Keep, Operation, Set, SetDefault, Text, Unset, keys
from codemods.environ.patchers import Patchers
from codemods.environ.plan import Frame, Plan, Site, Unit, Wrap
from codemods.environ.restoring import WHOLE, Restoration, Saved
from codemods.environ.scope import ENVIRON, Scope
from codemods.environ.syntax import Spelling
from codemods.environ.writes import Place, Writes, shown
from codemods.hosts import Host, generator
from codemods.names import own_nodes, parameters
from codemods.rule import Refusal

_FAKE = re.compile(r"[\"'](?:os\.)?environ[\"']")


class Reader:
    """Reads one function; ``read`` gives its unit."""

    def __init__(self, host: Host, frame: Frame | None = None) -> None:
        self.host = host
        self.scope = Scope(host.source, host.names, "TypeError" in host.source.segment(host.function))
        self.spelling = Spelling(self.scope)
        self.saved = Saved(self.spelling)
        self.patchers = Patchers(host, self.spelling)
        self.plan = Plan(host, frame or frame_of(host))
        self.sites: list[Site] = []
        self.writes = Writes()
        self.ran_code = False
        self.yields = generator(host.function)
        # Keys that a tear-down deletes, which must be set by then: nothing may restore them sooner.
        self.expects: set[str] = set()

    def read(self) -> Unit | None:
        """The unit of the function, or None if it does nothing to the environment that should be done otherwise."""
        body = self.host.function.body
        self.plan.ends_early = not lasts(self.host)
        flat = self.plan.frame is Frame.PARAMETER and not self.plan.ends_early
        decorated, kept = self._decorators()
        nodes = own_nodes([self.host.function, *body]) if _FAKE.search(self.host.source.text) else ()
        fakes = [n for n in nodes if self.spelling.is_fake(n)]
        for fake in fakes if self.plan.frame is not Frame.CLEANUP else []:
            assert isinstance(fake, ast.Call)
            if not (self.host.names.dotted(fake.func) or "").startswith("monkeypatch."):
                self._site("patch-dict", fake, "patch puts a dict in the place of os.environ", refusals.REBINDS_ENVIRON)
        kept = kept or bool(fakes)
        self._block(body, Place(undone=decorated, flat=flat and not kept, last=True, kept=kept))
        unrestored = self.writes.left()
        if self.writes.unclear_open():
            unrestored = [replace(site, refusal=refusals.RESTORATION_UNCLEAR) for site in unrestored]
        if self.writes.clash:
            self.sites = [replace(site, refusal=site.refusal or refusals.RESTORATION_UNCLEAR) for site in self.sites]
        refused = {id(site.node) for site in self.sites}
        self.sites += [site for site in unrestored if id(site.node) not in refused]
        if not self.sites or self._only_cleans():
            return None
        if self.plan.frame is Frame.PARAMETER and yields_in_block(self.plan):
            return self._read_without_parameter()
        refusal = settle_frame(self.plan, unrestored=bool(unrestored))
        self.saved.sweep(self.plan)
        return Unit(tuple(self._settled(refusal)), self.plan)

    def _read_without_parameter(self) -> Unit | None:
        """A block around the ``yield`` of a fixture must be undone after what its test changes, not before (S17)."""
        other = Reader(self.host, Frame.WRAP)
        unit = other.read()
        self.expects = other.expects
        own = "monkeypatch" in parameters(self.host.function)
        return unit.refuse(refusals.UNDO_ORDER) if unit and own else unit

    def _only_cleans(self) -> bool:
        """A tear-down that only unsets variables mends what others did."""
        tears_down = self.host.function.name.lower().startswith("teardown")
        operations = [o for found in self.plan.operations.values() for o in found]
        if tears_down:
            self.expects |= {o.key.code for o in operations if isinstance(o, Unset) and o.required}
        return tears_down and not self.plan.patches and all(isinstance(o, Unset) for o in operations)

    def _settled(self, refusal: Refusal | None) -> list[Site]:
        """The sites in order; where one is refused, the others are too."""
        sites = sorted(self.sites, key=lambda s: (s.node.lineno, s.node.col_offset))
        if refusal is None and any(s.refusal for s in sites):
            refusal = refusals.UNDO_ORDER
        return [Site(s.rule, s.node, s.message, s.refusal or refusal) for s in sites]

    # Statements

    def _block(self, body: list[ast.stmt], place: Place) -> None:
        for index, statement in enumerate(body):
            here = replace(place, last=place.last and self._nothing_sees(body[index + 1 :]))
            if isinstance(statement, ast.Try):
                self._try(statement, body[:index], here)
            else:
                self._statement(statement, here)
            if self.yields and any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own_nodes([statement])):
                place = replace(place, cleanup=True)
            planned = statement in self.plan.operations or statement in self.plan.gone
            self.ran_code = self.ran_code or not (planned or blind_statement(statement, self.scope))

    def _statement(self, statement: ast.stmt, place: Place) -> None:
        self.saved.save(statement)
        if not place.kept and (self._restores(statement, place) or self._unsets_if_set(statement, place)):
            return
        if isinstance(statement, ast.With):
            self._with(statement, place)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._refuse_inside(statement, refusals.NESTED_FUNCTION)
        elif isinstance(statement, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.AsyncWith, ast.Try, ast.Match)):
            self._compound(statement, place.inner())
        else:
            self._simple(statement, place)

    def _compound(self, statement: ast.stmt, place: Place) -> None:
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, (ast.ExceptHandler, ast.match_case)):
                self._block(child.body, place)
            elif not isinstance(child, ast.stmt):
                self._refuse_inside(child, refusals.VALUE_USED)
        for field in ("body", "orelse"):
            self._block(getattr(statement, field, []), place)
        self._block(getattr(statement, "finalbody", []), replace(place, cleanup=True))

    def _simple(self, statement: ast.stmt, place: Place) -> None:
        if place.kept and self.spelling.change_inside(statement) is not None:
            return
        try:
            operations = self.spelling.write(statement)
        except RefusedError as error:
            self._site("write", statement, "os.environ is changed", error.refusal)
            return
        if operations is None:
            self._refuse_inside(statement, refusals.VALUE_USED)
        elif not self._cleans_up(operations, statement, place):
            self._write(statement, operations, place)

    def _write(self, statement: ast.stmt, operations: list[Operation], place: Place) -> None:
        """A statement that becomes calls; a site of its own unless a block or a restoration undoes it."""
        self.plan.operations[statement] = operations
        if isinstance(statement, ast.Expr) and self.spelling.is_patch_dict(statement.value):
            unfit = self.plan.frame is not Frame.PARAMETER
            self._site("patch-dict", statement, _PATCH_DICT, refusals.HELPER if unfit else None)
            self.writes.add(operations)
        elif place.undone:
            self.writes.add(operations)
        else:
            names = shown(keys(operations)).replace(WHOLE, "os.environ") or "os.environ"
            self.writes.add(operations, Site("write", statement, f"{names} is changed and never restored"))

    def _cleans_up(self, operations: list[Operation], statement: ast.stmt, place: Place) -> bool:
        """A clean-up of what only the code under test can have set: monkeypatch would bring it back (E5)."""
        unset = {o.key.code for o in operations if isinstance(o, Unset)}
        at_the_end = place.last and self.ran_code and bool(unset or self.saved.puts_back(operations))
        again = unset & self.writes.keys
        if keys(operations) & (self.writes.given if unset else self.writes.keys) or not (place.cleanup or at_the_end):
            return False
        if place.undone:  # neither may it outlast the block, nor is it known who set it
            self._site("write", statement, "os.environ is changed", refusals.RESTORATION_UNCLEAR)
        if not again:
            self.writes.leave(operations)
        self.expects |= {o.key.code for o in operations if isinstance(o, Unset) and o.required}
        return True

    def _unsets_if_set(self, statement: ast.stmt, place: Place) -> bool:
        """``if key in os.environ: del os.environ[key]`` is one unset."""
        if not isinstance(statement, ast.If) or statement.orelse or len(statement.body) != 1:
            return False
        test, operations = statement.test, self.spelling.quiet_write(statement.body[0])
        if not isinstance(test, ast.Compare) or not isinstance(test.ops[0], ast.In) or not operations:
            return False
        unset = operations[0]
        if not self.scope.is_environ(test.comparators[0]) or not isinstance(unset, Unset) or len(operations) > 1:
            return False
        if unset.key.code != self.scope.text(test.left).code:
            return False
        if not self._cleans_up(operations, statement, place):
            self._write(statement, [Unset(unset.key, required=False)], place)
        return True

    # Patchers

    def _with(self, statement: ast.With, place: Place) -> None:
        """A block that may be, or hold, a ``patch.dict``; a MonkeyPatch context of the user's own is a frame too."""
        items = [item.context_expr for item in statement.items]
        patched = [self.spelling.is_patch_dict(item) for item in items]
        kept = any(patch and self._stays(item) for patch, item in zip(patched, items, strict=True))
        blind = all(p or blind_context(i, self.host.names) for p, i in zip(patched, statement.items, strict=True))
        own = self.patchers.own_context(statement)
        for item, patch in zip(items, patched, strict=True):
            if not patch:
                self._refuse_inside(item, refusals.VALUE_USED)
        if own is not None:
            self._own_block(statement, own, place)
        elif kept:
            self._kept_block(statement, patched, place)
        elif any(patched):
            self._patch_block(statement, patched, replace(place, last=place.last and blind))
        else:
            self._block(statement.body, replace(place, last=place.last and blind))

    def _kept_block(self, statement: ast.With, patched: list[bool], place: Place) -> None:
        """A block of a patcher that stays restores what is written in it; other patchers beside it stay as well."""
        for item, patch in zip(statement.items, patched, strict=True):
            if patch and not self._stays(item.context_expr):
                self._site("patch-dict", item.context_expr, _PATCH_DICT, refusals.UNDO_ORDER)
        self._block(statement.body, replace(place, undone=True, flat=False, kept=True))

    def _own_block(self, statement: ast.With, name: str, place: Place) -> None:
        """In a MonkeyPatch context of the user's own, a write must not end sooner than it did."""
        self.plan.contexts[statement] = name
        before = {id(site) for site in self.writes.left()}
        keys_before, given_before = self.writes.keys, self.writes.given
        self.writes.keys, self.writes.given = set(), set()  # what was written outside is not restored in here
        stores = [n for n in own_nodes(statement.body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        again = any(n.id == name for n in stores)
        self._block(statement.body, Place(place.undone, not again, last=True, kept=place.kept))
        self.writes.keys, self.writes.given = self.writes.keys | keys_before, self.writes.given | given_before
        if not place.last:
            written = [site for site in self.writes.left() if id(site) not in before]
            self.sites += [replace(site, refusal=refusals.UNDO_ORDER) for site in written]
        if (again or (place.undone and not place.last)) and changes_of(statement.body, self.plan):
            self._site("write", statement, "os.environ is changed", refusals.UNDO_ORDER)

    def _patch_block(self, statement: ast.With, patched: list[bool], place: Place) -> None:
        flat = place.flat and place.last and self.patchers.holds_yield(statement)
        objection = refusals.UNDO_ORDER if not flat and self.patchers.sets_by_monkeypatch(statement) else None
        patches = {}
        for index, item in enumerate(statement.items):
            if patched[index]:
                patches[index] = self._patch_item(item, statement.body, objection)
        self.plan.patches[statement] = patches
        if flat:
            self.plan.flat.add(statement)
        behind = statement.items[max(patches) + 1 :]
        outside, given = set(self.writes.keys), set(self.writes.given)
        for operations in patches.values():
            self.writes.add(operations)
        self._block(statement.body, Place(True, True, all(blind_context(i, self.host.names) for i in behind)))
        self.writes.keys, self.writes.given = outside, given

    def _patch_item(self, item: ast.withitem, body: list[ast.stmt], refusal: Refusal | None) -> list[Operation]:
        call = item.context_expr
        assert isinstance(call, ast.Call)
        operations: list[Operation] = []
        try:
            operations = self.patchers.operations(call, body, self.writes.keys)
            if item.optional_vars is not None:
                operations = [*operations, self._bound(item.optional_vars)]
        except RefusedError as error:
            refusal = error.refusal
            operations = [] if refusal is refusals.SNAPSHOT else [Clear()]  # it may set any variable
        self._site("patch-dict", item.context_expr, _PATCH_DICT, refusal)
        return operations

    def _bound(self, target: ast.expr) -> Operation:
        """``as env``: the name is os.environ itself from here on."""
        if not isinstance(target, ast.Name):
            raise RefusedError(refusals.VALUE_USED)
        self.host.names.table[target.id] = ENVIRON
        return Bind(target.id, Text(ENVIRON))

    def _decorators(self) -> tuple[bool, bool]:
        """Read the ``patch.dict`` decorators: whether any restores what the body writes, and whether any stays."""
        spelling = Spelling(Scope(self.host.source, self.host.source.names))
        found = [(i, d) for i, d in enumerate(self.host.function.decorator_list) if spelling.is_patch_dict(d)]
        on_class = [d for c in self.host.classes[-1:] for d in c.decorator_list if spelling.is_patch_dict(d)]
        covered = bool(on_class) and self.host.node_id is not None
        kept = covered or any(self._stays(d) for _, d in found)
        for index, decorator in found:
            if isinstance(decorator, ast.Call) and not self._stays(decorator):
                self._decorator(index, decorator)
        return covered or bool(found), kept

    def _decorator(self, index: int, call: ast.Call) -> None:
        refusal = None
        try:
            self.plan.decorators[index] = self.patchers.of_decorator(call, self.writes.keys)
            self.writes.add(self.plan.decorators[index])
        except RefusedError as error:
            refusal = error.refusal
        self._site("patch-dict", call, _PATCH_DICT, refusal)

    def _stays(self, patcher: ast.expr) -> bool:
        """A patcher with a name serves other tests too; in a TestCase every one stays."""
        return isinstance(patcher, ast.Name) or self.plan.frame is Frame.CLEANUP

    # Restoration by hand

    def _restoration(self, statement: ast.stmt) -> Restoration | None:
        """What a statement restores; an unset restores only what was given a value, else it undoes other code's."""
        found = self.saved.restoration(statement, self.writes.keys)
        if found is None or WHOLE in found.keys or self.saved.since(statement):
            return found
        return found if found.keys <= self.writes.given else None

    def _restores(self, statement: ast.stmt, place: Place) -> bool:
        """A restoration as a statement of its own: it goes at the end of its frame, else its writes are rewritten."""
        found = self._restoration(statement)
        if found is None:
            return False
        self._restored(statement, found)
        if place.last:
            self.plan.gone.add(statement)
        else:
            self._rewrite_in_place(statement)
        return True

    def _rewrite_in_place(self, statement: ast.stmt) -> None:
        """A restoration that others see: its writes become calls where they stand."""
        if isinstance(statement, ast.If):
            for inner in (*statement.body, *statement.orelse):
                self._rewrite_in_place(inner)
        else:
            self.plan.operations[statement] = self.spelling.quiet_write(statement) or []
            self.writes.meet(self.plan.operations[statement])

    def _try(self, statement: ast.Try, before: list[ast.stmt], place: Place) -> None:
        if place.kept:
            self._compound(statement, place.inner())
            return
        inner, final = place.inner(), statement.finalbody
        for block in (statement.body, *(h.body for h in statement.handlers), statement.orelse):
            self._block(block, inner)
        found = {s: r for s in final if (r := self._restoration(s)) is not None}
        for step in final:
            if step in found:
                self._restored(step, found[step])
            else:
                self._statement(step, replace(inner, cleanup=True))
        if not found:
            return
        self.plan.gone.update(found)
        first = min(final.index(s) for s in found)
        after = [s for s in final[first:] if s not in found]
        if not (place.last and place.flat and self._nothing_sees(after)):
            self._wrap(statement, before, found, after)

    def _wrap(
        self, tried: ast.Try, before: list[ast.stmt], found: dict[ast.stmt, Restoration], after: list[ast.stmt]
    ) -> None:
        """Put the change into a block that ends where it was restored: from its first write to the end of the try."""
        inside = extent(self.plan, self.saved, before, tried, found)
        ahead = [s for s in tried.finalbody if s not in found and s not in after]
        # What follows the restoration goes into a finally around the block, where it would run if these failed.
        certain = all(
            _certain(self.plan.operations.get(s)) and not self._keeps_popped(s, found) for s in (inside or [])[:-1]
        )
        if inside is None or (after and (ahead or not certain)):
            self._site("restoration", tried, "the environment is restored by hand", refusals.RESTORATION_ORDER)
        else:
            self.plan.wraps[inside[0]] = Wrap(tried, tuple(after))

    def _keeps_popped(self, statement: ast.stmt, found: dict[ast.stmt, Restoration]) -> bool:
        """Whether what a ``pop`` returned is used by more than the restoration, so that it must still be read."""
        names = {o.name for o in self.plan.operations.get(statement, ()) if isinstance(o, Bind)}
        gone = {id(n) for s in found for n in ast.walk(s)}
        nodes = [n for n in ast.walk(self.host.function) if isinstance(n, ast.Name) and n.id in names]
        loads = {id(n) for n in nodes if isinstance(n.ctx, ast.Load)}
        return bool(names) and not (loads and loads <= gone)

    def _restored(self, statement: ast.stmt, found: Restoration) -> None:
        self.writes.restore(found.keys, self.saved.since(statement), forgets=found.forgets_unset)
        if found.removes:
            self._keep_unset(found.keys)
        what = "the environment" if WHOLE in found.keys else shown(found.keys)
        wrong = ", but not if it was unset before" if found.forgets_unset else ""
        self._site("restoration", statement, f"{what} is saved and restored by hand{wrong}")

    def _keep_unset(self, restored: frozenset[str]) -> None:
        """What was unset, and would have been unset again whoever set it: monkeypatch has to be told (E5)."""
        for statement, operations in self.plan.operations.items():
            self.plan.operations[statement] = [
                Keep(o.key)
                if isinstance(o, Unset) and not o.required and (o.key.code in restored or WHOLE in restored)
                else o
                for o in operations
            ]

    # Findings

    def _refuse_inside(self, node: ast.AST, refusal: Refusal) -> None:
        """A change that hides in an expression or a nested function stays, and everything else in the function too."""
        found = self.spelling.change_inside(node)
        if found is None:
            return
        if not self.spelling.is_patch_dict(found):
            self._site("write", found, "os.environ is changed", refusal)
        elif self.plan.frame is not Frame.CLEANUP:
            self._site("patch-dict", found, _PATCH_DICT, refusals.PATCHER_OBJECT)

    def _site(
        self,
        rule: Literal["patch-dict", "write", "restoration"],
        node: ast.expr | ast.stmt,
        message: str,
        refusal: Refusal | None = None,
    ) -> None:
        self.sites.append(Site(rule, node, message, refusal))

    def _nothing_sees(self, statements: list[ast.stmt]) -> bool:
        return all(blind_statement(s, self.scope) or self._restoration(s) is not None for s in statements)


def _certain(operations: list[Operation] | None) -> bool:
    """Whether a statement does nothing but change the environment, and cannot fail: it calls and looks up nothing."""
    values = [o.value.code for o in operations or () if isinstance(o, (Set, SetDefault))]
    looks = any(isinstance(o, Unset) and o.required for o in operations or ())
    return operations is not None and not looks and not any(mark in value for value in values for mark in "[(")


_PATCH_DICT = "patch.dict on os.environ empties and refills the whole environment"
