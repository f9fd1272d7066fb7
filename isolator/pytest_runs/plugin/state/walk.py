"""What the project's modules reach: their classes, the objects that these hold, containers, defaults of functions.

Only objects of the project's own classes and plain containers are followed, and no deeper than ``DEEP``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, NamedTuple

from ..frames import PROJECT, TEST, Kinds
from ..functions import LRU_CACHE
from .nodes import CONTAINERS, Node, Path, base_of, cell, entries, is_noise

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


class Walk:
    """Gathers ``nodes``, and what only counts by how much is in it: ``sizes``, ``caches``.

    ``given`` is what fixtures of wider scopes give to tests, by its root; ``released`` are the roots of what has been
    torn down. ``libraries`` and ``thorough`` are as in ``Heap``.
    """

    def __init__(self, kinds: Kinds, *, libraries: bool, thorough: bool) -> None:
        self.kinds, self.libraries, self.thorough = kinds, libraries, thorough
        self.nodes: list[Node] = []
        self.sizes: list[Sized] = []
        self.caches: list[Sized] = []
        self.given: dict[str, tuple[int, Path, Any]] = {}
        self.released: set[str] = set()
        self.holds = 0
        self.root = ""  # the module that is followed
        self.seen: set[int] = set()
        self.known: dict[str, bool] = {}  # whether a module is watched, in one look
        self.foreign_modules: dict[int, ModuleType] = {}
        self.foreign_classes: dict[int, type] = {}

    def begin(self) -> None:
        """Gather what modules hold, as it is now."""
        self.nodes, self.sizes, self.caches = [Node("sys.modules", sys.modules, spaced=False)], [], []
        self.foreign_modules, self.foreign_classes = {}, {}
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

    def again(self, roots: set[str]) -> None:
        """Gather once more what is reached from these roots."""
        self.nodes = [node for node in self.nodes if not node.root or node.root not in roots]
        self.sizes = [each for each in self.sizes if each.root not in roots]
        self.caches = [each for each in self.caches if each.root not in roots]
        self.seen, self.known = {node.identity for node in self.nodes}, {}
        for name in sorted(roots, key=lambda name: self.kinds.of_module(name) == TEST):
            if name in self.given:
                self.follow_given(name)
            elif name in sys.modules:
                self.follow_module(name, sys.modules[name])

    def follow_module(self, name: str, module: ModuleType) -> None:
        """Note the namespace of a module, and what it holds."""
        self.root = name
        self.follow(self.named(name, module), vars(module), 0, spaced=True, owner=module)

    def hold(self, fixture: int, path: Path, value: Any) -> list[Node]:  # noqa: ANN401
        """Gather what a fixture gives to several tests, too, as long as it is set up: a session, a client, a list.

        Returns what is new.
        """
        self.holds += 1
        root = f"{self.holds} {path}"
        self.given[root] = fixture, path, value
        self.seen = {node.identity for node in self.nodes}
        before = len(self.nodes)
        self.follow_given(root)
        return self.nodes[before:]

    def follow_given(self, root: str) -> None:
        """Note what such a value holds."""
        self.root, (_, path, value) = root, self.given[root]
        self.enter(path, value, 0)

    def release(self, fixture: int) -> None:
        """Do not tell any more what becomes of what a fixture gave, which has been torn down."""
        for root in [root for root, (number, _, _) in self.given.items() if number == fixture]:
            del self.given[root]
            self.released.add(root)
        self.sizes = [each for each in self.sizes if each.root not in self.released]
        self.caches = [each for each in self.caches if each.root not in self.released]

    def forget(self) -> bool:
        """Drop what has been torn down; whether there was any."""
        released, self.released = self.released, set()
        self.nodes = [node for node in self.nodes if node.root not in released] if released else self.nodes
        return bool(released)

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


def _is_running(module: str) -> bool:
    return module.partition(".")[0] in _RUNNING


def _is_class_of(value: object, module: ModuleType) -> bool:
    return issubclass(type(value), type) and f"{value.__module__}.".startswith(f"{module.__name__}.")


def _is_fixed(kind: type) -> bool:
    """Whether a class cannot be changed, as it is written in C, or is of what runs the tests."""
    return not kind.__flags__ & _HEAP or _is_running(str(kind.__module__))
