"""What outlives a test on the heap: the names of the project's modules and classes, and what they hold.

Everything is looked at after each test, by identity and in C: what live namespaces and containers hold is compared with
what they held. Only where something differs it is looked at closely. Objects are followed as far as they are of the
project's own classes, or plain containers, and no deeper than ``DEEP``. Of what is there nothing is written down but
its path.
"""

from __future__ import annotations

import collections
import functools
import gc
import re
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from .frames import PROJECT, TEST, Kinds
from .functions import LRU_CACHE

DEEP = 4  # attributes and items from a module to what is still followed
MOST = 1000  # entries of a container: of a longer one only its length counts
_CONTAINERS: dict[type, type] = {
    dict: dict,
    list: list,
    set: set,
    collections.OrderedDict: dict,
    collections.defaultdict: dict,
    collections.Counter: dict,
    collections.deque: collections.deque,
}
# What Python, pytest and unittest keep in namespaces, and what is filled without changing what the code does.
_NOISE = re.compile(r"__\w+__|@py_.*|_abc_\w+|_?pytest\w*|_classSetupFailed|_class_cleanups|_cache|__\w*registry__")
_PLAIN = re.compile(r"[\w.-]{1,40}")
_MISSING = object()

Path = str


class Node:
    """A namespace or a container: ``live`` as it is, ``held`` a copy of what it held when last looked at."""

    __slots__ = ("depth", "held", "live", "path", "spaced")

    def __init__(self, path: Path, live: Any, depth: int, *, spaced: bool) -> None:  # noqa: ANN401
        self.path, self.live, self.depth, self.spaced = path, live, depth, spaced
        self.held = copied(live)


class Heap:
    """What the project's modules reach. ``changed`` tells what is different from when it was last asked.

    ``scoped`` are the cells that fixtures of wider scopes have changed, which are theirs to put back, by the fixture.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.nodes: list[Node] = []
        self.live: list[Any] = []
        self.held: list[Any] = []
        self.spaces: list[Any] = []
        self.values: list[Any] = []
        self.modules = 0
        self.sizes: list[tuple[Path, Any, int]] = []
        self.caches: list[tuple[Path, Any, int]] = []
        self.scoped: dict[int, set[Path]] = {}
        self.closed: set[Path] = set()

    def look(self) -> None:
        """Take everything as it is."""
        self.nodes, self.sizes, self.caches, self.modules = [], [], [], len(sys.modules)
        seen: set[int] = set()
        modules = [(name, module) for name, module in [*sys.modules.items()] if self.is_own(name, module)]
        # Where two modules hold the same object, the one that was imported by the other had it first: it stands before
        # it in sys.modules, to which a module is added again when its import is over. Tests come last.
        modules.sort(key=lambda pair: self.kinds.of_module(pair[0]) == TEST)
        for name, module in modules:
            self.follow(self.named(name, module), vars(module), 0, seen, spaced=True)
        containers = [node for node in self.nodes if not node.spaced]
        self.live, self.held = [node.live for node in containers], [node.held for node in containers]
        self.spaces = [_dictionary(node.live) for node in self.nodes if node.spaced]
        self.values = gc.get_referents(*self.spaces)

    def enter_scope(self, fixture: int, before: list[Any]) -> None:
        """A fixture of a wider scope has been set up; ``before`` is what ``copies`` gave right before that."""
        cells = (path for node, was in zip(self.nodes, before, strict=False) for path in differences(node, was))
        self.scoped[fixture] = set(cells)

    def leave_scope(self, fixture: int) -> None:
        """It has been torn down: the test in whose tear-down that happened has no part in it."""
        self.closed |= self.scoped.pop(fixture, set())

    def copies(self) -> list[Any]:
        """What everything holds now."""
        return [copied(node.live) for node in self.nodes]

    def is_own(self, name: str, module: object) -> bool:
        """Whether it is a module of the project."""
        return isinstance(module, ModuleType) and self.kinds.of_module(name) in PROJECT

    def named(self, name: str, module: ModuleType) -> Path:
        """What a module is called: that of tests as pytest calls it."""
        file = module.__file__ or ""
        return f"{self.kinds.relative(file)}::" if self.kinds[file] == TEST else f"{name}."

    def follow(self, path: Path, live: Any, depth: int, seen: set[int], *, spaced: bool) -> None:  # noqa: ANN401
        """Note a namespace or a container, and what it holds."""
        if id(live) in seen or depth > DEEP:
            return
        seen.add(id(live))
        if not spaced and len(live) > MOST:
            self.sizes.append((path, live, len(live)))
            return
        node = Node(path, live, depth, spaced=spaced)
        self.nodes.append(node)
        for key, value in _entries(node.held):
            if not (spaced and _is_noise(key)):
                self.enter(_cell(path, key, spaced=spaced), value, depth + 1, seen)

    def enter(self, path: Path, value: Any, depth: int, seen: set[int]) -> None:  # noqa: ANN401
        """Follow a value, if it is of the project's own, or a plain container."""
        kind = type(value)
        if kind in _CONTAINERS:
            self.follow(path, value, depth, seen, spaced=False)
        elif kind is LRU_CACHE:
            self.caches.append((path, value, value.cache_info().currsize))
        elif issubclass(kind, type):
            if self.own(value):
                self.follow(f"{self.home(value) or path}.", vars(value), depth, seen, spaced=True)
        elif kind is FunctionType:
            for given in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
                if type(given) in _CONTAINERS:
                    self.follow(f"{path}()", given, depth, seen, spaced=False)
        elif kind is not ModuleType and self.own(kind) and isinstance(getattr(value, "__dict__", None), dict):
            self.follow(f"{path}.", vars(value), depth, seen, spaced=True)

    def own(self, kind: type) -> bool:
        """Whether a class is of the project."""
        return self.kinds.of_module(kind.__module__) in PROJECT

    def home(self, kind: type) -> Path | None:
        """The path by which the module that defines a class has it; None if it has it no longer, or never had."""
        module = sys.modules.get(kind.__module__)
        if module is None or "." in kind.__qualname__ or vars(module).get(kind.__qualname__) is not kind:
            return None
        return f"{self.named(kind.__module__, module)}{kind.__qualname__}"

    def changed(self) -> list[Path]:
        """The paths of what is different, but for what wider scopes changed; it counts as known from then on."""
        more = [path for path, live, size in self.sizes if len(live) != size]
        more += [path for path, cache, size in self.caches if cache.cache_info().currsize > size]
        if not more and len(sys.modules) == self.modules and self.same():
            return []
        found = [path for node in self.nodes for path in differences(node, node.held)]
        others = self.closed.union(*self.scoped.values())
        self.closed = set()
        self.look()
        return [path for path in dict.fromkeys([*found, *more]) if path not in others]

    def same(self) -> bool:
        """Whether nothing is different, by identity; what is another object is asked whether it is equal.

        Of namespaces only the values are compared, which takes half the time: a name is not given to the value of
        another one that is gone.
        """
        try:
            return self.live == self.held and gc.get_referents(*self.spaces) == self.values
        except Exception:  # of an object that cannot be compared
            return False


def _dictionary(live: Any) -> Any:  # noqa: ANN401
    """What is behind the view that ``vars`` gives of a class."""
    return live if isinstance(live, dict) else gc.get_referents(live)[0]


def differences(node: Node, was: Any) -> Iterator[Path]:  # noqa: ANN401
    """The paths of what differs in a namespace or container from what it held, by identity."""
    now = copied(node.live)
    if not isinstance(now, dict):
        if isinstance(now, set):
            differs = now != was
        else:
            differs = len(now) != len(was) or any(a is not b for a, b in zip(now, was, strict=True))
        if differs:
            yield node.path.rstrip(".")
        return
    for key in [*was, *(key for key in now if key not in was)]:
        before, after = was.get(key, _MISSING), now.get(key, _MISSING)
        if before is after or (node.spaced and _is_noise(key)) or _is_imported(before, after):
            continue
        if not _is_equal(before, after):
            yield _cell(node.path, key, spaced=node.spaced)


def copied(live: Any) -> Any:  # noqa: ANN401
    """A copy that holds the same objects and can be compared with what it was made of."""
    return _CONTAINERS.get(type(live), dict)(live)


def _entries(held: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    if isinstance(held, dict):
        yield from held.items()
    elif not isinstance(held, set):
        yield from enumerate(held)


def _cell(path: Path, key: object, *, spaced: bool) -> Path:
    """The path of what a namespace or container has under a key, which is told if it is a plain word."""
    if spaced:
        return f"{path}{key}"
    plain = isinstance(key, int) or (isinstance(key, str) and _PLAIN.fullmatch(key))
    return f"{path}[{key!r}]".replace("'", '"') if plain else f"{path}[…]"


@functools.cache
def _is_noise(name: object) -> bool:
    return not isinstance(name, str) or _NOISE.fullmatch(name) is not None


def _is_imported(before: object, after: object) -> bool:
    """Whether a package got a module that has been imported since."""
    return before is _MISSING and isinstance(after, ModuleType)


def _is_equal(before: object, after: object) -> bool:
    """Whether two plain values are the same; other objects are told by their identity."""
    plain = (str, bytes, int, float, complex, bool, type(None), tuple, frozenset)
    try:
        return type(before) is type(after) and isinstance(before, plain) and before == after
    except Exception:  # a tuple may hold anything
        return False
