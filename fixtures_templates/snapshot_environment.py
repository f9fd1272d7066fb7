"""Takes the whole environment back to what it was, after each test, each class and each module.

Restoring after each test alone is not enough where ``setUpClass`` or ``setUpModule`` write to the environment: those
run before any function-scoped fixture. So there are three autouse fixtures; the wider ones are set up first and torn
down last. A suite whose tests rely on what earlier ones left in the environment will show it: find such tests first.

Only variables that differ are written, since each write is a call into the C library, and a reader in another thread
must never meet an empty environment. ``PYTEST_CURRENT_TEST`` is pytest's own and is left to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def _environment_restored() -> Iterator[None]:
    """Restore on leaving every environment variable that was changed, added or deleted inside."""
    saved = dict(os.environ)
    try:
        yield
    finally:
        for name in {*saved, *os.environ} - {"PYTEST_CURRENT_TEST"}:
            value = saved.get(name)
            if value is None:
                os.environ.pop(name, None)
            elif os.environ.get(name) != value:
                os.environ[name] = value


@pytest.fixture(scope="module", autouse=True)
def snapshot_environment_of_module() -> Iterator[None]:
    """Restore the environment after each module: what setUpModule and module fixtures leave."""
    with _environment_restored():
        yield


@pytest.fixture(scope="class", autouse=True)
def snapshot_environment_of_class() -> Iterator[None]:
    """Restore the environment after each class: what setUpClass and class fixtures leave."""
    with _environment_restored():
        yield


@pytest.fixture(autouse=True)
def snapshot_environment() -> Iterator[None]:
    """Restore the environment after each test."""
    with _environment_restored():
        yield
