"""Files that runs of pytest leave behind: named, and put back, so that each run finds what the first one found.

git is asked what it sees of the folder before the first run and after each. What was as in the index and is not any
more, or is new, was left by a run; or by somebody who worked there meanwhile, so that it is moved to ``.isolator/left``
and not deleted. Then the index gives what it has.

- A file with changes before the run is the user's: if a run changes it again, that is only reported.
- What git ignores is moved away, too, if it is new and no cache. What was there before cannot be put back: a file that
  changes is reported. In a directory that git ignores as a whole, and that was there before, nothing is looked at.
- Bytecode, caches and measured coverage are not looked at, ignored or not.
- A report that pytest is told to write (``--junitxml=report.xml``) stays.
- A directory that appeared is removed once it is empty: a test may look whether it is there.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from isolator.project.pytest_config import find_pytest_config
from isolator.project.toml import SettingsError
from isolator.system.files.workdir import NAME, work_folder

# Nothing is locked, and no program that the configuration of a repository names is started.
_GIT = ("git", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false")
_STATUS = (
    *("status", "--porcelain", "-z", "--no-renames"),
    *("--untracked-files=all", "--ignored=matching", "--ignore-submodules=all", "--", "."),
)
# Those that git knows nothing of, the empty ones, too; what is in one that is named is not named.
_FOLDERS = ("ls-files", "--others", "--directory", "--exclude-standard", "--full-name", "-z")
_CACHES = {"__pycache__", ".pytest_cache", NAME}
# What is made once and used again, by tools, if git ignores it.
_KEPT_AS_IGNORED = re.compile(r".*cache.*|\.hypothesis|\.tox|\.nox|\.eggs|.*\.egg-info|node_modules|htmlcov|\.?venv")
_KEPT = 3  # sessions of which what was left is kept
_NAMED = 3  # files in a line

_IGNORED = "!!"
_NEW = ("??", _IGNORED)

_State = tuple[str, int, int, int]  # as git says it; size, time and identity of the file


_NOTHING: _State = ("", 0, 0, 0)


class Leftovers:
    """What runs leave in a folder. ``left`` says of each file, by its path in the work tree, what became of it.

    ``top`` is that of the work tree; None where there is none, or no git, so that nothing is known.
    """

    def __init__(self, folder: Path, arguments: Sequence[str], tell: Callable[[str], None]) -> None:
        self.left: dict[str, str] = {}
        self._folder, self._tell = folder, tell
        self._reports = set(_reports(folder, arguments))
        self._streams = set(_streams())
        found = _git(folder, "rev-parse", "--show-toplevel")
        self.top = None if found is None else Path(os.fsdecode(found.rstrip(b"\n")))
        self._before, self._folders_before = self._now(), self._folders()

    def put_back(self) -> None:
        """Name what has changed since the last time, and put it back; no run is going on."""
        if self.top is None:
            return
        known = set(self.left)
        self._put_files_back()
        for folder in sorted(self._folders() - self._folders_before):
            if _remove_empty(self.top / folder):
                self.left[folder] = "appeared; removed, because it is empty"
        self._say([path for path in self.left if path not in known])

    def _put_files_back(self) -> None:
        before, now = self._before, self._now()
        changed = [path for path in {**before, **now} if now.get(path) != before.get(path)]
        for path in changed:
            if not self._is_wanted(path):
                self.left[path] = self._undone(path, before.get(path, _NOTHING)[0], now.get(path, _NOTHING)[0])
        self._before = self._now() if changed else now

    def lines(self) -> tuple[str, ...]:
        """What was left, a line a file."""
        return tuple(f"{path} {what}" for path, what in self.left.items())

    def _undone(self, path: str, before: str, status: str) -> str:
        """Undo what was done to a file, and say what became of it: what git said of it before, and says now."""
        if before == _IGNORED:
            return "changed; not restored, because git ignores it and has no copy"
        if before:
            return "changed; not restored, because it had uncommitted changes before"
        if status not in _NEW and (status[0] != " " or status[1] not in "MDT"):
            return "changed, and so did git's index; not restored"
        try:
            self._move(path)
        except OSError as error:
            return f"changed; not restored, because it cannot be moved: {error.strerror or error}"
        if status in _NEW:
            return f"appeared; moved to {NAME}/left"
        assert self.top is not None
        done = _git(self.top, "checkout-index", "--force", "--quiet", "--", path)
        became = "cannot be restored" if done is None else "restored from git"
        return f"changed; {became}; the changed file is in {NAME}/left"

    def _move(self, path: str) -> None:
        """Move what is there to where it is kept. Raises OSError."""
        assert self.top is not None
        found = self.top / path
        if not os.path.lexists(found):
            return
        aside = self._aside / path
        aside.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(aside):
            (shutil.rmtree if aside.is_dir() and not aside.is_symlink() else os.unlink)(aside)
        shutil.move(found, aside)

    @property
    def _aside(self) -> Path:
        """Where what is left is kept, in a folder for each session, of which the last few stay."""
        above = (each for each in (self._folder, *self._folder.parents) if (each / NAME).is_dir())
        left = work_folder(next(above, self._folder)) / "left"
        session = left / _SESSION
        if not session.is_dir():
            session.mkdir(parents=True)
            for old in sorted(each for each in left.iterdir() if each.is_dir())[:-_KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        return session

    def _say(self, paths: Sequence[str]) -> None:
        for what in dict.fromkeys(self.left[path] for path in paths):
            files = [path for path in paths if self.left[path] == what]
            more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
            self._tell(f"while the tests ran, {', '.join(files[:_NAMED])}{more} {what}")

    def _now(self) -> dict[str, _State]:
        """The files that are not as in the index."""
        said = None if self.top is None else _git(self._folder, *_STATUS)
        found = {}
        for entry in (said or b"").split(b"\0"):
            status, path = os.fsdecode(entry[:2]), os.fsdecode(entry[3:]).rstrip("/")
            look = _look(Path(self.top or "", path))
            if not path or look[-1] in self._streams or _is_cache(path, ignored=status == _IGNORED):
                continue
            is_folder = status == _IGNORED and Path(self.top or "", path).is_dir()
            found[path] = (status, 0, 0, 0) if is_folder else (status, *look)
        return found

    def _folders(self) -> set[str]:
        """The directories below the folder of which git knows no file."""
        said = None if self.top is None else _git(self._folder, *_FOLDERS)
        entries = (os.fsdecode(entry) for entry in (said or b"").split(b"\0"))
        return {entry for entry in entries if entry.endswith("/") and not _is_cache(entry.rstrip("/"), ignored=False)}

    def _is_wanted(self, path: str) -> bool:
        """Whether pytest was told to write it."""
        name = os.path.relpath(Path(self.top or "", path), self._folder).replace(os.sep, "/")
        return name in self._reports or any(name.startswith(f"{each}/") for each in self._reports)


@contextmanager
def leftovers(folder: Path, arguments: Sequence[str], tell: Callable[[str], None]) -> Iterator[Leftovers]:
    """What runs leave while this lasts; the last of it is put back at the end, however that comes."""
    found = Leftovers(folder, arguments, tell)
    try:
        yield found
    finally:
        found.put_back()


_SESSION = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{os.getpid()}"


def _git(folder: Path, *words: str) -> bytes | None:
    """What git says; None if there is no git, or it fails."""
    # A hook of git runs with variables that name another work tree, or another index.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        run = subprocess.run([*_GIT, *words], cwd=folder, env=environment, capture_output=True, check=False)
    except OSError:
        return None
    return run.stdout if run.returncode == 0 else None


def _look(path: Path) -> tuple[int, int, int]:
    try:
        status = path.lstat()
    except OSError:
        return 0, 0, 0
    return status.st_size, status.st_mtime_ns, status.st_ino


def _remove_empty(folder: Path) -> bool:
    """Remove a directory in which there is nothing but directories; whether there was one."""
    try:
        for path, _, _ in os.walk(folder, topdown=False):
            Path(path).rmdir()  # which fails for one that has something in it
    except OSError:
        return False
    return True


def _streams() -> Iterator[int]:
    """The files that stdout and stderr go to, as in `isolator confirm 2> log.txt`."""
    for descriptor in (1, 2):
        with contextlib.suppress(OSError):
            yield os.fstat(descriptor).st_ino


def _is_cache(path: str, *, ignored: bool) -> bool:
    parts = path.split("/")
    if ignored and any(map(_KEPT_AS_IGNORED.fullmatch, parts)):
        return True
    return not _CACHES.isdisjoint(parts) or parts[-1].startswith(".coverage") or parts[-1].endswith(".pyc")


def _reports(folder: Path, arguments: Sequence[str]) -> Iterator[str]:
    """What options may name: ``--junitxml=a.xml``, ``--junitxml a.xml``, ``--cov-report=xml:a.xml``."""
    try:
        words = (*find_pytest_config(folder).addopts, *arguments)
    except SettingsError:
        words = tuple(arguments)
    for option, word in zip(("", *words), words, strict=False):
        value = word.partition("=")[2]
        if not word.startswith("--"):
            is_value = option.startswith("--") and "=" not in option and not _has_tests(folder / word)
            value = word if is_value else ""
        if value:
            yield os.path.normpath(re.sub(r"^[\w-]+:(?=[^\\/])", "", value)).replace(os.sep, "/")


def _has_tests(path: Path) -> bool:
    """Whether a word after an option is rather what pytest collects: ``--strict-markers tests``."""
    inside = (found for depth in ("*.py", "*/*.py", "*/*/*.py") for found in path.glob(depth))
    return path.suffix == ".py" or "::" in path.name or next(inside, None) is not None
