"""A plugin whose errors end no run of pytest."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound="type[Any]")
_Steps = Generator[None, Any, None]


def unbreakable(plugin: _Class) -> _Class:
    """A class of which no hook raises, for that would end pytest.

    Its ``fail`` is told of the hook and the error.
    """
    for name, hook in [*vars(plugin).items()]:
        if name.startswith("pytest_"):
            guard = _around if inspect.isgeneratorfunction(hook) else _instead
            setattr(plugin, name, guard(name, hook))
    return plugin


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """A method that does nothing once the watching has stopped, and stops it where it would raise.

    Its object has a ``safely``.
    """

    @functools.wraps(method)
    def called(self: Any, *args: object) -> None:  # noqa: ANN401
        self.safely(functools.partial(method, self), *args)

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
