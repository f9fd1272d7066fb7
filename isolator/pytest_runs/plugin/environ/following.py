"""Fixtures of a wider scope: each is judged by itself, at the end of its scope.

What such a fixture changes in the environment is not a change of the test during which it is set up, or torn down.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from ..unbreakable import around, step, unbreakable
from .variables import Environment, Scopes, environment, name_of


@unbreakable
class Following:
    """Hooks that follow fixtures. ``before`` is the environment that the running test found.

    ``begun`` are the tests so far. ``listener``, if there is one, is called before a fixture is set up, after that, and
    after its tear-down.
    """

    def __init__(self) -> None:
        self.listener: Any = None
        self.begun: list[Any] = []
        self.before: Environment = {}
        self.scopes = Scopes()

    def fail(self, hook: str, error: Exception) -> None:
        """A hook went wrong."""
        raise NotImplementedError

    def left_by(self, fixturedef: pytest.FixtureDef[Any], first: int, leaks: list[str]) -> None:
        """A fixture leaves these variables changed; it was set up for the test that began as number ``first``."""
        raise NotImplementedError

    @around
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, Any]:
        """Note what a fixture of a wider scope changes: it has until the end of its scope to put it back."""
        __tracebackhide__ = True
        if fixturedef.scope == "function" or does_nothing(fixturedef, request):
            return (yield)
        before: list[Environment] = []
        self.setting_up(before)
        try:
            return (yield)
        finally:
            self.set_up(fixturedef, *before)

    @step
    def setting_up(self, before: list[Environment]) -> None:
        """A fixture of a wider scope is about to be set up: note what it finds."""
        before.append(environment())
        if self.listener is not None:
            self.listener.setting_up()

    @step
    def set_up(self, fixturedef: pytest.FixtureDef[Any], before: Environment) -> None:
        """A fixture of a wider scope has been set up."""
        self.scopes.enter(fixturedef, before, len(self.begun) - 1)
        if self.listener is not None:
            self.listener.set_up(fixturedef)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, nextitem: pytest.Item | None) -> None:
        """Changes from here on may come from the end of a wider scope."""
        if self.scopes.open:
            self.note()
        self.ending(nextitem)

    def note(self) -> None:
        """Note the environment as it is right before something is torn down."""
        self.scopes.last = environment()

    def ending(self, nextitem: pytest.Item | None) -> None:
        """A test is about to be torn down."""

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Judge a fixture of a wider scope, set-up and tear-down together."""
        if not self.scopes.open:
            return
        if id(fixturedef) not in self.scopes.open:  # of the test alone: a scope does not count what it puts back
            self.note()
            return
        if self.listener is not None:
            self.listener.torn_down(fixturedef)
        first, touched, leaks = self.scopes.leave(fixturedef)
        if leaks:
            self.left_by(fixturedef, first, leaks)
        # The test whose tear-down is running is not responsible for it.
        now = environment()
        for key in [key for key in {**self.before, **now} if name_of(key) in touched]:
            self.before.pop(key, None)
            if key in now:
                self.before[key] = now[key]


def does_nothing(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> bool:
    """Whether it is pytest's fixture for ``setUpClass`` and ``tearDownClass`` of a TestCase that has neither."""
    if "unittest_setUpClass" not in fixturedef.argname:
        return False
    own, usual = request.cls, sys.modules["unittest"].TestCase  # imported by the test; it takes long
    names = ("setUpClass", "tearDownClass")
    return all(getattr(getattr(own, n, None), "__func__", None) is vars(usual)[n].__func__ for n in names)
