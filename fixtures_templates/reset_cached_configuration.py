"""Gives every test configuration that was read in its own environment, not in another test's.

A configuration that is read from the environment once and then kept, by ``functools.lru_cache`` or in a module
attribute, carries one test's environment over to the next. Caches with ``cache_clear`` are cleared before and after
each test, and what a ``cached_property`` keeps in an object is taken out of it. Any other object is put back into its
attribute if a test put another one there, and a dict gets back what it held: what a test changes inside other objects
stays changed. An attribute that a class does not have yet is deleted after the test that gave it one.

The modules are imported when the fixture is first set up, not with the conftest: collection imports no more than it did
before, and a module that reads the environment while it is imported does so outside of every test. A module, or an
attribute of a module or an object, that does not exist fails each test at set-up, with the name of what is missing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

# Dotted paths of what reads the environment once and keeps the result.
_CACHED_CONFIGURATION: list[str] = []


def _reset_of(path: str) -> Callable[[], object]:
    """What empties the cache at a dotted path; anything else, and what a dict holds, is put back as it is now."""
    owner_path, _, name = path.rpartition(".")
    owner = pkgutil.resolve_name(owner_path)
    described = getattr(type(owner), name, None)
    if hasattr(described, "__get__") and not hasattr(described, "cache_clear"):
        return lambda: vars(owner).pop(name, None)  # a cached_property: reading it would fill it
    absent = isinstance(owner, type) and not hasattr(owner, name)  # a singleton that is not made yet
    cached = None if absent else getattr(owner, name)
    held = dict(cached) if isinstance(cached, dict) else {}

    def put_back() -> None:
        if not absent:
            setattr(owner, name, cached)
        elif hasattr(owner, name):
            delattr(owner, name)
        if isinstance(cached, dict):
            cached.clear()
            cached.update(held)

    return getattr(cached, "cache_clear", put_back)


@pytest.fixture(autouse=True)
def reset_cached_configuration() -> Iterator[None]:
    """Let each test read the configuration again."""
    with ExitStack() as resets:
        for path in _CACHED_CONFIGURATION:
            reset = _reset_of(path)
            reset()
            resets.callback(reset)
        yield
