"""Gives each test the working directory, the lists and hooks of ``sys``, and the signals that the test before it found.

For what code under test changes of them, and does not put back.
"""

from __future__ import annotations

import locale
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

# What tests leave changed of the process.
_LEAKED_PROCESS: list[str] = []


def _put_back_in_process(cell: str) -> Callable[[], object]:
    """What gives the process again what it has now: os.getcwd(), sys.path, signal.getsignal(SIGTERM) ..."""
    function, _, name = cell.removesuffix(")").partition("(")
    if function == "os.getcwd":
        return partial(os.chdir, Path.cwd())
    if function == "sys.getrecursionlimit":
        return partial(sys.setrecursionlimit, sys.getrecursionlimit())
    if function == "locale.setlocale":
        return partial(locale.setlocale, locale.LC_ALL, locale.setlocale(locale.LC_ALL))
    if function == "signal.getsignal":
        number = getattr(signal, name)
        return partial(signal.signal, number, signal.getsignal(number))
    attribute = cell.removeprefix("sys.")
    value = getattr(sys, attribute)
    held = [*value] if isinstance(value, list) else None

    def put_back() -> None:
        setattr(sys, attribute, value)
        if held is not None:
            value[:] = held

    return put_back


@pytest.fixture(autouse=True)
def restore_process() -> Iterator[None]:
    """Put back what a test leaves changed of the process."""
    with ExitStack() as after:
        for cell in _LEAKED_PROCESS:
            after.callback(_put_back_in_process(cell))
        yield
