"""Gives each test, each class and each module the named variables as they were before the previous one.

Restoring after each test alone is not enough where ``setUpClass``, ``setUpModule`` or a wider fixture writes to the
environment: those run before any function-scoped fixture. So there are three autouse fixtures; the wider ones are set
up first and torn down last. What ``setUpClass`` sets stays set for the tests of its class.

Only the variables that are named are written: a test that relies on another variable, which an earlier one leaves, is
not disturbed, and nor is pytest, which keeps one of its own there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# The environment variables that one test, class or module must not leave behind for the next.
_SCOPED_ENV_VARS: list[str] = []


@contextmanager
def _scoped_variables_restored() -> Iterator[None]:
    """Restore the named environment variables on leaving; those that were not set are deleted."""
    saved = {name: os.environ.get(name) for name in _SCOPED_ENV_VARS}
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@pytest.fixture(scope="module", autouse=True)
def isolate_scopes_of_module() -> Iterator[None]:
    """Restore the variables after each module: what setUpModule and module fixtures leave."""
    with _scoped_variables_restored():
        yield


@pytest.fixture(scope="class", autouse=True)
def isolate_scopes_of_class() -> Iterator[None]:
    """Restore the variables after each class: what setUpClass and class fixtures leave."""
    with _scoped_variables_restored():
        yield


@pytest.fixture(autouse=True)
def isolate_scopes() -> Iterator[None]:
    """Restore the variables after each test."""
    with _scoped_variables_restored():
        yield
