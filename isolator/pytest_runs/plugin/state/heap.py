"""What outlives a test on the heap: the names of the project's modules and classes, and what they hold.

After each test the contents of live namespaces and containers are compared with what they held before, by identity and
in C. Only where something differs is it looked at closely. Only objects of the project's own classes and plain
containers are followed, and no deeper than ``DEEP``. Nothing is written down but the path of what is there.
"""

from __future__ import annotations

import gc
import operator
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from itertools import chain
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from ..frames import PROJECT, TEST, Kinds
from ..functions import LRU_CACHE
from .contents import content, is_alike
from .nodes import (
    CONTAINERS,
    MISSING,
    Node,
    Path,
    Probe,
    base_of,
    cell,
    differences,
    entries,
    is_noise,
    kind_of,
    put_back,
)
from .process import probes

DEEP = 4  # attributes and items from a module to what is still followed
_RUNNING = ("pytest", "_pytest", "pluggy", "py", "iniconfig", "xdist", "execnet", "coverage", "pytest_cov")
_LEAVES = frozenset([str, bytes, int, float, bool, type(None), tuple, frozenset, BuiltinFunctionType])  # hold nothing
_HEAP = 1 << 9  # of a class's flags: it was made by a class statement
MOST = 1000  # entries of a container: of a longer one only its length counts


class Sized(NamedTuple):
    """What only counts by how much is in it, and a cache by how often it has been filled: it may be full."""

    path: Path
    live: Any
    size: int
    root: str


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
        self.nodes: list[Node] = []
        self.probes: list[Probe] = []
        self.objects: list[Any] = []
        self.objects_held: list[Any] = []
        self.spaces: list[Any] = []
        self.values: list[Any] = []
        self.modules = 0
        self.root = ""  # the module that is followed
        self.seen: set[int] = set()
        self.known: dict[str, bool] = {}  # whether a module is watched, in one look
        self.foreign_modules: dict[int, ModuleType] = {}
        self.foreign_classes: dict[int, type] = {}
        self.sizes: list[Sized] = []
        self.caches: list[Sized] = []
        self.scoped: dict[int, dict[Path, Change]] = {}
        self.given: dict[str, tuple[int, Path, Any]] = {}  # what fixtures of wider scopes give to tests, by its root
        self.released: set[str] = set()  # the roots of what has been torn down
        self.holds = 0
        self.closed: set[Path] = set()
        self.first: dict[Path, Any] = {}  # the contents that were there before a test changed it first
        self.held: dict[int, Any] = {}  # what containers held, by their identity, while they are compared

    def look(self) -> None:
        """Take everything as it is."""
        if self.namespaces:
            self.look_at_namespaces()
        self.probes = [*self.probing()]
        if self.libraries:
            self.probes.append(Probe("sys.modules", self.imported, _import, spaced=False))
        self.compare_with()

    def look_at_namespaces(self) -> None:
        """Take what modules hold as it is."""
        self.nodes, self.sizes, self.caches = [Node("sys.modules", sys.modules, spaced=False)], [], []
        self.modules, self.foreign_modules, self.foreign_classes = len(sys.modules), {}, {}
        self.seen, self.known = set(), {}
        modules = [(name, module) for name, module in [*sys.modules.items()] if self.is_own(name, module)]
        # Where two modules hold the same object, the one that was imported by the other had it first: it stands before
        # it in sys.modules, to which a module is added again when its import is over. Tests come last.
        modules.sort(key=lambda pair: self.kinds.of_module(pair[0]) == TEST)
        for name, module in modules:
            self.follow_module(name, module)
        for root in self.given:
            self.follow_given(root)
        self.nodes += self.foreign_nodes()

    def look_again(self, changed: list[Node]) -> None:
        """Take what is reached from the modules as it is from which these were, which have changed."""
        roots = {node.root for node in changed}
        for node in changed:
            node.held = node.now()
        self.nodes = [node for node in self.nodes if not node.root or node.root not in roots]
        self.sizes = [each for each in self.sizes if each.root not in roots]
        self.caches = [each for each in self.caches if each.root not in roots]
        self.seen, self.known = {node.identity for node in self.nodes}, {}
        for name in sorted(roots, key=lambda name: self.kinds.of_module(name) == TEST):
            if name in self.given:
                self.follow_given(name)
            elif name in sys.modules:
                self.follow_module(name, sys.modules[name])
        self.compare_with()

    def compare_with(self) -> None:
        """Note what ``same`` compares with."""
        self.objects, self.objects_held, self.spaces, self.values = [], [], [], []
        self.note(self.nodes)

    def note(self, nodes: list[Node]) -> None:
        """Let it compare these, too, which are as they were when looked at."""
        objects = [node for node in nodes if node.owner is None and node.spaced]
        self.objects += [node.live for node in objects]
        self.objects_held += [node.held for node in objects]
        spaces = [node.container() for node in nodes if node.owner is not None or not node.spaced]
        self.spaces += spaces
        self.values += gc.get_referents(*spaces)

    def follow_module(self, name: str, module: ModuleType) -> None:
        """Note the namespace of a module, and what it holds."""
        self.root = name
        self.follow(self.named(name, module), vars(module), 0, spaced=True, owner=module)

    def hold(self, fixture: int, path: Path, value: Any) -> None:  # noqa: ANN401
        """Look at what a fixture gives to several tests, too, as long as it is set up: a session, a client, a list."""
        self.holds += 1
        root = f"{self.holds} {path}"
        self.given[root] = fixture, path, value
        self.seen = {node.identity for node in self.nodes}
        before = len(self.nodes)
        self.follow_given(root)
        self.note(self.nodes[before:])

    def follow_given(self, root: str) -> None:
        """Note what such a value holds."""
        self.root, (_, path, value) = root, self.given[root]
        self.enter(path, value, 1)

    def release(self, fixture: int) -> None:
        """Do not tell any more what becomes of what a fixture gave, which has been torn down."""
        for root in [root for root, (number, _, _) in self.given.items() if number == fixture]:
            del self.given[root]
            self.released.add(root)

    def forget(self) -> None:
        """Look at that no more, at a time when everything is as it was when last looked at."""
        if self.released:
            self.nodes = [node for node in self.nodes if node.root not in self.released]
            self.released = set()
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
        changed = [] if self.same() else [node for node in self.nodes if node.differs()]
        if changed:
            self.look_again(changed)

    def leave_scope(self, fixture: int) -> dict[Path, Change]:
        """It has been torn down: the test in whose tear-down that happened has no part in it.

        Returns what it changed and has not put back.
        """
        changes = self.scoped.pop(fixture, {})
        self.closed.update(changes)
        return {path: each for path, each in changes.items() if not is_alike(content(each.was, {}, self.own), each.now)}

    def copies(self) -> list[Any] | None:
        """What everything holds now; None if that is what it held when last looked at."""
        return None if self.identical() else [node.now() for node in self.watched()]

    def watched(self) -> Iterator[Node | Probe]:
        """All that is looked at by what it holds."""
        return chain(self.nodes, self.probes)

    def is_own(self, name: str, module: object) -> bool:
        """Whether it is a module of the project, or one that is watched as those are."""
        return issubclass(type(module), ModuleType) and self.is_watched(name)

    def is_watched(self, name: object) -> bool:
        """Whether a module is watched, by its name, which of a class may be anything."""
        if type(name) is not str:
            return False
        found = self.known.get(name)
        if found is None:
            found = self.known[name] = self.judge(name)
        return found

    def judge(self, name: str) -> bool:
        """Whether a module is watched: of the project, or of another package if those are, too."""
        if self.kinds.of_module(name) in PROJECT:
            return True
        file = getattr(sys.modules.get(name), "__file__", None) or ""
        return self.libraries and "-packages" in file and not _is_running(name)

    def named(self, name: str, module: ModuleType) -> Path:
        """What a module is called: that of tests as pytest calls it."""
        file = module.__file__ or ""
        return f"{self.kinds.relative(file)}::" if self.kinds[file] == TEST else f"{name}."

    def follow(
        self,
        path: Path,
        live: Any,  # noqa: ANN401
        depth: int,
        *,
        spaced: bool,
        owner: type | ModuleType | None = None,
        kind: type | None = None,
    ) -> None:
        """Note a namespace or a container, and what it holds; ``kind`` is the class of an object that it is of."""
        known = id(live if owner is None else owner)  # the view of a class's namespace is another one each time
        if known in self.seen or depth > DEEP:
            return
        self.seen.add(known)
        if not spaced and len(live) > MOST and not self.thorough:
            self.sizes.append(Sized(path, live, len(live), self.root))
            return
        node = Node(path, live, spaced=spaced, owner=owner, root=self.root, kind=kind)
        self.nodes.append(node)
        for key, value in entries(node.held):
            # A cache may be on any method: @lru_cache def __getitem__(self, item): …
            if type(value) not in _LEAVES and (type(value) is LRU_CACHE or not (spaced and is_noise(key))):
                self.enter(cell(path, key, spaced=spaced), value, depth + 1)

    def enter(self, path: Path, value: Any, depth: int) -> None:  # noqa: ANN401
        """Follow a value, if it is of the project's own, or a plain container."""
        kind = type(value)
        if kind in (staticmethod, classmethod):
            value, kind = value.__func__, type(value.__func__)
        if kind in CONTAINERS:
            self.follow(path, value, depth, spaced=False)
        elif kind is LRU_CACHE:
            # A filled cache is not a leak: what it caches is mostly the same for every test.
            if self.thorough and id(value) not in self.seen:
                self.seen.add(id(value))
                self.caches.append(Sized(path, value, value.cache_info().misses, self.root))
        elif issubclass(kind, type):
            if self.own(value):
                self.follow(f"{self.home(value) or path}.", vars(value), depth, spaced=True, owner=value)
            else:
                self.foreign_classes[id(value)] = value
        elif kind is FunctionType:
            self.enter_defaults(path, value, depth)
        elif kind is ModuleType:
            self.foreign_modules[id(value)] = value
        elif self.own(kind):
            self.enter_object(path, value, depth)

    def enter_object(self, path: Path, value: object, depth: int) -> None:
        """Follow what an object keeps by name, if it keeps anything so, and does not compute it.

        So is what it holds as a container: class Shelf(dict). What a ``threading.local`` keeps for this thread only
        itself can tell.
        """
        if base_of(type(value)) is not None:
            self.follow(path, value, depth, spaced=False)
        asked = threading.local if issubclass(type(value), threading.local) else object
        try:
            names = asked.__getattribute__(value, "__dict__")
        except Exception:  # it has none, or computes it
            return
        if type(names) is dict:
            self.follow(f"{path}.", names, depth, spaced=True, kind=type(value))

    def enter_defaults(self, path: Path, function: FunctionType, depth: int) -> None:
        """Follow the defaults of a function: def gather(item, into=[])."""
        for given in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            if type(given) is not FunctionType:  # which may be its own
                self.enter(f"{path}()", given, depth)

    def foreign_nodes(self) -> Iterator[Node]:
        """Modules and classes of other packages that the project has names for, and the classes of such modules."""
        modules = [
            each
            for each in self.foreign_modules.values()
            if not self.is_watched(each.__name__) and not _is_running(each.__name__)
        ]
        classes = [*self.foreign_classes.values()]
        classes += [value for each in modules for value in vars(each).values() if _is_class_of(value, each)]
        for module in modules:
            yield Node(f"{module.__name__}.", vars(module), spaced=True, owner=module, foreign=True)
        for kind in {id(each): each for each in classes if not _is_fixed(each)}.values():
            path = f"{kind.__module__}.{kind.__qualname__}."
            yield Node(path, vars(kind), spaced=True, owner=kind, foreign=True)

    def own(self, kind: type) -> bool:
        """Whether a class is of the project."""
        return self.is_watched(kind.__module__)

    def home(self, kind: type) -> Path | None:
        """The path by which the module that defines a class has it; None if it has it no longer, or never had."""
        module = sys.modules.get(kind.__module__)
        if module is None or "." in kind.__qualname__ or vars(module).get(kind.__qualname__) is not kind:
            return None
        return f"{self.named(kind.__module__, module)}{kind.__qualname__}"

    def changed(self, *, last: bool = False) -> dict[Path, Told]:
        """The paths of what is different, except what wider scopes changed; it counts as known from then on.

        ``last``: there will be no other time.
        """
        unknown, cache = Told(again=False, kind=""), Told(again=False, kind="cache")
        more = {each.path: unknown for each in self.sizes if len(each.live) != each.size}
        more.update({each.path: cache for each in self.caches if each.live.cache_info().misses > each.size})
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
            self.look_again([node for node in self.nodes if node.differs()])
            for probe in self.probes:
                probe.held = probe.now()
        self.forget()
        return found

    def differing(self) -> Iterator[tuple[Path, Told]]:
        """What differs in all of them, without settings of the process that a wider fixture made.

        What was in something that is no longer there does not matter.
        """
        self.held = {id(node.live): node.held for node in self.nodes}
        replaced: tuple[Path, ...] = ()
        for node in self.nodes:  # a container comes before what it holds
            path = node.path if node.spaced else f"{node.path}["
            if not path.startswith(replaced) and node.root not in self.released:
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
                self.first.setdefault(node.path, content(node.live, self.held, self.own))
            before = content(was, self.held, self.own)
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
        for each in self.caches:
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
            if self.objects != self.objects_held or gc.get_referents(*self.spaces) != self.values:
                return False
            # Mostly a glance is enough, and this is done after each test.
            return all(probe.glance() == probe.seen or probe.is_as_held() for probe in self.probes)
        except Exception:  # of an object that cannot be compared
            return False


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


def _is_running(module: str) -> bool:
    return module.partition(".")[0] in _RUNNING


def _is_class_of(value: object, module: ModuleType) -> bool:
    return issubclass(type(value), type) and f"{value.__module__}.".startswith(f"{module.__name__}.")


def _is_fixed(kind: type) -> bool:
    """Whether a class cannot be changed, as it is written in C, or is of what runs the tests."""
    return not kind.__flags__ & _HEAP or _is_running(str(kind.__module__))
