"""What all watchers share: which test runs, the entry point for all threads, and the log that is written."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from .frames import Kinds
from .log import Log, encoded

_PATIENCE = 1.0  # seconds that a thread waits for another one that is writing
# Frames between a handler and the watched code: its own, that of `safely`, and of the hook or the wrapper.
CALLER = 3


class Watch:
    """Watches one process. ``alive`` until that is over, or something has gone wrong.

    ``place`` is the file that is being collected while ``collecting``; ``phase`` is pytest's name of the phase that a
    test is in; ``sites`` has the events that were written since the test began, each once.
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
        """Make a new lock: in a forked process the thread that held the old one does not exist."""
        self.lock = threading.RLock()

    def safely(self, method: Callable[..., None], *args: object) -> None:
        """Call a watcher: one thread at a time, and none of its exceptions gets out.

        Threads of the tests call it too, at any moment. When the interpreter ends this module's names are gone, and
        nothing is alive.
        """
        if not self.alive:
            return
        try:
            # Waiting forever would be a deadlock if a finalizer, which may run at any moment, waits for a thread.
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

    def end(self) -> None:
        """Stop watching when pytest ends. The audit hook stays until Python does, and would keep all tests alive."""
        self.alive = False
        self.recorder = None

    def stop(self, error: Exception) -> None:
        """Report once what went wrong, without text that may hold a value, and stop watching."""
        if isinstance(error, RuntimeError) or not self.alive:
            return  # a test went too deep, or another thread changed what was being looked at
        self.alive = False
        try:
            self.write("problem", f"the watching stopped in {self.test or 'the collection'}: {type(error).__name__}")
        except Exception:  # there is nothing left to say it with
            return
