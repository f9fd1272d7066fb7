"""``.isolator``: the folder in which isolator keeps files between runs, and which git ignores."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isolator.system.files.atomic import write_whole
from isolator.system.files.links import is_link
from isolator.system.files.locks import try_lock

NAME = ".isolator"
FIXES = "fixes.json"  # in it: what the latest `fix --write` or `deflake` did, as the JSON of `fix` has it
EVIDENCE = f"{NAME}/evidence.json"  # what the latest `observe` saw
MANIFEST = f"{NAME}/undo/manifest.json"  # lists files that are changed on trial
_PARTS = (NAME, f"{NAME}/undo", f"{NAME}/kept", f"{NAME}/lock")  # what isolator writes to, opens, or removes
_LINK = "is a link: nothing is read, written or removed through it; remove the link"
_PAUSE = 0.05  # seconds between two attempts to get a lock


class BusyError(Exception):
    """Another isolator is at work in this project; the message says so."""


def linked(root: Path) -> str | None:
    """Why the folder is not used: a part of it is a link, which may lead anywhere. None if there is no link.

    A project can bring such a link with it. A link in the place of a single file that is written whole does no harm:
    the link itself is replaced.
    """
    link = _link(root)
    return None if link is None else f"{link}: {_LINK}"


def own_folder(root: Path) -> Path | None:
    """The folder of a project; None if it does not exist, or may not be used."""
    folder = root / NAME
    return folder if folder.is_dir() and linked(root) is None else None


def evidence(root: Path) -> Path | None:
    """The file with the evidence of the latest ``observe``; None if it does not exist, or may not be used."""
    path = root / EVIDENCE
    return path if own_folder(root) and path.exists() else None


def work_folder(root: Path) -> Path:
    """The folder of a project, created if needed; raises OSError if it cannot be created, or may not be used."""
    link = _link(root)
    if link is not None:
        raise OSError(errno.ELOOP, _LINK, str(link))
    folder = root / NAME
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_whole(ignore, b"*\n")
    return folder


def _link(root: Path) -> Path | None:
    return next((root / part for part in _PARTS if is_link(root / part)), None)


def pending(root: Path) -> bool:
    """Whether files of the project are changed on trial, by a running isolator or by one that was cut off."""
    return linked(root) is None and (root / MANIFEST).exists()


def begun(root: Path) -> bool:
    """Whether there are saved originals of files that are, or were about to be, changed on trial."""
    return linked(root) is None and (root / MANIFEST).parent.exists()


@contextmanager
def exclusive(root: Path, patience: float = 5.0) -> Iterator[None]:
    """A lock: while it is held no other isolator changes files of the project on trial, or puts them back.

    The operating system releases it when the process dies, for any reason. Raises BusyError if it cannot be had
    within ``patience`` seconds.
    """
    with (work_folder(root) / "lock").open("ab") as file:
        deadline = time.monotonic() + patience
        while not try_lock(file):
            if time.monotonic() >= deadline:
                raise BusyError(f"another isolator is running in {root}; wait until it has finished")
            time.sleep(_PAUSE)
        yield
