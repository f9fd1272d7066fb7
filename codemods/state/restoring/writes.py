"""Where in a function a change stands, and which changes nothing has put back yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from codemods.state.expressions.known_keys import is_literal
from codemods.state.model.operations import WHOLE, Clear, Operation, Set, Unset, keys, unknown
from codemods.state.model.plan import Site


@dataclass(frozen=True)
class Place:
    """Where a statement stands.

    ``undone``: inside a block that restores the environment. ``flat``: a MonkeyPatch is at hand
    that lasts as long as the block does. ``last``: nothing that follows, up to where that
    MonkeyPatch undoes, can see the environment. ``cleanup``: after a yield or in a ``finally``,
    where a write more likely restores than changes. ``kept``: inside a patcher that stays, with
    which direct writes stay too, since they would be undone after it (E7). ``isolated``: in a
    block of a manager that puts everything back, and stays. ``managed``: in a block of a manager
    that is not known here, and restores the environment as its name has it.
    """

    undone: bool
    flat: bool
    last: bool
    kept: bool = False
    cleanup: bool = False
    isolated: bool = False
    managed: bool = False

    def inner(self) -> Place:
        """A branch, a loop or another block in which a change may have to end before its
        surroundings do.
        """
        return replace(self, last=False)


@dataclass
class Writes:
    """The keys written so far, those of them that got a value, and the sites of those that nothing
    has put back.

    ``unclear`` are the keys of writes in a clean-up that stay, since it is not known what they
    restore. ``clash``: one of these was then written by a statement that is rewritten, which
    would take the value that stays for the old one. ``added`` is what was added to a list, of each
    key and write, and nothing has put back yet.
    """

    keys: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)
    open: dict[str, list[Site]] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    clash: bool = False
    added: dict[str, list[frozenset[str]]] = field(default_factory=dict)

    def add(self, operations: list[Operation], site: Site | None = None) -> None:
        """Some operations; ``site`` if nothing but a restoration by hand will undo them."""
        if any(isinstance(o, Clear) for o in operations):
            self.given.clear()
        self.given |= keys([o for o in operations if not isinstance(o, (Unset, Clear))])
        self.meet(operations)
        for operation in operations:
            added = operation.added if isinstance(operation, Set) else frozenset[str]()
            for key in keys([operation]):
                self.added.setdefault(key, []).append(added)
        for key in keys(operations):
            self.keys.add(key)
            if site is not None:
                self.open.setdefault(key, []).append(site)

    def restore(self, restored: frozenset[str], since: int, *, forgets: bool = False) -> None:
        """What was written to these keys from a line on has been put back; ``*`` stands for all
        keys.
        """
        if not forgets:
            self.given -= self.given if WHOLE in restored else restored
        for key in list(self.added) if WHOLE in restored else restored & self.added.keys():
            del self.added[key]
        for key in list(self.open) if WHOLE in restored else restored & self.open.keys():
            self.open[key] = [site for site in self.open[key] if site.node.lineno < since]
        self.open = {key: sites for key, sites in self.open.items() if sites}

    def is_all_of(self, taken: frozenset[str], keys: frozenset[str]) -> bool:
        """Whether what is taken from lists is all that was done to them.

        sys.path.insert(0, folder)
        sys.path.remove(folder)
        """
        done = [added for key in keys for added in self.added.get(key, ())]
        return len(done) == 1 and taken <= done[0]

    def meet(self, operations: list[Operation]) -> None:
        """Operations that become calls, whether they change anything new or restore."""
        written = keys(operations)
        self.clash |= bool(self.unclear and written) and (
            any(map(unknown, written | self.unclear)) or bool(written & self.unclear)
        )

    def leave(self, operations: list[Operation]) -> None:
        """Writes of a clean-up that stay as they are."""
        self.unclear |= keys(operations)

    def unclear_open(self) -> bool:
        """Whether one of those may put back a key that is still open: unless all are constants,
        any may.
        """
        known = all(is_literal(key) for key in (*self.unclear, *self.open))
        return bool(self.unclear and self.open) and (
            not known or not self.unclear.isdisjoint(self.open)
        )

    def known(self) -> tuple[set[str], set[str]]:
        """The keys written so far, and those that got a value, to be gone back to at the end of
        a block.
        """
        return set(self.keys), set(self.given)

    def left(self) -> list[Site]:
        """The sites of what was never put back, in the order of the file."""
        sites = {id(site): site for sites in self.open.values() for site in sites}
        return sorted(sites.values(), key=lambda site: site.node.lineno)
