"""Gives each test the state that the test before it found, where code under test keeps some for longer than a test.

A registry, a singleton, an attribute of a class or a default of a function that one test changes is what the next one
finds. What is at the paths is noted before each test, and put back after it: the same object at the same place, and in
a container what it held, so that whoever else holds on to it finds it as it was; in containers inside of it, too. What
objects keep is not looked into: an attribute has a path of its own (``app.db.Engine._instance.pool``, and the ``maps``
of a ``ChainMap``). A cache (``functools.lru_cache``) is emptied.

Nothing is imported for it: what is in a module that no test has imported yet is left alone, and so is what does not
exist. No property, ``__getattr__`` or ``__setattr__`` of the project runs for it. What is in a file of tests is written
with it, ``tests/test_a.py::CASES``, and a private name as Python keeps it, ``app.db.Engine._Engine__instance``.
"""

from __future__ import annotations

import inspect
import sys
from collections import UserDict, UserList, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

import pytest

# What tests leave changed; () stands for the defaults of a function.
_LEAKED_STATE: list[str] = []
_CONTAINERS = (dict, list, set, deque, UserDict, UserList, WeakKeyDictionary, WeakValueDictionary, WeakSet)
_MISSING = object()


def _module_of(path: str) -> tuple[object, list[str]]:
    """The module in which a path begins, if it is imported, and the names that lead on from there."""
    file, _, dotted = path.rpartition("::")
    names = dotted.replace("()", "").split(".")
    for module in [*sys.modules.values()] if file else ():
        if str(getattr(module, "__file__", "")).replace("\\", "/").endswith(f"/{file}"):
            return module, names
    known = (n for n in range(len(names) - 1, 0, -1) if not file and ".".join(names[:n]) in sys.modules)
    length = next(known, 0)
    return sys.modules.get(".".join(names[:length])), names[length:]


def _is_slot(owner: object, name: str) -> bool:
    """Whether an object keeps what has this name in a slot."""
    return inspect.ismemberdescriptor(inspect.getattr_static(type(owner), name, None))


def _own(owner: object, name: str) -> object:
    """What an object, class or module itself has under a name, not what it inherits or computes."""
    if _is_slot(owner, name):
        return getattr(owner, name, _MISSING)
    return getattr(owner, "__dict__", {}).get(name, _MISSING)


def _value(owner: object, name: str) -> object:
    """The same, or what it inherits."""
    own = _own(owner, name)
    return inspect.getattr_static(owner, name, None) if own is _MISSING else own


def _bind(owner: object, name: str, value: object) -> None:
    """Let it have that itself again, past a ``__setattr__`` that refuses or does more."""
    kind = type if isinstance(owner, type) else object
    if kind is object and not _is_slot(owner, name):
        vars(owner)[name] = value
        if value is _MISSING:
            del vars(owner)[name]
    elif value is _MISSING:
        kind.__delattr__(owner, name)
    else:
        kind.__setattr__(owner, name, value)


def _held_by(values: list[Any]) -> list[tuple[Any, Any]]:
    """Each container among some values, and inside of these, with a copy of what it holds."""
    held: dict[int, tuple[Any, Any]] = {}
    for each in values:
        if issubclass(type(each), _CONTAINERS) and id(each) not in held:
            content = dict(each) if hasattr(each, "keys") else list(each)
            held[id(each)] = (each, content)
            values += content.values() if isinstance(content, dict) else content
    return [*held.values()]


def _put_back_of(path: str) -> Callable[[], None]:
    """What lets a path have again what it has now, and that what it holds."""
    owner, (*outer, name) = _module_of(path)
    for each in outer:
        owner = _value(owner, each)
    own, value = _own(owner, name), _value(owner, name)
    function: Any = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
    values = [value]
    if path.endswith("()") and inspect.isfunction(function):
        values = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    held = _held_by(values)
    is_cache = inspect.getattr_static(function, "cache_clear", None) is not None

    def put_back() -> None:
        if _own(owner, name) is not own:
            _bind(owner, name, own)
        for container, content in held:
            container.clear()
            (container.extend if isinstance(container, (list, deque, UserList)) else container.update)(content)
        if is_cache:
            function.cache_clear()

    return put_back


@pytest.fixture(autouse=True)
def restore_state() -> Iterator[None]:
    """Put back what a test leaves changed."""
    with ExitStack() as after:
        for path in _LEAKED_STATE:
            after.callback(_put_back_of(path))
        yield
