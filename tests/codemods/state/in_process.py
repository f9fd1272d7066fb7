"""Runs the tests of a module in this process, as pytest would, and records the environment wherever they look.

Starting pytest for each of thousands of small files would take hours; this knows as much of pytest as those files use:
fixtures of two scopes, parametrize, ``monkeypatch``, mocks by decorator, async tests and ``unittest.TestCase``.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import unittest
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from _pytest.compat import getfuncargnames

Environment = dict[str, str]
Function = Callable[..., Any]
START = {"PATH": "/bin", "B": "outer", "D": "too"}
# A look after which the two may differ, and one that may differ itself: the tear-down of a fixture that is made after
# the fixture monkeypatch sees what the test changed by it.
AMBIGUOUS = {"ambiguous": "yes"}
SHARED = {"shared": "yes"}
# A look while something has failed: a block restores then, where a restoration on a line of its own is never reached.
RAISED = {"raised": "yes"}


@dataclass
class Record:
    """What one test saw at each look, how it ended, and what it left changed in the environment."""

    seen: list[Environment] = field(default_factory=list)
    ended: str = "passed"
    left: Environment = field(default_factory=dict)


@dataclass(frozen=True)
class Fixture:
    """A fixture of the module."""

    function: Function
    scope: str = "function"
    autouse: bool = False


def run(text: str, bounded: Collection[str] = ()) -> dict[str, Record]:
    """The record of each test of a module, by its name. ``bounded``: functions whose changes end with them."""
    outer = dict(os.environ)
    try:
        _reset(START)
        module = _Module(text, bounded)
        return {name: module.record(test) for name, test in module.tests()}
    finally:
        _reset(outer)


def _reset(environment: Environment) -> None:
    os.environ.clear()
    os.environ.update(environment)


@dataclass
class _Module:
    text: str
    bounded: Collection[str]
    fixtures: dict[str, Fixture] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)
    seen: list[Environment] = field(default_factory=list)
    shared: bool = False

    def __post_init__(self) -> None:
        self.names = {"__name__": "test_generated", "look": self.look, "ambiguous": self.ambiguous}
        with patch.object(pytest, "fixture", self._fixture):
            exec(compile(self.text, "test_generated.py", "exec"), self.names)  # no code but our own
        if "helper" in self.names:
            self.names["helper"] = self._helper(self.names["helper"])

    def _helper(self, function: Function) -> Function:
        def helper(value: str) -> None:
            with self.bounds("helper"):
                function(value)

        return helper

    def look(self, value: object = None) -> object:
        raised = sys.exc_info()[0] is not None
        self.seen.append(SHARED if self.shared else RAISED if raised else dict(os.environ))
        return value

    def ambiguous(self) -> None:
        self.seen.append(AMBIGUOUS)

    def _fixture(self, function: Function | None = None, **options: Any) -> Any:  # noqa: ANN401
        if function is None:
            return lambda function: self._fixture(function, **options)
        self.fixtures[function.__name__] = Fixture(function, **options)
        return function

    def tests(self) -> Iterator[tuple[str, Callable[[Record], None]]]:
        """Each test, to be called with the record that it fills."""
        for name, found in list(self.names.items()):
            if name.startswith("test") and name not in self.fixtures:
                yield from self._functions(name, found, None)
            elif isinstance(found, type) and issubclass(found, unittest.TestCase):
                for method in sorted(m for m in vars(found) if m.startswith("test")):
                    yield f"{name}.{method}", _test_case(found(method))
            elif isinstance(found, type) and name.startswith("Test"):
                for method in [m for m in vars(found) if m.startswith("test")]:
                    yield from self._functions(f"{name}.{method}", getattr(found, method), found)

    def _functions(
        self, name: str, function: Function, owner: type | None
    ) -> Iterator[tuple[str, Callable[[Record], None]]]:
        marks = [mark.args for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
        for index, values in enumerate([{key: value} for key, given in marks for value in given] or [{}]):
            yield f"{name}[{index}]", _Item(self, function, owner, values).run

    def record(self, test: Callable[[Record], None]) -> Record:
        """Run one test in a fresh environment."""
        _reset(START)
        self.seen = []
        record = Record()
        test(record)
        record.seen = self.seen
        now = dict(os.environ)
        changed = {name for name in {**now, **START} if now.get(name) != START.get(name)}
        record.left = {name: now.get(name, "unset") for name in sorted(changed)}
        return record

    @contextmanager
    def bounds(self, name: str) -> Iterator[None]:
        before = dict(os.environ)
        try:
            yield
        finally:
            if name in self.bounded:
                _reset(before)


@dataclass
class _Item:
    module: _Module
    function: Function
    owner: type | None
    values: dict[str, object]
    made: dict[str, object] = field(default_factory=dict)

    def run(self, record: Record) -> None:
        try:
            with ExitStack() as stack:
                self._run(stack)
        except (Exception, pytest.fail.Exception) as error:
            record.ended = type(error).__name__

    def _run(self, stack: ExitStack) -> None:
        name = self.function.__name__
        names = getfuncargnames(self.function, name=name, cls=self.owner)
        fixtures = self.module.fixtures
        used = [n for n, fixture in fixtures.items() if fixture.autouse] + list(names)
        for wanted in sorted(used, key=lambda n: n not in fixtures or fixtures[n].scope == "function"):
            self._make(wanted, stack)
        function = getattr(self.owner(), name) if self.owner else self.function
        with self.module.bounds(self.owner.__name__ if self.owner else name):
            result = function(**{n: self.made[n] for n in names})
            if inspect.iscoroutine(result):
                asyncio.run(result)

    def _make(self, name: str, stack: ExitStack) -> object:
        if name not in self.made:
            self.made[name] = self._made(name, stack)
        return self.made[name]

    def _made(self, name: str, stack: ExitStack) -> object:
        if name in self.values:
            return self.values[name]
        if name == "monkeypatch":
            monkeypatch = pytest.MonkeyPatch()
            stack.callback(monkeypatch.undo)
            return monkeypatch
        if name == "request":
            return SimpleNamespace(addfinalizer=stack.callback)
        fixture = self.module.fixtures[name]
        given = {n: self._make(n, stack) for n in getfuncargnames(fixture.function)}
        stack.enter_context(self.module.bounds(name))
        if not inspect.isgeneratorfunction(fixture.function):
            return fixture.function(**given)
        stack.callback(setattr, self.module, "shared", False)
        value = stack.enter_context(contextmanager(fixture.function)(**given))
        stack.callback(setattr, self.module, "shared", "monkeypatch" in self.made)
        return value


def _test_case(case: unittest.TestCase) -> Callable[[Record], None]:
    def run(record: Record) -> None:
        result = _Result()
        case.run(result)
        record.ended = " ".join(result.raised) or "passed"

    return run


class _Result(unittest.TestResult):
    def __init__(self) -> None:
        super().__init__()
        self.raised: list[str] = []

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: ANN401, ARG002, N802
        self.raised.append(err[0].__name__)

    addFailure = addError  # noqa: N815
