"""A plugin whose errors end no run of pytest."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import pytest

_Class = TypeVar("_Class", bound="type[Any]")
_Hook = TypeVar("_Hook", bound="Callable[..., Any]")
_Steps = Generator[None, Any, None]
_SELF_GUARDED = "isolator_self_guarded"
# What wraps a hook costs less than half so, where pytest (8) knows it.
_WRAPPER: dict[str, Any] = {"wrapper" if int(pytest.__version__.partition(".")[0]) >= 8 else "hookwrapper": True}


def around(hook: _Hook) -> _Hook:
    """A hook that is called for each test or fixture, around all others. It guards itself: what it does is ``steps``.

    def pytest_runtest_protocol(self, item):
        __tracebackhide__ = True
        self.begin(item)
        try:
            return (yield)
        finally:
            self.end()
    """
    setattr(hook, _SELF_GUARDED, True)
    marked: _Hook = pytest.hookimpl(tryfirst=True, **_WRAPPER)(hook)
    return marked


def step(method: Callable[..., None]) -> Callable[..., None]:
    """A method of a plugin that does not raise: its ``fail`` is told."""
    return _instead(method.__name__, method)


def unbreakable(plugin: _Class) -> _Class:
    """A class none of whose hooks raises: that would end pytest.

    Its ``fail`` gets the hook and the error.
    """
    for name, hook in [*vars(plugin).items()]:
        if name.startswith("pytest_") and not hasattr(hook, _SELF_GUARDED):
            guard = _around if inspect.isgeneratorfunction(hook) else _instead
            setattr(plugin, name, guard(name, hook))
    return plugin


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """A method that does nothing once the watching has stopped, and stops it where it would raise.

    Its object has a ``safely``.
    """

    @functools.wraps(method)
    def called(self: Any, *args: object) -> None:  # noqa: ANN401
        self.safely(method, self, *args)

    return called


def _instead(name: str, hook: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(hook)
    def guarded(self: Any, *args: object) -> None:  # noqa: ANN401
        try:
            hook(self, *args)
        except Exception as error:
            self.fail(name, error)

    # pluggy 1.0 looks for no other.
    guarded.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]
    return guarded


def _around(name: str, hook: Callable[..., _Steps]) -> Callable[..., _Steps]:
    @functools.wraps(hook)
    def guarded(self: Any, *args: object) -> _Steps:  # noqa: ANN401
        steps = hook(self, *args)
        try:
            next(steps, None)
        except Exception as error:
            self.fail(name, error)
        outcome = yield  # what is wrapped comes next
        try:
            steps.send(outcome)
        except StopIteration:
            return
        except Exception as error:
            self.fail(name, error)

    guarded.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]
    return guarded
