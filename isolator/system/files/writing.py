"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path

from codemods.python.regular import read_bytes
from isolator.system.files.atomic import in_place_of


class ChangedError(Exception):
    """The file is no longer what was read; the message says so of a run of isolator."""

    def __init__(self) -> None:
        super().__init__("changed since it was read; not written, run isolator again")


def not_written(error: OSError) -> str:
    """Why a file was not written, in words that come after its name."""
    return f"not written: {error.strerror or error}"


def replace_file(path: str, before: bytes | None, after: bytes | None) -> None:
    """Puts ``after`` in the place of ``before``, keeping the mode and, where that is allowed, the owner.

    ``before`` is None for a file that did not exist, ``after`` for one to be removed. A link stays, its target is
    written or removed. At every moment the file is either the old one or the new one. Raises ChangedError if it is not
    what was read, OSError if it cannot be written; then nothing has changed and nothing is left behind.
    """
    target = os.path.realpath(path)
    status = None if before is None else _status(target)
    if content(target) != before:
        raise ChangedError
    if status is None:
        Path(target).parent.mkdir(parents=True, exist_ok=True)
    elif not stat.S_IMODE(status.st_mode) & 0o222 or not os.access(target, os.W_OK):
        # Replacing it would be possible where the directory is writable, but not what its owner meant.
        raise PermissionError(errno.EACCES, "is read-only")
    if after is None:
        Path(target).unlink(missing_ok=True)
        return
    mode = 0o666 if status is None else stat.S_IMODE(status.st_mode)
    with in_place_of(Path(target), mode) as file:
        file.write(after)
        file.flush()  # writing takes bits of the mode away
        if status is not None:
            adopt_owner(Path(file.name), status)
            Path(file.name).chmod(mode)


def _status(target: str) -> os.stat_result:
    try:
        return Path(target).stat()
    except FileNotFoundError:
        raise ChangedError from None


def content(path: str | Path) -> bytes | None:
    """The bytes of a file, None if there is none. Raises OSError."""
    try:
        return read_bytes(path)
    except FileNotFoundError:
        return None


def adopt_owner(path: Path, status: os.stat_result) -> None:
    """Gives a file the owner and the group of another one, where that is allowed."""
    if hasattr(os, "chown"):
        mine = path.stat()
        if (mine.st_uid, mine.st_gid) != (status.st_uid, status.st_gid):
            with contextlib.suppress(OSError):  # only the superuser may give files away
                os.chown(path, status.st_uid, status.st_gid)
