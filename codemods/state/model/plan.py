"""What is to become of one function: decided on the ``ast`` tree, carried out on LibCST's."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from codemods.rule import Refusal
from codemods.state.model import refusals
from codemods.state.model.edits import (
    Calls,
    Edit,
    Entered,
    Gone,
    ManagedBlock,
    OwnContext,
    PatchedWith,
    Wrap,
    walk_frame,
)
from codemods.state.model.operations import Operation, Text, keys
from codemods.suite.hosts import Host


class UndoScope(Enum):
    """Where the changes of a function that stand in no block of their own are undone."""

    PARAMETER = "when the test ends, by the fixture monkeypatch"
    CLEANUP = "when the TestCase method ends, by addCleanup"
    KEPT = "in the tear-down, by the MonkeyPatch that its set-up keeps in an attribute"
    WRAP = "at the end of the function, by a with block around what follows the first change"
    NONE = "nowhere: only blocks can be written"


@dataclass(frozen=True)
class Site:
    """One finding in the making: which rule's, where, and what to say.

    ``unsafe``: the rewrite does what was meant, which is not what was done. ``keys`` are those that
    it is about, if it says so. ``note``: why it takes a block.
    """

    rule: Literal["patch-dict", "write", "restoration"]
    node: ast.expr | ast.stmt
    message: str
    refusal: Refusal | None = None
    unsafe: bool = False
    keys: frozenset[str] = frozenset()
    note: str | None = None


@dataclass(frozen=True)
class Hoist:
    """A name that gets a value above the function."""

    name: str
    value: Text


@dataclass
class Plan:
    """The rewrite of one function, statement by statement; what has no edit stays as it is.

    ``ends_early``: the function ends before the fixture monkeypatch undoes, so that a decorator
    becomes a block; ``note`` says why, where that is not plain.

    ``edits``: what becomes of each statement. ``wraps``: blocks around several, by their first
    statement, which may have an edit too. ``decorators``: what each decorator does that is a
    ``patch.dict``, by its index. ``puts_all_back``: a whole copy is. ``restored`` are the keys that
    were put back by hand, written or not.

    ``hoists``: what the decorators computed at import, top to bottom, to be computed above the
    function. ``kept_in``: the attribute that holds the MonkeyPatch of a set-up, as ``self.name``.
    ``yields``: a fixture gives its value by ``yield`` where it returned, so that its changes last
    for the test. ``helped``: statements that call a helper which changes the environment by this
    function's MonkeyPatch.
    """

    host: Host
    undo_scope: UndoScope = UndoScope.NONE
    ends_early: bool = False
    note: str | None = None
    edits: dict[ast.stmt, Edit] = field(default_factory=dict)
    wraps: dict[ast.stmt, Wrap] = field(default_factory=dict)
    decorators: dict[int, list[Operation]] = field(default_factory=dict)
    puts_all_back: bool = False
    restored: set[str] = field(default_factory=set)
    hoists: list[Hoist] = field(default_factory=list)
    kept_in: str = ""
    yields: bool = False
    helped: set[ast.stmt] = field(default_factory=set)

    def written(self) -> set[str]:
        """The keys of all operations."""
        every = [*self.decorators.values(), *(edit.operations for edit in self.edits.values())]
        return set().union(*map(keys, every))

    def calls(self, statement: ast.stmt) -> Sequence[Operation]:
        """The operations of a statement that becomes calls; none of any other."""
        edit = self.edits.get(statement)
        return edit.operations if isinstance(edit, Calls) else ()

    def goes(self, statement: ast.stmt) -> bool:
        """Whether a statement goes."""
        return isinstance(self.edits.get(statement), Gone)

    @property
    def gone(self) -> list[ast.stmt]:
        """The statements that go."""
        return [statement for statement, edit in self.edits.items() if isinstance(edit, Gone)]

    @property
    def replaced(self) -> list[ast.stmt]:
        """The statements of which nothing stays."""
        return [s for s, edit in self.edits.items() if isinstance(edit, (Calls, Gone, Entered))]

    @property
    def makes_calls(self) -> bool:
        """Whether a statement becomes calls."""
        return any(isinstance(edit, Calls) for edit in self.edits.values())

    @property
    def enters(self) -> bool:
        """Whether a patch is entered on a stack."""
        return any(isinstance(edit, Entered) for edit in self.edits.values())

    @property
    def patched(self) -> dict[ast.stmt, PatchedWith]:
        """The blocks that have patchers among their items."""
        return {s: edit for s, edit in self.edits.items() if isinstance(edit, PatchedWith)}

    def frame_statements(self, body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        """Those of a body that stand in no block with a MonkeyPatch of its own: ``walk_frame``."""
        return walk_frame(body, self.edits, self.wraps)

    def needs_undo_scope(self, body: Sequence[ast.stmt]) -> bool:
        """Whether an operation of a body stands in no block that is rewritten, so that what the
        function itself has undoes it.
        """
        return any(
            isinstance(self.edits.get(s), Calls) or s in self.helped
            for s in self.frame_statements(body)
        )

    @property
    def patches_around(self) -> bool:
        """Whether something in the function puts back whatever is changed while it lasts."""
        patches = any(isinstance(edit, (PatchedWith, Entered)) for edit in self.edits.values())
        return bool(patches or self.decorators) or self.puts_all_back

    def touched(self) -> set[ast.stmt]:
        """Every statement that the plan mentions."""
        after = {s for wrap in self.wraps.values() for s in wrap.after}
        if self.yields and isinstance(self.host.function.body[-1], ast.Return):
            after.add(self.host.function.body[-1])
        unmoved = (OwnContext, ManagedBlock)
        changed = (s for s, edit in self.edits.items() if not isinstance(edit, unmoved))
        return {*changed, *self.wraps, *self.helped, *after}


@dataclass(frozen=True)
class Unit:
    """One function's sites, which are rewritten together or not at all, and the plan if they can.

    ``along`` are the plans of other functions that must be rewritten with it: the tear-down of a
    set-up. ``callers`` are those that must pass on their ``monkeypatch`` to a helper: an unsafe
    fix.
    """

    sites: tuple[Site, ...]
    plan: Plan
    along: tuple[Plan, ...] = ()
    callers: tuple[Host, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether it stays as it is."""
        return any(site.refusal for site in self.sites)

    @property
    def rolls_back(self) -> bool:
        """Whether it would be rewritten, and puts back now whatever code changes meanwhile."""
        plans = (self.plan, *self.along)
        return not self.refused and (self.starts or any(plan.patches_around for plan in plans))

    @property
    def starts(self) -> bool:
        """Whether a patcher is started by a statement, and stopped elsewhere."""
        return any(site.rule == "patch-dict" for site in self.sites)

    @property
    def outlives(self) -> bool:
        """Whether it stays as it is, and not all that it changes ends when the function does."""
        started = refusals.PATCHER_OBJECT
        lasting = (site.rule == "write" or site.refusal is started for site in self.sites)
        return self.refused and any(lasting)

    @property
    def caution(self) -> str:
        """Why rewriting it may change what a test does; nothing where it does not."""
        if self.callers:
            return "another file may import the helper, and would have to pass monkeypatch too"
        if any(site.unsafe for site in self.sites):
            return "the decorator had no effect, and now has one"
        return ""

    def refuse(self, refusal: Refusal) -> Unit:
        """The same, unchanged."""
        refused = (replace(site, refusal=site.refusal or refusal) for site in self.sites)
        return replace(self, sites=tuple(refused))
