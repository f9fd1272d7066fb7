"""Gives each test the state that the test before it found, where code under test keeps some for longer than a test.

A registry, a singleton, an attribute of a class or a default of a function that one test changes is what the next one
finds. What is at the paths is noted before each test, and put back after it: the same object at the same place, and in
a dict, list, set or deque what it held, so that whoever else holds on to it finds it as it was. Objects inside of them
are not looked into. A cache (``functools.lru_cache``) is emptied.

Nothing is imported for it: what is in a module that no test has imported yet is left alone, and so is what does not
exist. What is in a file of tests is written with it, ``tests/test_a.py::CASES``.
"""

from __future__ import annotations

import copy
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

# What tests leave changed; () stands for the defaults of a function.
_LEAKED_STATE: list[str] = []


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


def _put_back_of(path: str) -> Callable[[], object]:
    """What lets a path have again what it has now, and that what it holds."""
    owner, (*outer, name) = _module_of(path)
    for each in outer:
        owner = getattr(owner, each, None)
    if owner is None:
        return lambda: None
    is_there = name in vars(owner)
    value = vars(owner).get(name)
    function = getattr(value, "__func__", value)
    keywords = getattr(function, "__kwdefaults__", None) or {}
    defaults = [*(getattr(function, "__defaults__", None) or ()), *keywords.values()]
    values = defaults if path.endswith("()") else [value]
    held = [(each, copy.copy(each)) for each in values if isinstance(each, (dict, list, set, deque))]

    def put_back() -> None:
        if is_there and vars(owner).get(name) is not value:
            setattr(owner, name, value)
        elif not is_there and name in vars(owner):
            delattr(owner, name)
        for container, content in held:
            container.clear()
            (container.update if isinstance(container, (dict, set)) else container.extend)(content)

    return getattr(value, "cache_clear", put_back)


@pytest.fixture(autouse=True)
def restore_state() -> Iterator[None]:
    """Put back what a test leaves changed."""
    with ExitStack() as after:
        for path in _LEAKED_STATE:
            after.callback(_put_back_of(path))
        yield
