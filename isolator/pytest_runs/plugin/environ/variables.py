"""The environment of a process: as it is, and what differs in it afterwards."""

from __future__ import annotations

import os
from typing import Any

import pytest

Environment = dict[Any, Any]
# pytest sets these itself while a test runs.
_OWN = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def environment() -> Environment:
    """The environment as it is, cheaply."""
    data = getattr(os.environ, "_data", None)
    if data is not None:
        return dict(data)
    # Of a plain dict in its place.
    return {_raw(key): _raw(value) for key, value in os.environ.items()}


def is_environment(known: Environment) -> bool:
    """Whether the environment is as it was when ``environment`` returned this."""
    return bool(getattr(os.environ, "_data", None) == known)


def changed(before: Environment, after: Environment) -> list[str]:
    """The names of the variables that differ."""
    if before == after:
        return []
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return sorted(name for name in map(name_of, keys) if name not in _OWN)


def name_of(key: object) -> str:
    """The name of a variable as text."""
    return os.fsdecode(key) if isinstance(key, bytes) else str(key)


def _raw(text: object) -> object:
    return os.fsencode(text) if isinstance(text, str) and os.name != "nt" else text


class Scopes:
    """The fixtures of wider scopes that are set up, and what they changed.

    ``last`` is the environment when last seen. ``name in scopes`` tells whether a variable is one
    that such a fixture changed, and still has to put back.
    """

    def __init__(self) -> None:
        self.open: dict[int, tuple[int, Environment, list[str]]] = {}
        self.last: Environment = {}

    def __contains__(self, name: str) -> bool:
        return any(name in names for _, _, names in self.open.values())

    def enter(self, fixturedef: pytest.FixtureDef[Any], before: Environment, test: int) -> None:
        """A fixture has been set up, for the test that begun as number ``test``."""
        self.last = environment()
        self.open[id(fixturedef)] = (test, before, changed(before, self.last))

    def leave(self, fixturedef: pytest.FixtureDef[Any]) -> tuple[int, list[str], list[str]]:
        """A fixture has been torn down.

        Returns since which test it was there, what it touched, and what it leaves changed.
        """
        first, before, names = self.open.pop(id(fixturedef))
        now = environment()
        touched = sorted({*names, *changed(self.last, now)})
        self.last = now
        return first, touched, [name for name in changed(before, now) if name in touched]
