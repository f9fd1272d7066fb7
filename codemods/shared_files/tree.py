"""The files of a project: what stands in its tree, and what was only left there."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from codemods.context import Context
from codemods.python.regular import read_bytes


def is_there(context: Context, path: str) -> bool:
    """Whether there is something at a path, which is relative to the root or absolute."""
    try:
        return (context.root / path).exists()
    except (OSError, ValueError):
        return False


def is_folder(context: Context, path: str) -> bool:
    """Whether there is a folder."""
    try:
        return (context.root / path).is_dir()
    except (OSError, ValueError):
        return False


def is_of_project(context: Context, path: str) -> bool:
    """Whether a path is one of the project: git knows it, or something in it; anything that is
    there below the root, where git does not tell.
    """
    if path.startswith(("/", "~", "..")) or not is_there(context, path):
        return False
    found = _index(context.root.resolve(), context.run)
    if found is None:
        return True
    prefix, index = found
    name = (prefix / path).as_posix().encode()
    # An entry: flags, of which the last byte is the length of the name, the name, a NUL.
    return bytes([len(name) % 256]) + name + b"\0" in index or name + b"/" in index


@lru_cache(maxsize=4)
def _index(root: Path, run: int) -> tuple[Path, bytes] | None:
    """git's list of what it keeps, and where the root is in its tree; None if there is none, or one
    of another version, in which names may be shortened.
    """
    del run  # the list is read once for each
    for folder in (root, *root.parents):
        git = folder / ".git"
        with suppress(OSError):
            if git.is_file():
                git = folder / read_bytes(git).decode(errors="replace").partition(":")[2].strip()
            index = read_bytes(git / "index")
            plain = int.from_bytes(index[4:8], "big") == 2
            return (root.relative_to(folder), index) if plain else None
    return None
