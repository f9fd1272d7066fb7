"""What a source tree looks like: one number that is another when any file in it is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

# What rules read of a source tree: its modules, compiled ones by their names, and what says which are generated.
_ENDINGS = (".py", ".so", ".pyd", ".pyx", ".toml", ".cfg", "meson.build", "CMakeLists.txt", ".gitignore")
_NO_SOURCE = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})
_MOST = 200_000  # entries; more are not looked through for this


def stamp(roots: Iterable[Path]) -> str | None:
    """The names, sizes and times of the files below some folders, as one number; None if there are too many.

    Folders that are hidden, or hold installed packages, are left out; a link to a folder is followed once.
    """
    found, seen = blake2b(digest_size=16), set[str]()
    todo, left = [str(root) for root in roots], _MOST
    while todo:
        folder = os.path.realpath(todo.pop())
        if folder in seen:
            continue
        seen.add(folder)
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        left -= len(listed)
        if left < 0:
            return None
        found.update(os.fsencode(folder))
        for entry in listed:
            name = entry.name
            if name.endswith(_ENDINGS):
                found.update(_look(entry).encode("utf-8", "surrogateescape"))
            elif not name.startswith(".") and name not in _NO_SOURCE and _is_folder(entry):
                found.update(os.fsencode(name))
                todo.append(entry.path)
    return found.hexdigest()


def _look(entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat()
    except OSError:  # a link to nothing
        return f"{entry.name}\0"
    return f"{entry.name}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\0"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
