"""Locks on files: the operating system takes them away when the process that holds them ends, however that comes."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import IO, Any

_WINDOWS = sys.platform == "win32"
_LONG = 60.0  # seconds that a file of a process that still runs is never left unlocked

if sys.platform == "win32":
    import msvcrt

    def try_lock(file: IO[Any]) -> bool:
        """Locks a file until it is closed; false if somebody else has it."""
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(file: IO[Any]) -> bool:
        """Locks a file until it is closed; false if somebody else has it. Raises OSError where there are no locks."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def is_abandoned(path: Path) -> bool:
    """Whether a file is a regular one that was locked by a process which has ended; false where that cannot be told."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        if _WINDOWS and time.time() - path.lstat().st_mtime < _LONG:
            return False  # an open file cannot be renamed there: it is closed a moment before
        with os.fdopen(os.open(path, flags), "rb") as file:
            return try_lock(file)
    except OSError:
        return False
