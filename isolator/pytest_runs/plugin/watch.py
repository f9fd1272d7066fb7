"""What all parts of the watching share: which test runs, the one way in for any thread, and what is written down."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from .frames import Kinds
from .log import Log, encoded

_PATIENCE = 1.0  # seconds that a thread waits for another one of which something is being written down
# Calls between a handler and who is watched: its own, that of `safely`, and of the hook or the wrapper.
CALLER = 3


class Watch:
    """The watching of one process. ``alive`` until it is over, or something has gone wrong.

    ``place`` is the file that is being collected, as long as ``collecting``; ``phase`` is what pytest says of the one
    that a test is in; ``sites`` are what has been noted since the test began, which is noted once.
    """

    def __init__(self, log: Log | None, kinds: Kinds) -> None:
        self.log, self.kinds = log, kinds
        self.alive = self.collecting = True
        self.recorder: Any = None
        self.test: str | None = None
        self.place = ""
        self.phase: Any = None
        self.sites: set[object] = set()
        self.unlock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.unlock)

    def unlock(self) -> None:
        """A lock that nobody holds: in a process that was forked the thread that held it is not there."""
        self.lock = threading.RLock()

    def safely(self, method: Callable[..., None], *args: object) -> None:
        """Call what watches: one thread at a time, and whatever it raises does not get out.

        Threads of the tests call it too, at any moment. At the end of the interpreter this module's names are gone;
        then nobody is alive.
        """
        if not self.alive:
            return
        try:
            # Without end it would be a deadlock where a finalizer, which may run at any moment, waits for a thread.
            if self.lock.acquire(timeout=_PATIENCE):
                try:
                    method(*args)
                finally:
                    self.lock.release()
        except Exception as error:
            self.stop(error)

    def write(self, *event: object) -> None:
        """Append a line at once."""
        if self.log is not None:
            self.log.write(encoded(*event))

    def once(self, *event: object) -> None:
        """Append a line, if that has not been done in this test."""
        if event not in self.sites:
            self.sites.add(event)
            self.write(*event)

    def stop(self, error: Exception) -> None:
        """Say once what went wrong, but for what may hold a value, and stop watching."""
        if isinstance(error, RuntimeError) or not self.alive:
            return  # a test went too deep, or another thread changed what was being looked at
        self.alive = False
        try:
            self.write("problem", f"the watching stopped in {self.test or 'the collection'}: {type(error).__name__}")
        except Exception:  # there is nothing left to say it with
            return
