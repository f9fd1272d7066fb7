"""Signals that would end the process, where something has to be put in order first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Waiting:
    """How many do not want to be disturbed, and whether a signal waits for them."""

    depth = 0
    signalled = False


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """What would end the process is raised as Ctrl-C is: an end that leaves nothing undone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What is ignored (nohup, a job in the background) stays so.
    heeded = [n for n in ENDING if signal.getsignal(n) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, _interrupt) for number in heeded}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Files are being put back: that takes a moment, and a signal, or a second Ctrl-C, has to wait for it.

    It is raised at the end. Where signals are not ``interrupted_by_signals`` nothing waits.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are handled in the main thread
        return
    _Waiting.depth += 1
    try:
        yield
    finally:
        _Waiting.depth -= 1
        if not _Waiting.depth and _Waiting.signalled:
            _Waiting.signalled = False
            raise KeyboardInterrupt


def _interrupt(_: int, __: FrameType | None) -> None:
    if _Waiting.depth:
        _Waiting.signalled = True
    else:
        raise KeyboardInterrupt
