"""What outlives a test on the heap: the names of the project's modules and classes, and what they hold.

After each test the contents of live namespaces and containers are compared with what they held before, by identity and
in C. Only where something differs is it looked at closely. What is reached, ``walk`` says. Nothing is written down but
the path of what is there.
"""

from __future__ import annotations

import gc
import operator
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from ..frames import PROJECT, Kinds
from .contents import content, is_alike
from .nodes import MISSING, Node, Path, Probe, differences, kind_of, put_back
from .process import probes
from .walk import Walk


class Change(NamedTuple):
    """What has been changed: where, and what was there before."""

    node: Node | Probe
    key: Any
    was: Any

    @property
    def now(self) -> Any:  # noqa: ANN401
        """What is there now."""
        return _under(self.node.now(), self.key)


class Told(NamedTuple):
    """Of what is different: whether it is ``again`` what it was before the first test, and of what ``kind`` it is.

    ``alike``: it is another object than before the test, but holds the same.
    """

    again: bool
    kind: str
    change: Change | None = None
    alike: bool = False


class Heap:
    """What the project's modules reach. ``changed`` tells what is different from when it was last asked.

    ``scoped`` are the cells that fixtures of wider scopes have changed, by the fixture, which are theirs to put back.
    ``wanted`` says of a path whether it is put back when it is found changed; None if nothing is. ``libraries``: what
    other packages hold is looked at, too, except those that pytest runs with. ``thorough``: so is what is mostly no
    fault, or watched elsewhere: filled caches, long containers, variables. Where the cells of the process are watched
    apart, either ``namespaces`` is false, or ``probing`` gives none.
    """

    def __init__(
        self,
        kinds: Kinds,
        wanted: Callable[[Path], bool] | None,
        *,
        libraries: bool = False,
        thorough: bool = False,
        namespaces: bool = True,
        probing: Callable[[], Iterable[Probe]] | None = None,
    ) -> None:
        self.kinds, self.wanted, self.libraries, self.thorough = kinds, wanted, libraries, thorough
        self.namespaces, self.probing = namespaces, probing or partial(probes, thorough=thorough)
        self.walk = Walk(kinds, libraries=libraries, thorough=thorough)
        self.probes: list[Probe] = []
        self.objects: list[Any] = []
        self.objects_held: list[Any] = []
        self.spaces: list[Any] = []
        self.values: list[Any] = []
        self.modules = 0
        self.scoped: dict[int, dict[Path, Change]] = {}
        self.closed: set[Path] = set()
        self.first: dict[Path, Any] = {}  # the contents that were there before a test changed it first
        self.held: dict[int, Any] = {}  # what containers held, by their identity, while they are compared

    def look(self) -> None:
        """Take everything as it is."""
        if self.namespaces:
            self.modules = len(sys.modules)
            self.walk.begin()
        self.probes = [*self.probing()]
        if self.libraries:
            self.probes.append(Probe("sys.modules", self.imported, _import, spaced=False))
        self.compare_with()

    def look_again(self, changed: list[Node]) -> None:
        """Take what is reached from the modules as it is from which these were, which have changed."""
        for node in changed:
            node.held = node.now()
        self.walk.again({node.root for node in changed})
        self.compare_with()

    def compare_with(self) -> None:
        """Note what ``same`` compares with."""
        self.objects, self.objects_held, self.spaces, self.values = [], [], [], []
        self.note(self.walk.nodes)

    def note(self, nodes: list[Node]) -> None:
        """Let it compare these, too, which are as they were when looked at."""
        objects = [node for node in nodes if node.owner is None and node.spaced]
        self.objects += [node.live for node in objects]
        self.objects_held += [node.held for node in objects]
        spaces = [node.container() for node in nodes if node.owner is not None or not node.spaced]
        self.spaces += spaces
        self.values += gc.get_referents(*spaces)

    def hold(self, fixture: int, path: Path, value: Any) -> None:  # noqa: ANN401
        """Look at what a fixture gives to several tests, too, as long as it is set up."""
        self.note(self.walk.hold(fixture, path, value))

    def forget(self) -> None:
        """Look no more at what has been torn down, at a time when everything is as it was when last looked at."""
        if self.walk.forget():
            self.compare_with()

    def imported(self) -> dict[str, tuple[object]]:
        """The modules of the project, which are taken away again where a test imports them first.

        As that breaks what holds on to them it is tried last.
        """
        return {name: (module,) for name, module in [*sys.modules.items()] if self.kinds.of_module(name) in PROJECT}

    def enter_scope(self, fixture: int, before: list[Any] | None) -> None:
        """A fixture of a wider scope has been set up; ``before`` is what ``copies`` gave right before that."""
        if before is None and self.identical():
            self.scoped[fixture] = {}
            return
        held = [node.held for node in self.watched()] if before is None else before
        self.scoped[fixture] = {
            path: Change(node, key, _under(was, key))
            for node, was in zip(self.watched(), held)  # noqa: B905 -- as many
            for path, key in differences(node, was)
        }

    def entered(self) -> None:
        """It was not part of another one: what it left on the heap is what the tests find."""
        changed = [] if self.same() else [node for node in self.walk.nodes if node.differs()]
        if changed:
            self.look_again(changed)

    def leave_scope(self, fixture: int) -> dict[Path, Change]:
        """It has been torn down: the test in whose tear-down that happened has no part in it.

        Returns what it changed and has not put back.
        """
        changes = self.scoped.pop(fixture, {})
        self.closed.update(changes)
        return {
            path: each for path, each in changes.items() if not is_alike(content(each.was, {}, self.walk.own), each.now)
        }

    def copies(self) -> list[Any] | None:
        """What everything holds now; None if that is what it held when last looked at."""
        return None if self.identical() else [node.now() for node in self.watched()]

    def watched(self) -> Iterator[Node | Probe]:
        """All that is looked at by what it holds."""
        return chain(self.walk.nodes, self.probes)

    def changed(self, *, last: bool = False) -> dict[Path, Told]:
        """The paths of what is different, except what wider scopes changed; it counts as known from then on.

        ``last``: there will be no other time.
        """
        unknown, cache = Told(again=False, kind=""), Told(again=False, kind="cache")
        more = {each.path: unknown for each in self.walk.sizes if len(each.live) != each.size}
        more.update({each.path: cache for each in self.walk.caches if each.live.cache_info().misses > each.size})
        imported = self.namespaces and len(sys.modules) != self.modules
        if not more and not imported and self.same():
            self.forget()
            return {}
        found = {path: told for path, told in self.differing() if path not in self.closed}
        found.update(more)
        if last:
            return found
        self.put_back()
        self.closed = set()
        if more or imported or self.thorough:
            self.look()
        else:
            self.look_again([node for node in self.walk.nodes if node.differs()])
            for probe in self.probes:
                probe.held = probe.now()
        self.forget()
        return found

    def differing(self) -> Iterator[tuple[Path, Told]]:
        """What differs in all of them, without settings of the process that a wider fixture made.

        What was in something that is no longer there does not matter.
        """
        self.held = {id(node.live): node.held for node in self.walk.nodes}
        replaced: tuple[Path, ...] = ()
        for node in self.walk.nodes:  # a container comes before what it holds
            path = node.path if node.spaced else f"{node.path}["
            if not path.startswith(replaced) and node.root not in self.walk.released:
                found = [*self.compared(node)]
                yield from found
                replaced += tuple(f"{path}{mark}" for path, _ in found if path != node.path for mark in ".[")
        scoped: set[Path] = set().union(*self.scoped.values())
        for probe in self.probes:
            yield from (each for each in self.compared(probe) if each[0] not in scoped)
        self.held = {}

    def compared(self, node: Node | Probe) -> Iterator[tuple[Path, Told]]:
        """What differs in one of what is watched."""
        for path, key in differences(node, node.held):
            was, now = _under(node.held, key), _under(node.now(), key)
            if not node.spaced and isinstance(node, Node):  # another container may come in place of this one
                self.first.setdefault(node.path, content(node.live, self.held, self.walk.own))
            before = content(was, self.held, self.walk.own)
            self.first.setdefault(path, before)
            again, alike = is_alike(self.first[path], now), is_alike(before, now)
            yield path, Told(again, kind_of(node, key, self.first[path]), Change(node, key, was), alike=alike)

    def put_back(self) -> None:
        """Put back what is wanted, except what fixtures of wider scopes have put back."""
        wanted = self.wanted
        if wanted is None:
            return
        scoped = self.closed.union(*self.scoped.values())
        for node in self.watched():
            others = scoped if isinstance(node, Probe) else self.closed
            put_back(node, lambda path, others=others: path not in others and wanted(path))  # type: ignore[misc]
        for each in self.walk.caches:
            if each.live.cache_info().misses > each.size and wanted(each.path):
                each.live.cache_clear()

    def identical(self) -> bool:
        """Whether everything holds the very objects that it held when last looked at."""
        now, objects = gc.get_referents(*self.spaces), zip(self.objects, self.objects_held)  # noqa: B905 -- as many
        return (
            _are_same(now, self.values)
            and all(live.keys() == held.keys() and _are_same(live.values(), held.values()) for live, held in objects)
            and all(probe.is_as_held() for probe in self.probes)
        )

    def same(self) -> bool:
        """Whether nothing is different, by identity; what is another object is asked whether it is equal.

        What modules, classes and containers refer to is compared in one go: a name is not given to the value of another
        one that is gone. The C interface does not show the values of objects in their dict (3.13).
        """
        try:
            if self.objects != self.objects_held:
                return False
            if self.spaces and gc.get_referents(*self.spaces) != self.values:
                return False
            for probe in self.probes:
                # Mostly a glance is enough, and this is done after each test.
                if probe.glance() != probe.seen and not probe.is_as_held():
                    return False
        except Exception:  # of an object that cannot be compared
            return False
        return True


def _import(name: str, value: Any) -> None:  # noqa: ANN401
    """Let a module be imported, or not be."""
    if value is MISSING:
        del sys.modules[name]
    else:
        (sys.modules[name],) = value


def _under(held: Any, key: Any) -> Any:  # noqa: ANN401
    """What a copy holds under a key; all of it where it has no keys."""
    return held.get(key, MISSING) if isinstance(held, dict) else held


def _are_same(one: Collection[Any], other: Collection[Any]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))
