"""What can be read of a run that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ended = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "rerun", "unfinished"]

BAD: tuple[Ended, ...] = ("failed", "error")


class UnreadableError(Exception):
    """No order of tests can be read there, or none of them failed; the message says why, and what to run instead."""


@dataclass(frozen=True)
class Seen:
    """A test as the run printed it. ``worker`` is the process of pytest-xdist that ran it, "" if not printed.

    ``name`` is as it was printed: a node id, whose path may begin at another folder than pytest's root, and which may
    have a message after it; in JUnit XML the name of the class and that of the test, with ``::`` in between.
    """

    name: str
    ended: Ended
    worker: str = ""


@dataclass(frozen=True)
class Shuffle:
    """What a plugin printed of the random order that it made: ``arguments`` are those that make it again."""

    plugin: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class FailedRun:
    """A run in which a test failed.

    ``seen`` are its tests, each once, in the order in which they ran (where several processes ran them, ended). If
    the run is not ``ordered`` they are only those that failed, and the order is what ``shuffle`` says.
    ``spread``: several processes of pytest-xdist ran it. ``junit``: what it is read from, on which names depend.
    """

    seen: tuple[Seen, ...]
    ordered: bool = True
    shuffle: Shuffle | None = None
    spread: bool = False
    junit: bool = False

    @property
    def failed(self) -> tuple[Seen, ...]:
        """The tests that failed; if none did those that passed only when they were rerun, or else never ended."""
        for which in (BAD, ("rerun",), ("unfinished",)):
            if found := tuple(test for test in self.seen if test.ended in which):
                return found
        return ()
