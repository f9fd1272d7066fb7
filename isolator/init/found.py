"""What was found in a project, in the words of the settings, with the reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from codemods.context import Fixture, Initializer, Precondition

_Value = TypeVar("_Value", covariant=True)


@dataclass(frozen=True)
class Noted(Generic[_Value]):
    """A value for the settings. ``why`` is a short line for its owner; one that is not ``certain`` is a suggestion."""

    value: _Value
    why: str
    certain: bool = True


@dataclass(frozen=True)
class Found:
    """All of it. ``tests`` says how many files of tests there are; ``paths`` and ``source`` are None where isolator's
    defaults do.
    """

    tests: int = 0
    paths: Noted[tuple[str, ...]] | None = None
    source: Noted[tuple[str, ...]] | None = None
    critical_env: tuple[Noted[str], ...] = ()
    fixture: Noted[Fixture] | None = None
    preconditions: tuple[Noted[Precondition], ...] = ()
    initializers: tuple[Noted[Initializer], ...] = ()
    caches: tuple[Noted[str], ...] = ()
    problems: tuple[str, ...] = ()
