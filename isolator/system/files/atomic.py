"""A new file that takes the place of another one, whole; and what is left of it by a process that was killed meanwhile.

The new file stands beside the other one, as ``.isolator-0123abcd.tmp``, and is locked while it is written. So who finds
one that is not locked knows that nobody will ever rename it.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from isolator.system.files.locks import is_abandoned, try_lock

_NAME = re.compile(r"\.isolator-[0-9a-f]{8}\.tmp")


@contextmanager
def in_place_of(target: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write, made with the mode; when the block ends it replaces ``target``, with what the disk holds of it.

    Its path is its ``name``. If anything goes wrong nothing has changed, and nothing is left. Raises OSError.
    """
    temporary = target.with_name(f".isolator-{os.urandom(4).hex()}.tmp")
    try:
        with _made(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform != "win32":
                temporary.replace(target)
        if sys.platform == "win32":  # where an open file cannot be renamed
            temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file that holds either what it did before or all of ``data``; raises OSError."""
    remove_leftovers(path.parent)
    with in_place_of(path) as file:
        file.write(data)


def remove_leftovers(folder: Path) -> None:
    """Removes the new files in a folder whose process was killed before they took their place."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        found = [folder / entry.name for entry in entries if _NAME.fullmatch(entry.name)]
        for path in filter(is_abandoned, found):
            path.unlink(missing_ok=True)


def _made(path: Path, mode: int) -> BinaryIO:
    """A new file, locked. One that somebody takes for a leftover before it is locked is made again."""
    while True:
        # Made with that mode: what is private is never readable by others, not even for a moment.
        opened = open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115
        file = cast(BinaryIO, opened)
        if sys.platform == "win32":
            return file
        with contextlib.suppress(OSError):  # no locks on this file system: then nothing is taken for a leftover
            if not try_lock(file) or not os.fstat(file.fileno()).st_nlink:
                file.close()
                path.unlink(missing_ok=True)
                continue
        return file
