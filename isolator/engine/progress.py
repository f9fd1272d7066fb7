"""A progress bar, where somebody is there to see it and has waited; it goes away when the work is done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator

from isolator.engine.batch import Outcome

_WAITED = 2.0  # seconds
_OFTEN = 0.1  # seconds from one drawing to the next
_WIDTH = 30
_CLEARED = "\r\x1b[K"


def with_progress(outcomes: Iterable[Outcome], length: int) -> Iterator[Outcome]:
    """The outcomes as they come; after two seconds a bar on stderr, if that is a terminal.

    It makes room for what is printed of an outcome, if stdout is a terminal, too, and is gone at the end.
    """
    if not sys.stderr.isatty():
        yield from outcomes
        return
    started = drawn = time.monotonic()
    shown = False
    try:
        for done, outcome in enumerate(outcomes, 1):
            now = time.monotonic()
            if now - started > _WAITED and (not shown or now - drawn > _OFTEN):
                _write(_bar(done, length, now - started))
                shown, drawn = True, now
            if shown and sys.stdout.isatty() and (outcome.left or outcome.after is not None):
                _write(_CLEARED)
                shown = False
            yield outcome
    finally:
        if shown:
            _write(_CLEARED)


def _bar(done: int, length: int, seconds: float) -> str:
    filled = "#" * round(_WIDTH * done / length)
    left = seconds / done * (length - done)
    return f"\rfiles [{filled:-<{_WIDTH}}] {done}/{length}, about {left:.0f} s left\x1b[K"


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
