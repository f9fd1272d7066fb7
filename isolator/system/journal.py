"""The undo journal: what files were like before isolator changed them on trial, and how they become so again.

``.isolator/undo/manifest.json`` says of each file where its original is kept and what was written in its place. It is
there, whole, before the first file is changed, and gone as soon as the change is accepted. So whoever finds one finds
a trial that was cut off, and puts the files back.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from codemods.python.regular import read_bytes
from isolator.system.files.atomic import write_whole
from isolator.system.files.links import is_link
from isolator.system.files.originals import digest, forget_compiled, move, second
from isolator.system.files.stored import check_version, load, typed
from isolator.system.files.workdir import MANIFEST, NAME, linked, pending, work_folder
from isolator.system.files.writing import content

VERSION = 1


@dataclass(frozen=True)
class Change:
    """A file (an absolute path, or one relative to the current directory), its bytes, the new ones; None: no file."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class _Entry:
    """``path`` is relative to the root, links resolved. ``kept`` is the original's name beside the manifest.

    ``original`` and ``written`` are digests. ``kept`` and ``original`` are None for a file that did not exist,
    ``written`` for one that was removed.
    """

    path: str
    kept: str | None
    original: str | None
    written: str | None


def inside(root: Path, path: str | Path) -> Path | None:
    """The Python file that a path means, links resolved, relative to the root; None for any other file.

    No other file is kept or put back: a manifest that came with somebody's project has no say over the rest.
    """
    try:
        found = Path(os.path.realpath(path)).relative_to(os.path.realpath(root))
    except ValueError:
        return None
    return found if found.suffix == ".py" else None


def keep(root: Path, changes: Sequence[Change]) -> None:
    """Keeps the originals of files that are ``inside``, before they are changed. Raises OSError.

    An original is kept by a second link to it, which takes no space, or by a copy where links cannot be made.
    """
    if pending(root):
        raise OSError(errno.EEXIST, f"files of an earlier trial are not restored yet, see {MANIFEST}")
    work_folder(root)
    folder = (root / MANIFEST).parent
    shutil.rmtree(folder, ignore_errors=True)  # originals of a trial that ended before it had a manifest
    folder.mkdir(mode=0o700)  # a copy of a private file is not for others, not even while it is made
    entries = []
    for number, change in enumerate(changes):
        path = inside(root, change.path)
        if path is None:
            raise OSError(errno.EXDEV, f"{change.path} is not a Python file of the project")
        kept = None if change.before is None else str(number)
        if kept is not None:
            second(Path(os.path.realpath(change.path)), folder / kept)
        entries.append(_Entry(path.as_posix(), kept, digest(change.before), digest(change.after)))
    document = {"version": VERSION, "files": [asdict(entry) for entry in entries]}
    write_whole(root / MANIFEST, json.dumps(document, indent=1).encode())


def forget(root: Path) -> None:
    """The changes stay: the originals are dropped."""
    if linked(root) is not None:
        return
    folder = (root / MANIFEST).parent
    (root / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def restore(root: Path) -> list[str]:
    """Puts back every file that still is what was written on trial; a rename, for which a full disk has room.

    Returns a line on each file that could not be put back, or must not be: one that somebody has edited since is
    left, and its original kept in ``.isolator/kept``. Raises ValueError for a manifest that isolator has not written.
    """
    folder = (root / MANIFEST).parent
    if not pending(root):
        forget(root)  # originals of files that have not been changed yet
        return []
    entries = _entries(root, read_bytes(root / MANIFEST))
    said, failed = [], False
    for entry in entries:
        try:
            if _put_back(root / entry.path, entry, folder):
                said.append(f"{entry.path}: edited meanwhile, and not restored; {_set_aside(root, entry, folder)}")
        except OSError as error:
            failed = True
            said.append(f"{entry.path}: cannot be restored: {error.strerror}; the original is in {folder}/{entry.kept}")
    if not failed:
        forget(root)
    return said


def _put_back(target: Path, entry: _Entry, folder: Path) -> bool:
    """Whether the file must be left because somebody has edited it."""
    now = digest(content(target))
    if now == entry.original:
        return False
    if now != entry.written:
        return True
    if entry.kept is None:
        target.unlink()
    else:
        move(folder / entry.kept, target)
    forget_compiled(target)
    return False


def _set_aside(root: Path, entry: _Entry, folder: Path) -> str:
    """Where the original of an edited file is, in words."""
    if entry.kept is None:
        return "it did not exist before"
    if not (folder / entry.kept).exists():
        return f"the original is already in {NAME}/kept"  # an earlier attempt stopped at another file
    aside = root / NAME / "kept"
    aside.mkdir(exist_ok=True)
    name = f"{Path(entry.path).name}-{os.urandom(3).hex()}"
    (folder / entry.kept).replace(aside / name)
    return f"the original is in {NAME}/kept/{name}"


def _entries(root: Path, data: bytes) -> list[_Entry]:
    """The files of a manifest. One that came with a project must not make us write elsewhere, so all is checked."""
    try:
        document = load(data)
        check_version(document, VERSION)
        entries = [typed(_Entry, each) for each in document["files"]]
        sound = all(_sound(root, entry) for entry in entries)
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise ValueError(f"{MANIFEST} is not isolator's; look into that folder, then remove it")
    return entries


def _sound(root: Path, entry: _Entry) -> bool:
    path = inside(root, root / entry.path)
    if path is None or path.as_posix() != entry.path:
        return False
    if entry.kept is None:
        return True
    number = re.fullmatch(r"\d+", entry.kept) is not None
    return number and not is_link((root / MANIFEST).parent / entry.kept)
