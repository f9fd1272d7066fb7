"""Gives every test the critical variables as they were before the previous test.

The fixture is autouse: pytest sets it up before the fixtures that a test asks for by name, and takes it down after
them, so that it has the last word over monkeypatch and over fixtures that forget to restore. It only writes the
variables that it names and never clears the environment: pytest itself keeps a variable there while a test runs.
Its scope is the function, so that what ``setUpClass`` or a wider fixture sets stays set for its tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# The environment variables that one test must not leave behind for the next.
_CRITICAL_ENV_VARS: list[str] = []


@pytest.fixture(autouse=True)
def isolate_environment() -> Iterator[None]:
    """Restore the critical environment variables after each test; those that were not set are deleted."""
    saved = {name: os.environ.get(name) for name in _CRITICAL_ENV_VARS}
    yield
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
