"""What is watched: namespaces, containers, and cells of the process, each with what it held when last looked at.

Objects of the project are asked for nothing but their type: ``isinstance`` asks for their ``__class__``, which a lazy
object may compute, or fail at.

Of a difference the path is told, ``app.registry.HANDLERS["json"]``, and what was there before can be put back.
"""

from __future__ import annotations

import abc
import collections
import functools
import gc
import operator
import re
from collections.abc import Callable, Iterator
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any, cast

CONTAINERS: dict[type, type] = {
    dict: dict,
    list: list,
    set: set,
    collections.OrderedDict: dict,
    collections.defaultdict: dict,
    collections.Counter: dict,
    collections.deque: collections.deque,
}
# What a class may derive from: its own methods are not called. Not an ordered dict, which keeps the order elsewhere.
_BASES: tuple[Any, ...] = (dict, list, set, collections.deque)
# What Python, pytest and unittest keep in namespaces, and what is filled without changing what the code does.
_NOISE = re.compile(
    r"__(?!(?:init|new|call)__)\w+__|@py_.*|_abc_\w+|_?pytest\w*|_cache|__\w*registry__"
    r"|_classSetupFailed|_class_cleanups|tearDown_exceptions|last_(?:type|value|traceback|exc)"
)
# Of names with two underscores those of Python, and of a library that sets its own later.
_OF_PYTHON = frozenset(name for kind in (type, FunctionType, ModuleType) for name in dir(kind)) | {
    *("__file__", "__path__", "__cached__", "__package__", "__debug__", "__test__", "__tracebackhide__"),
}
_OF_LIBRARY = "__pydantic_"
_PLAIN = re.compile(r"[\w.-]{1,40}")
_ATOMS = (str, bytes, int, float, complex, bool, type(None))
_PLAIN_TYPES = (*_ATOMS, tuple, frozenset)
MISSING = object()

Path = str


class Node:
    """A namespace or a container: ``live`` as it is, ``held`` a copy of what it held when last looked at.

    ``spaced``: what it holds has names. ``owner`` is the module or class whose namespace it is; if it is ``foreign``
    only what is patched there counts. ``root`` is the module of the project from which it was reached, ``kind`` the
    class of the object whose names these are.
    """

    __slots__ = ("foreign", "held", "kind", "live", "owner", "path", "root", "spaced")

    def __init__(
        self,
        path: Path,
        live: Any,  # noqa: ANN401
        *,
        spaced: bool,
        owner: type | ModuleType | None = None,
        root: str = "",
        foreign: bool = False,
        kind: type | None = None,
    ) -> None:
        self.kind = kind
        self.path, self.live, self.spaced = path, live, spaced
        self.owner, self.root, self.foreign = owner, root, foreign
        self.held = self.now()

    @property
    def identity(self) -> int:
        """What identifies it: the view of a class's namespace is a new object each time."""
        return id(self.live if self.owner is None else self.owner)

    def counts(self, key: object, before: object) -> bool:
        """Whether a difference is any of a test's doing.

        requests.get = fake        mock.MagicMock.x = 1

        Modules of other packages import more later, and some metaclasses fill their classes when they are asked.
        """
        if not self.foreign:
            return True
        usual = type(self.owner) in (type, abc.ABCMeta)
        return not str(key).startswith("_") and (usual or callable(before))

    def now(self) -> Any:  # noqa: ANN401
        """A copy that holds the same objects and can be compared with what it was made of."""
        kind = type(self.live)
        copy = dict if kind is MappingProxyType else CONTAINERS.get(kind)
        if copy is not None:
            return copy(self.live)
        base = base_of(kind)
        return dict(dict.items(self.live)) if base is dict else base(base.__iter__(self.live))

    def differs(self) -> bool:
        """Whether it holds anything else than when it was looked at last, though it may not be worth telling."""
        try:
            return bool(self.now() != self.held)
        except Exception:  # of an object that cannot be compared
            return True

    def container(self) -> Any:  # noqa: ANN401
        """What is under the view that ``vars`` gives of a class; else what is there."""
        return gc.get_referents(self.live)[0] if isinstance(self.live, MappingProxyType) else self.live

    def put(self, key: object, value: object) -> None:
        """Let it have a value under a key again, or none."""
        if isinstance(self.owner, type):  # past what a metaclass makes of it
            name = str(key)
            type.__delattr__(self.owner, name) if value is MISSING else type.__setattr__(self.owner, name, value)
            return
        kind = dict if base_of(type(self.live)) is dict else type(self.live)
        if value is MISSING:
            kind.__delitem__(self.live, key)
        else:
            kind.__setitem__(self.live, key, value)

    def refill(self) -> None:
        """Let a list, a set or a deque hold what it held."""
        base = base_of(type(self.live)) or type(self.live)
        base.clear(self.live)
        (base.update if base is set else base.extend)(self.live, self.held)


class Probe:
    """Cells of the process that have getters and setters: like a node with a ``now`` and a ``put`` of its own.

    ``put`` is given MISSING for what was not there, where that can be. As long as what ``glance`` returns is equal,
    which takes less time, ``now`` is, too. ``seen`` is what it returned when nothing was different, with copies of its
    lists.
    """

    def __init__(
        self,
        path: Path,
        get: Callable[[], Any],
        put: Callable[[Any, Any], None],
        glance: Callable[[], Any] = object,
        *,
        spaced: bool = True,
    ) -> None:
        self.path, self.now, self.put, self.glance, self.spaced = path, get, put, glance, spaced
        self.held = get()

    @property
    def held(self) -> Any:  # noqa: ANN401
        """What it held when last looked at."""
        return self._held

    @held.setter
    def held(self, values: Any) -> None:  # noqa: ANN401
        self._held, self.seen = values, object()

    def is_as_held(self) -> bool:
        """Whether nothing is different."""
        seen = self.glance()
        if seen == self.seen:
            return True
        if self.now() != self._held:
            return False
        self.seen = _copied(seen)
        return True


def _copied(seen: Any) -> Any:  # noqa: ANN401
    """What a glance returned, with other lists that hold the same objects, and copies of objects' attributes."""
    if type(seen) is dict:
        return {name: [*held] if type(held) is list else held for name, held in seen.items()}
    return type(seen)(map(_copied, seen)) if type(seen) in (list, tuple) else seen


def differences(node: Node | Probe, was: Any) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401
    """What differs in it from what it held, by identity: the path, and the key, which a list or a set has not."""
    now = node.now()
    if not isinstance(now, dict):
        if not is_same(was, now):
            yield node.path.rstrip("."), MISSING
        return
    for key in [*was, *(key for key in now if key not in was)]:
        before, after = was.get(key, MISSING), now.get(key, MISSING)
        if before is after or _is_imported(before, after):
            continue
        if node.spaced and is_noise(key) and not _is_flag(key, before, after):
            continue
        if not is_equal(before, after) and (isinstance(node, Probe) or node.counts(key, before)):
            yield cell(node.path, key, spaced=node.spaced), key


def kind_of(node: Node | Probe, key: object, first: object) -> str:
    """Of what kind a difference is, so that a fixture can be written for it; "" for any other.

    The kind of container that holds something else than before, ``value`` for a name that was there and still is,
    ``plain`` for one that at ``first`` was None or another value that nothing can change: what it stands for since does
    not matter. ``new`` is one that was not there: ``if not hasattr(cls, "_parser"): cls._parser = …``.
    """
    if isinstance(node, Probe) or node.foreign:
        return ""
    if not node.spaced:  # how one of another class is filled is not known
        return CONTAINERS[type(node.live)].__name__ if type(node.live) in CONTAINERS else ""
    if key not in node.live:
        return ""
    if key not in node.held:
        return "new"
    return "plain" if type(first) in _ATOMS else "value"


def put_back(node: Node | Probe, wanted: Callable[[Path], bool]) -> None:
    """Let it hold what it held, of the wanted kinds."""
    for path, key in [*differences(node, node.held)]:
        if not wanted(path):
            continue
        if isinstance(node, Node) and not isinstance(node.held, dict):
            node.refill()
        else:
            node.put(key, node.held.get(key, MISSING))


def base_of(kind: type) -> Any:  # noqa: ANN401
    """The container that a class derives from, whose own methods do nothing else: class Shelf(dict)

    None for a container itself, and for all other classes.
    """
    if kind in CONTAINERS or issubclass(kind, collections.OrderedDict):
        return None
    return next((base for base in _BASES if issubclass(kind, base)), None)


def entries(held: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """What a copy holds, with keys; nothing of a set, whose members never change."""
    if isinstance(held, dict):
        yield from held.items()
    elif not isinstance(held, set):
        yield from enumerate(held)


def cell(path: Path, key: object, *, spaced: bool) -> Path:
    """The path of what a namespace or container has under a key, which is told if it is a plain word."""
    if spaced:
        return f"{path}{key}"
    kind = type(key)
    plain = issubclass(kind, int) or (issubclass(kind, str) and _PLAIN.fullmatch(str(key)))
    return f"{path}[{key!r}]".replace("'", '"') if plain else f"{path}[…]"


@functools.cache
def is_noise(name: object) -> bool:
    """Whether a name of a namespace tells nothing."""
    return not issubclass(type(name), str) or _NOISE.fullmatch(str(name)) is not None


def _is_flag(name: object, before: object, after: object) -> bool:
    """Whether a name that looks like one of Python's is one of the project's, with a plain value: __ready__ = False"""
    if type(before) not in _ATOMS or type(after) not in _ATOMS or type(name) is not str:
        return False
    is_known = name in _OF_PYTHON or name.startswith(_OF_LIBRARY)
    return name.startswith("__") and name.endswith("__") and not is_known


def _is_imported(before: object, after: object) -> bool:
    """Whether a package got a module that has been imported since; one that a test makes up has no specification."""
    return before is MISSING and issubclass(type(after), ModuleType) and getattr(after, "__spec__", None) is not None


def is_equal(before: object, after: object) -> bool:
    """Whether two plain values are the same; other objects are compared by identity."""
    if before is after:
        return True
    try:
        return type(before) is type(after) and issubclass(type(before), _PLAIN_TYPES) and bool(before == after)
    except Exception:  # a tuple may hold anything
        return False


def is_same(before: object, after: object) -> bool:
    """The same, or whether two lists, sets or deques hold the same objects."""
    kind, one, other = type(before), cast("Any", before), cast("Any", after)
    if kind is type(after) and kind in (list, collections.deque):
        return len(one) == len(other) and not any(map(operator.is_not, one, other))
    if kind is type(after) and kind is set:
        return bool(one == other)
    return is_equal(before, after)
