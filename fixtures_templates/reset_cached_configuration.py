"""Gives every test configuration that was read in its own environment, not in another test's.

A configuration that is read from the environment once and then kept, by ``functools.lru_cache`` or in a module
attribute, carries one test's environment over to the next. Caches with ``cache_clear`` are cleared before and after
each test. Any other object is put back into its attribute if a test put another one there: what a test changes inside
the object stays changed.

The modules are imported when the fixture is first set up, not with the conftest: collection imports no more than it did
before, and a module that reads the environment while it is imported does so outside of every test. A path that does not
exist fails each test at set-up, with the name of what is missing.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

# Dotted paths of what reads the environment once and keeps the result.
_CACHED_CONFIGURATION: list[str] = []


@contextmanager
def _cached_afresh(path: str) -> Iterator[None]:
    """Clear the cache before and after; put an object without cache_clear back where it was."""
    owner_path, _, name = path.rpartition(".")
    owner = pkgutil.resolve_name(owner_path)
    cached = getattr(owner, name)
    clear = getattr(cached, "cache_clear", lambda: setattr(owner, name, cached))
    clear()
    try:
        yield
    finally:
        clear()


@pytest.fixture(autouse=True)
def reset_cached_configuration() -> Iterator[None]:
    """Let each test read the configuration anew."""
    with ExitStack() as caches:
        for path in _CACHED_CONFIGURATION:
            caches.enter_context(_cached_afresh(path))
        yield
