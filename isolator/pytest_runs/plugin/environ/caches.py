"""What is filled while the environment is read, and outlives the test that filled it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sized
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ..frames import CODE, Kinds, Namespace
from ..functions import LRU_CACHE, bindings, classes, dotted, heirs, lru_cache_of, stored
from .reads import Read

_NO_DATA = (
    *(type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, functools.partial),
    *(property, staticmethod, classmethod, functools.cached_property, LRU_CACHE),
)


class Slot:
    """A place that a function may fill.

    That is a global, a class's attribute, the cache of a function, or a cached property. ``holder``
    is the namespace, the class, or what ``lru_cache`` made; ``before`` is what it held when the
    environment was read, as ``look`` has it.
    """

    def __init__(
        self,
        kind: str,
        holder: Any,  # noqa: ANN401
        attribute: str,
        name: str,
        code: CodeType,
    ) -> None:
        self.kind, self.holder, self.attribute = kind, holder, attribute
        self.name, self.code = name, code
        self.before = self.look()
        self.variables: set[str] = set()

    def look(self) -> tuple[int, int] | None:
        """The identity and the size of what is there; None for nothing that could be cached."""
        if self.kind == "lru_cache":
            return 0, self.holder.cache_info().currsize
        if self.kind == "cached_property":
            return None
        space = self.holder if self.kind == "global" else vars(self.holder)
        value = space.get(self.attribute)
        return (id(value), _size(value)) if _is_data(value) else None

    def filled(self) -> bool:
        """Whether something else is there by now, or more."""
        now = self.look()
        if now is None or self.before is None:
            return now is not None
        return now[0] != self.before[0] or now[1] > self.before[1]


class Caches:
    """What the functions that were running while the environment was read have filled since."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.slots: dict[str, Slot] = {}
        # With what keeps the ids those of the same things.
        self.functions: dict[tuple[int, int], tuple[CodeType, Namespace, list[Slot]]] = {}
        self.seen: set[object] = set()
        self.known: dict[str, object] = {}  # what each held when an earlier test was over
        self.imports: dict[tuple[str, int], tuple[Namespace, set[str]]] = {}

    def read(self, read: Read) -> None:
        """Remember how things are that may be filled by the code under test that reads."""
        for kind, code, line, namespace in read.frames:
            if kind != CODE or (code, line, read.name) in self.seen:
                continue
            self.seen.add((code, line, read.name))
            if code.co_name == "<module>":
                _, variables = self.imports.setdefault((code.co_filename, line), (namespace, set()))
                variables.add(read.name)
                continue
            for slot in self.fillable(code, namespace):
                slot.variables.add(read.name)

    def fillable(self, code: CodeType, namespace: Namespace) -> list[Slot]:
        """What a function may fill, as it was when the function first read a variable in this test."""
        key = (id(code), id(namespace))
        if key not in self.functions:
            found = [self.slots.setdefault(slot.name, slot) for slot in slots(code, namespace)]
            self.functions[key] = (code, namespace, found)
        return self.functions[key][-1]

    def filled(self) -> Iterator[tuple[str, str, str, int, list[str]]]:
        """Each cache that has been filled.

        Its name, kind, file and line, and the variables that were read.
        """
        found, self.slots = self.slots, {}
        imports, self.imports = self.imports, {}
        self.seen.clear()
        self.functions.clear()
        for slot in found.values():
            held = slot.kind == "cached_property"
            for name in self.instances(slot) if held else self.itself(slot):
                file = self.kinds.relative(slot.code.co_filename)
                yield name, slot.kind, file, slot.code.co_firstlineno, sorted(slot.variables - {""})
        for (file, line), (namespace, variables) in imports.items():
            for first, last, name in bindings(file):
                value = namespace.get(name)
                kept = isinstance(value, (dict, list, set, frozenset, tuple)) or self.is_own(value)
                if first <= line <= last and kept:
                    relative = self.kinds.relative(file)
                    dotted_name = f"{namespace['__name__']}.{name}"
                    yield dotted_name, "global", relative, first, sorted(variables - {""})

    def itself(self, slot: Slot) -> list[str]:
        """The slot's name if it was filled; not if it only holds again what it held before."""
        earlier, now = self.known.get(slot.name), slot.look()
        self.known[slot.name] = now
        return [slot.name] if now != earlier and slot.filled() else []

    def is_own(self, value: object) -> bool:
        """Whether something is an instance of a class of the code under test."""
        return _is_data(value) and self.kinds.of_module(type(value).__module__) == CODE

    def instances(self, slot: Slot) -> Iterator[str]:
        """The module-level objects that hold the value of a cached property.

        Each once, and best where its class is.
        """
        home = slot.holder.__module__
        seen = set()
        for module in sorted([*sys.modules], key=lambda name: name != home):
            held = sys.modules.get(module)  # another thread may import, too
            if held is None or self.kinds.of_module(module) != CODE:
                continue
            for name, value in [*vars(held).items()]:
                if id(value) in seen or not issubclass(type(value), slot.holder):
                    continue
                if slot.attribute in vars(value):
                    seen.add(id(value))
                    yield f"{module}.{name}.{slot.attribute}"


def slots(code: CodeType, namespace: Namespace) -> Iterator[Slot]:
    """What a function may fill: its own cache, and what it names of its module and its classes."""
    module = str(namespace.get("__name__"))
    found = dotted(code, namespace)
    if found is not None:
        cache = lru_cache_of(found.raw)
        if cache is not None:
            yield Slot("lru_cache", cache, code.co_name, found.name, code)
        elif type(found.raw).__name__ == "cached_property":
            yield Slot("cached_property", found.owner, code.co_name, found.name, code)
    written = stored(code)
    owners = [*classes(namespace, module)]
    for name in code.co_names:
        # One that does not exist yet must be assigned here: it may only have the name of an attribute.
        if name in namespace or name in written:
            yield Slot("global", namespace, name, f"{module}.{name}", code)
        for owner in owners:
            if name in vars(owner) or name in written:
                for each in [owner, *(heirs(owner) if name in written else ())]:
                    dotted_name = f"{each.__module__}.{each.__qualname__}.{name}"
                    yield Slot("class-attribute", each, name, dotted_name, code)


def _is_data(value: object) -> bool:
    return value is not None and not isinstance(value, _NO_DATA)


def _size(value: object) -> int:
    """How many things a container has; 0 for anything else, whose own ``__len__`` is not called."""
    known = type(value).__module__ in ("builtins", "collections")
    return len(value) if known and isinstance(value, Sized) else 0
