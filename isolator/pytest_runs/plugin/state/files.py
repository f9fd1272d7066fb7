"""Files that tests leave changed, outside of what was made for them.

Audit events say what is about to be written, before it is: what is there then is noted, and compared with what is
there when the test is over. Databases of sqlite are written behind Python's back: those that have been connected to
are compared after each test. What is written by other processes, or in C, is not seen.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..frames import Kinds
from .nodes import Path

Place = tuple[str, int]  # a file of the project, and a line
# FOLDER; a link and where to, or what cannot be read; a file's bytes; of a large one size and time; None for nothing.
State = Any
Stamp = tuple[int, int]  # size and time of a file

FOLDER = "folder"
_SMALL = 1_000_000  # bytes of a file that are compared
_TINY = 64_000
_KEPT = 1_000  # files of a folder that is removed, which are kept so that they can be put back
_NOISE = re.compile(
    r"__pycache__|\.(cache|git|hypothesis|isolator|mypy_cache|pytest_cache|ruff_cache)|\.coverage.*|.*\.pyc"
)
_PARTS = re.compile(r"[\\/]" if os.name == "nt" else "/")
_DEVICES = ("/dev/", "/proc/", "/sys/", "\\\\.\\")
# Where in the arguments of an event the paths are, and the descriptors of the folders that they are relative to.
_PATHS: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "shutil.rmtree": ((0, None),),
    "sqlite3.connect": ((0, None),),
    "tempfile.mkdtemp": ((0, None),),
    "tempfile.mkstemp": ((0, None),),
}
EVENTS = ("open", *_PATHS)
# Tests may replace these by mocks, or by those of a file system in memory.
_lstat, _open, _readlink, _listdir = os.lstat, open, os.readlink, os.listdir
_abspath, _dirname, _join = os.path.abspath, os.path.dirname, os.path.join


@dataclass
class Touched:
    """What was there before a test touched a path first, and the line that touched it last.

    Without a place it was not code of the project.
    """

    was: State
    place: Place | None = None


class Files:
    """What tests touch. ``changed`` tells what is different from when the test began.

    ``wanted`` says of a path whether it is put back when it is found changed; None if nothing is.
    """

    def __init__(self, kinds: Kinds, wanted: Callable[[Path], bool] | None = None) -> None:
        self.kinds, self.wanted = kinds, wanted
        self.touched: dict[str, Touched] = {}
        self.temporary: set[str] = set()  # made by tempfile or pytest, under a name that nothing else has
        self.databases: dict[str, tuple[Stamp, State]] = {}
        self.scoped: dict[int, dict[str, Touched]] = {}
        self.closed: set[str] = set()
        self.first: dict[str, State] = {}  # what was there before a test changed it first
        self.asleep = self.too_many = False
        self.home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111

    def written(self, event: str, args: tuple[Any, ...]) -> list[str]:
        """The paths that an event is about to write to; none of those that do not matter, or are not known."""
        if self.asleep:
            return []
        if event == "open":
            given = [args[0]]
        else:
            relative = ((args[place], folder) for place, folder in _PATHS[event])
            # Relative to an open folder: `shutil.rmtree`, which has an event of its own, removes files so.
            given = [path for path, folder in relative if folder is None or args[folder : folder + 1] in ((), (-1,))]
        return [path for each in given for path in self.named(each, event)]

    def named(self, given: object, event: str) -> Iterator[str]:
        """The absolute path of what an event speaks of."""
        if isinstance(given, int):  # a descriptor
            return
        try:
            name = os.fsdecode(given)  # type: ignore[arg-type]
            if event == "sqlite3.connect":
                name = name[len("file:") :].partition("?")[0] if name.startswith("file:") else name
                if name in ("", ":memory:"):
                    return
            path = _abspath(name)
        except (OSError, TypeError, ValueError):
            return
        if not path.startswith(_DEVICES) and not any(map(_NOISE.fullmatch, _PARTS.split(path))):
            yield path

    def touch(self, event: str, paths: list[str], place: Place | None, *, own: bool) -> None:
        """An event is about to write to these. ``own``: it was pytest that did, for itself or for a test."""
        for path in paths:
            # os.makedirs(path, exist_ok=True) tries to make what is there
            if (event.startswith("tempfile") or (own and event == "os.mkdir")) and self.look(path) is None:
                self.temporary.add(path)
            known = self.touched.get(path)
            if known is None:
                known = self.touched[path] = Touched(self.look(path))
                if known.was == FOLDER and event in ("shutil.rmtree", "os.rename"):
                    self.keep(path)
            known.place = place or known.place
            if event == "sqlite3.connect":
                self.databases.setdefault(path, (_stamp(path), known.was))

    def keep(self, folder: str) -> None:
        """Note all that is in a folder before it is removed, or called otherwise."""
        for name in self.listed(folder):
            path = _join(folder, name)
            if path in self.touched:
                continue
            if len(self.touched) > _KEPT:
                self.too_many = True
                return
            was = self.touched[path] = Touched(self.look(path))
            if was.was == FOLDER:
                self.keep(path)

    def listed(self, folder: str) -> list[str]:
        """What is in a folder."""
        try:
            return _listdir(folder)
        except OSError:
            return []

    def look(self, path: str) -> State:
        """What is there."""
        try:
            found = _lstat(path)
            if stat.S_ISDIR(found.st_mode):
                return FOLDER
            if stat.S_ISLNK(found.st_mode):
                return ("link", _readlink(path))
            if stat.S_ISREG(found.st_mode) and found.st_size <= _SMALL:
                with _open(path, "rb") as file:
                    return file.read()
        except OSError:  # it is not there, or cannot be read
            return None if not os.path.lexists(path) else ("closed", "")
        return (found.st_size, found.st_mtime_ns)

    def copies(self) -> set[str]:
        """What has been touched so far."""
        return {*self.touched}

    def enter_scope(self, fixture: int, before: set[str]) -> None:
        """A fixture of a wider scope has been set up; ``before`` is what ``copies`` gave right before that.

        What it made is what later tests find.
        """
        self.scoped[fixture] = {path: each for path, each in self.touched.items() if path not in before}
        for path in self.scoped[fixture]:
            del self.touched[path]
            if path in self.databases:
                self.databases[path] = (_stamp(path), self.look(path))

    def leave_scope(self, fixture: int) -> dict[Path, Place | None]:
        """It has been torn down, with what tests left in what it had made.

        Returns what it has not put back, each with the line.
        """
        made = self.scoped.pop(fixture, {})
        changed = [
            path for path, each in made.items() if not self.is_within(path, made) and self.look(path) != each.was
        ]
        left = [path for path in changed if self.is_left(path, made)]
        self.closed.update(made)
        return {self.shown(path): self.told(made[path].place) for path in left}

    def changed(self) -> dict[Path, tuple[Place | None, bool]]:
        """The paths of what is different; nothing is touched from then on.

        With each, the line that wrote to it last, and whether it is again what it was before the first test.
        """
        if not self.touched and not self.databases:
            return {}
        databases = [path for path, known in self.databases.items() if self.is_written(path, *known)]
        if not self.touched and not databases:
            return {}
        touched = {path: Touched(self.databases[path][1]) for path in databases} | self.touched
        changed = [p for p, each in touched.items() if not self.is_within(p, touched) and self.look(p) != each.was]
        found = [path for path in changed if self.is_left(path, touched)]
        self.put_back(found, changed, touched)
        for path in [path for path in touched if path in self.databases]:
            self.databases[path] = (_stamp(path), self.look(path))
        self.touched, self.closed, self.too_many = {}, set(), False
        return {
            self.shown(path): (self.told(touched[path].place), self.is_again(path, touched[path])) for path in found
        }

    def is_written(self, path: str, stamp: Stamp, was: State) -> bool:
        """Whether a database may have been written to since; of a small one times are not trusted, which are coarse."""
        return _stamp(path) != stamp or (stamp[0] <= _TINY and self.look(path) != was)

    def is_again(self, path: str, each: Touched) -> bool:
        """Whether there is what was there before a test changed it first."""
        return bool(self.look(path) == self.first.setdefault(path, each.was))

    def told(self, place: Place | None) -> Place | None:
        """A line, with the name that its file has in the evidence."""
        return None if place is None else (self.kinds.relative(place[0]), place[1])

    def is_left(self, path: str, touched: dict[str, Touched]) -> bool:
        """Whether a change is told: not what is made for the test, or of a fixture, or within what is removed."""
        if touched[path].place is None and path not in self.databases:
            return False
        if path in self.temporary or path in self.closed:
            return False
        return not any(
            above in self.closed or (above in touched and self.look(above) is None) for above in _above(path)
        )

    def is_within(self, path: str, touched: dict[str, Touched]) -> bool:
        """Whether it is in a folder that was made in this test."""
        return any(above in touched and touched[above].was is None for above in _above(path))

    def shown(self, path: str) -> Path:
        """How a path is told: the same in each run, and without the names of folders that were made for one.

        ./data/x.csv, ~/.tool/x.db, …/x.csv in a temporary folder
        """
        made = next((above for above in _above(path) if above in self.temporary), None)
        if made is not None:
            return "…" + path[len(made) :].replace(os.sep, "/")
        real = _join(os.path.realpath(_dirname(path)), os.path.basename(path))  # noqa: PTH119 -- it may be a link
        for folder, short in ((self.kinds.root, "."), (self.home, "~")):
            if real.startswith(_join(folder, "")):
                real = short + real[len(folder) :]
        return real.replace(os.sep, "/")

    def put_back(self, found: list[str], changed: list[str], touched: dict[str, Touched]) -> None:
        """Put back what is wanted, with all that is in it.

        Nothing at all if something cannot be given its contents again: what has been moved elsewhere, and is taken
        away there, might be the only copy.
        """
        wanted = self.wanted
        if wanted is None or self.too_many or any(isinstance(touched[path].was, tuple) for path in changed):
            return
        roots = [path for path in found if wanted(self.shown(path))]
        inside = tuple(_join(root, "") for root in roots)
        self.asleep = True
        try:
            for path in sorted(path for path in changed if path in roots or path.startswith(inside)):
                restore(path, touched[path].was)
        finally:
            self.asleep = False


def _above(path: str) -> Iterator[str]:
    """The folders that a path is in, the innermost first."""
    while path != _dirname(path):
        path = _dirname(path)
        yield path


def _stamp(path: str) -> Stamp:
    try:
        found = _lstat(path)
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)


def restore(path: str, was: State) -> None:
    """Let there be what was at a path, nothing or a folder or a file. What cannot be is left."""
    import shutil

    try:
        found = _lstat(path)
    except OSError:
        found = None
    try:
        if found is not None and was is None:
            (shutil.rmtree if stat.S_ISDIR(found.st_mode) else os.unlink)(path)
        elif was == FOLDER:
            os.makedirs(path, exist_ok=True)  # noqa: PTH103
        elif isinstance(was, bytes):
            with _open(path, "wb") as file:
                file.write(was)
    except OSError:
        return
