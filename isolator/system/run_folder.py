"""The temporary folder of one run of pytest, which is gone afterwards, whatever ends the run."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from isolator.system.files.links import is_link
from isolator.system.files.locks import is_abandoned, try_lock
from isolator.system.guardian import Guardian, remove

_LOCK = ".lock"


@contextmanager
def run_folder(guardian: Guardian) -> Iterator[Path]:
    """A new folder. A lock beside it says that it is wanted. Raises OSError if it cannot be made.

    The lock is there before the folder and goes after it: a removal that was cut off differs from a folder that is
    somebody else's.
    """
    remove_forgotten()
    path = Path(tempfile.gettempdir(), f"isolator-{os.urandom(8).hex()}")
    with guardian.temporary(path.with_suffix(_LOCK)) as lock, lock.open("xb") as file:
        # Where a file system has no locks, nothing is taken for forgotten.
        with contextlib.suppress(OSError):
            try_lock(file)
        with guardian.temporary(path) as folder:
            folder.mkdir(mode=0o700)
            yield folder


@cache
def remove_forgotten() -> None:
    """Remove the folders of runs that ended at once with their guardian, as when the power fails."""
    with contextlib.suppress(OSError):
        for lock in Path(tempfile.gettempdir()).glob(f"isolator-*{_LOCK}"):
            folder = lock.with_suffix("")
            ours = re.fullmatch("isolator-[0-9a-f]{16}", folder.name) and not is_link(folder)
            if ours and is_abandoned(lock):
                remove(folder)
                remove(lock)
