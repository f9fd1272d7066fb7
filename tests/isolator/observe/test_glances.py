"""What a probe sees at a glance differs whenever what it holds does, and what is put back is as it was."""

from __future__ import annotations

import contextvars
import decimal
import locale
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isolator.pytest_runs.plugin.state.nodes import put_back
from isolator.pytest_runs.plugin.state.process import probes

VARIABLE: contextvars.ContextVar[int] = contextvars.ContextVar("VARIABLE")


class Loud(logging.Logger):
    """A logger of another class."""


def named(name: str, kind: type[logging.Logger] = logging.Logger) -> logging.Logger:
    """A logger of some class."""
    logging.setLoggerClass(kind)
    try:
        return logging.getLogger(name)
    finally:
        logging.setLoggerClass(logging.Logger)


def other_locale() -> None:
    """Set one that is not set, if the machine has any."""
    before = locale.setlocale(locale.LC_ALL)
    for name in ("C", "C.UTF-8", "en_US.UTF-8", "English_United States"):
        try:
            if locale.setlocale(locale.LC_ALL, name) != before:
                return
        except locale.Error:
            continue
    pytest.skip("no other locale is installed")


def trap(signal_of_decimal: type[decimal.DecimalException]) -> None:
    """Have an operation raise that does not by itself."""
    decimal.getcontext().traps[signal_of_decimal] = True


CHANGES: dict[str, Callable[[], object]] = {
    "level": lambda: named("isolator.some").setLevel(10),
    "level of the root": lambda: logging.root.setLevel(10),
    "handler": lambda: named("isolator.some").addHandler(logging.StreamHandler()),
    "filter": lambda: named("isolator.some").addFilter(lambda _: True),
    "propagate": lambda: setattr(named("isolator.some"), "propagate", False),
    "disabled": lambda: setattr(named("isolator.some"), "disabled", True),
    "another list of handlers": lambda: setattr(named("isolator.some"), "handlers", [logging.StreamHandler()]),
    "disable": lambda: logging.disable(50),
    "new logger with a level": lambda: named("isolator.another").setLevel(30),
    "logger of another class": lambda: named("isolator.loud", Loud).setLevel(30),
    "its handlers": lambda: named("isolator.loud", Loud).addHandler(logging.StreamHandler()),
    "sys.path": lambda: sys.path.append("x"),
    "another sys.path": lambda: setattr(sys, "path", [*sys.path, "y"]),
    "sys.argv": lambda: sys.argv.append("x"),
    "sys.stdin": lambda: setattr(sys, "stdin", None),
    "sys.excepthook": lambda: setattr(sys, "excepthook", print),
    "no sys.displayhook": lambda: delattr(sys, "displayhook"),
    "recursion": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
    "umask": lambda: os.umask(0o077),
    "working directory": lambda: os.chdir(Path(__file__).parent),
    "signal": lambda: signal.signal(signal.SIGTERM, lambda *_: None),
    "timeout": lambda: socket.setdefaulttimeout(5),
    "locale": other_locale,
    "context variable": lambda: VARIABLE.set(1),
    "decimal": lambda: setattr(decimal.getcontext(), "prec", decimal.getcontext().prec + 1),
    "trap of decimal": lambda: trap(decimal.Inexact),
}


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process needs is put back by the names that it has, whatever the probes do."""
    for name in ("path", "argv", "stdin", "excepthook", "displayhook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("change", CHANGES)
def test_no_change_is_overlooked(change: str) -> None:
    contextvars.copy_context().run(overlook, CHANGES[change])


@pytest.mark.usefixtures("as_before")
def test_a_trap_beside_another_is_not_overlooked() -> None:
    def both() -> None:
        decimal.setcontext(decimal.Context())
        trap(decimal.Inexact)
        overlook(lambda: trap(decimal.Subnormal))

    contextvars.copy_context().run(both)


def overlook(change: Callable[[], object]) -> None:
    """One probe sees the change, and puts it back."""
    VARIABLE.set(0)
    found = [*probes(thorough=False, threads=False)]
    for _ in ("by all that it holds", "at a glance"):
        assert all(probe.is_as_held() for probe in found)
    change()
    (different,) = (probe for probe in found if not probe.is_as_held())
    put_back(different, lambda _: True)
    assert all(probe.is_as_held() for probe in found)
