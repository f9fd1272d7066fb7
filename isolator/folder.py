"""``.isolator``: the folder in which isolator keeps what it must know later, and which git does not see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isolator.atomic import write_whole
from isolator.locks import try_lock

NAME = ".isolator"
FIXES = "fixes.json"  # in it: what the latest `fix --write` or `deflake` did, as the JSON of `fix` has it
EVIDENCE = f"{NAME}/evidence.json"  # what the latest `observe` saw
MANIFEST = f"{NAME}/undo/manifest.json"  # of files that are changed on trial
_PAUSE = 0.05  # seconds between two attempts to get a lock


class BusyError(Exception):
    """Another isolator is at work in this project; the message says so."""


def work_folder(root: Path) -> Path:
    """The folder of a project, made if it is not there; raises OSError if it cannot be."""
    folder = root / NAME
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_whole(ignore, b"*\n")
    return folder


def pending(root: Path) -> bool:
    """Whether files of the project are changed on trial, by an isolator that runs or by one that was cut off."""
    return (root / MANIFEST).exists()


@contextmanager
def exclusive(root: Path, patience: float = 5.0) -> Iterator[None]:
    """While this lasts nobody else changes files of the project on trial, or puts them back.

    The operating system ends it when the process dies, however that comes. Raises BusyError if it is not to be had
    within ``patience`` seconds.
    """
    with (work_folder(root) / "lock").open("ab") as file:
        deadline = time.monotonic() + patience
        while not try_lock(file):
            if time.monotonic() >= deadline:
                raise BusyError(f"another isolator is at work in {root}; wait until it has ended")
            time.sleep(_PAUSE)
        yield
