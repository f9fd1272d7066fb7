"""From the paths that the user gave to the files to read."""

from __future__ import annotations

import ast
import fnmatch
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codemods.python.regular import NOT_REGULAR, read_bytes
from isolator.project.gitignore import Ignores, ignores_above, with_slash
from isolator.project.project import Project, normal

_PYTHON = (".py", ".pyi", ".pyw")


@dataclass(frozen=True, slots=True)
class File:
    """One file to look at: ``path`` opens it and is what the user is shown, ``name`` is relative to the root.

    ``tests`` are the tests asked for, without the path, or None for all. ``problem`` says why there is nothing
    to read; a file that ``may_be_new`` counts as empty if it does not exist. One that is not ``named`` was found in a
    directory.
    """

    path: str
    name: str
    tests: tuple[str, ...] | None = None
    problem: str | None = None
    may_be_new: bool = False
    named: bool = True


def split_node_id(word: str) -> tuple[str, str | None]:
    """The path and the test of a node id, without its parameters; a plain path has no test."""
    path, _, test = word.partition("::")
    return path, test.partition("[")[0] or None


def find_files(words: Sequence[str], project: Project, conftest: str | None = None) -> list[File]:
    """The files that paths and node ids mean, each once, in the order of the words and then of their names.

    In a directory these are the files that pytest would collect, and each conftest.py. ``conftest``, relative to
    the root, is added if a directory that was searched holds it, also if it does not exist yet.
    """
    search = _Search(project)
    found: dict[str, File] = {}
    for word in words:
        path, test = split_node_id(word)
        for real, file in search.files(path, test):
            key = _shared(real.removeprefix(search.real_root), file.name)
            found[key] = _both(found[key], file) if key in found else file
    if conftest is not None:
        for real, file in search.conftest(conftest):
            found.setdefault(real.removeprefix(search.real_root), file)
    return list(found.values())


def _shared(text: str, other: str) -> str:
    """The text; if the other is equal, that one: of many files it need not be kept twice."""
    return other if text == other else text


def _both(one: File, other: File) -> File:
    named = one.named or other.named
    if one.tests is None or other.tests is None:
        return replace(one, tests=None, named=named)
    return replace(one, tests=tuple(dict.fromkeys(one.tests + other.tests)), named=named)


@dataclass(frozen=True)
class _Directory:
    """``shown`` is a prefix for the user, ``full`` the absolute path, ``real`` the same without links: ``/`` last."""

    shown: str
    full: str
    real: str
    exclude: Ignores
    ignores: Ignores

    def leaves_out(self, path: str) -> bool:
        return self.exclude.ignore(path) or self.ignores.ignore(path)

    def below(self, name: str) -> _Directory:
        shown, full, real = f"{self.shown}{name}{os.sep}", f"{self.full}{name}/", f"{self.real}{name}/"
        return _Directory(shown, full, real, self.exclude, self.ignores)


class _Search:
    """One search of the disk; it remembers where it has been, so that a link cannot lead it in a circle.

    ``real_root`` is the root of the project without links, ``/`` last.
    """

    def __init__(self, project: Project) -> None:
        self._root = with_slash(project.root)
        self.real_root = with_slash(_real(project.root))
        self._exclude = project.exclude
        self._is_test = _Matcher(project.pytest.python_files)
        self._is_skipped = _Matcher((*project.pytest.norecursedirs, ".*", "__pycache__", "node_modules"))
        self._searched: list[_Directory] = []

    def files(self, path: str, test: str | None) -> Iterator[tuple[str, File]]:
        """The files that one path means, each with its real path."""
        full = normal(Path(path))
        if full.is_dir() and test is None:
            start = self._start(full)
            self._searched.append(start)
            yield from self._below(start, named=True)
            return
        problem = None
        if full.is_file():
            problem = _not_python(full)
        elif full.exists():
            problem = "is a directory, a node id begins with a file" if full.is_dir() else NOT_REGULAR
        name = full.as_posix().removeprefix(self._root)
        yield _real(full).as_posix(), File(shown(full), name, (test,) if test else None, problem)

    def conftest(self, name: str) -> Iterator[tuple[str, File]]:
        """The conftest of that name, if a directory that was searched holds it."""
        full = normal(Path(self._root, name))
        if any(full.as_posix().startswith(directory.full) for directory in self._searched):
            yield _real(full).as_posix(), File(shown(full), name, may_be_new=True)

    def _start(self, full: Path) -> _Directory:
        path = shown(full)
        prefix = "" if path == "." else path.rstrip(os.sep) + os.sep
        # Who names an excluded directory wants it searched.
        exclude = Ignores() if self._exclude.ignore(with_slash(full)) else self._exclude
        return _Directory(prefix, with_slash(full), with_slash(_real(full)), exclude, ignores_above(full))

    def _below(self, directory: _Directory, named: bool = False) -> Iterator[tuple[str, File]]:
        try:
            with os.scandir(directory.full) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            problem = f"cannot be searched: {error.strerror}"
            yield directory.real, File(directory.shown or ".", directory.full, problem=problem)
            return
        names = {entry.name for entry in entries}
        if not named and is_environment(directory.full, names):
            return
        if ".gitignore" in names:
            if any(entry.name == ".gitignore" and _is_special(entry) for entry in entries):
                path = f"{directory.full}.gitignore"
                yield path, File(f"{directory.shown}.gitignore", path, problem=NOT_REGULAR)
            directory = replace(directory, ignores=directory.ignores.plus_file(directory.full))
        for entry in entries:
            if _is_directory(entry):
                if not self._is_skipped(entry.name, directory.full):
                    yield from self._directory(entry, directory)
            elif entry.name.endswith(".py"):
                yield from self._file(entry, directory)

    def _file(self, entry: os.DirEntry[str], directory: _Directory) -> Iterator[tuple[str, File]]:
        full, real = directory.full + entry.name, directory.real + entry.name
        if entry.name != "conftest.py" and not self._is_test(entry.name, directory.full):
            return
        if entry.is_symlink():
            real = _real(Path(real)).as_posix()
            if not real.startswith(self.real_root):
                return
        elif not entry.is_file():
            return
        if not directory.leaves_out(full):
            path = directory.shown + entry.name
            yield real, File(path, _shared(full.removeprefix(self._root), path), named=False)

    def _directory(self, entry: os.DirEntry[str], directory: _Directory) -> Iterator[tuple[str, File]]:
        below = directory.below(entry.name)
        if directory.leaves_out(below.full):
            return
        if entry.is_symlink():
            below = replace(below, real=with_slash(_real(Path(below.full))))
            if not below.real.startswith(self.real_root) or self._overlaps(below.real):
                return
            self._searched.append(below)
        yield from self._below(below)

    def _overlaps(self, real: str) -> bool:
        return any(real.startswith(done.real) or done.real.startswith(real) for done in self._searched)


def _not_python(full: Path) -> str | None:
    """Why a file that was named is not looked at: its name says that it is something else, or it has to be tried."""
    if full.suffix:
        return None if full.suffix in _PYTHON else f"is not a Python file: its name ends in {full.suffix}, not in .py"
    try:
        ast.parse(read_bytes(full))
    except (SyntaxError, ValueError):
        return "is not a Python file: its name does not end in .py, and it is not valid Python"
    except (OSError, RecursionError, MemoryError):  # who reads it says what is wrong
        return None
    return None


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_environment(directory: str, names: Collection[str]) -> bool:
    """Whether a directory that holds these names is an environment of venv or conda; a recipe of conda is none."""
    return "pyvenv.cfg" in names or ("conda-meta" in names and Path(directory, "conda-meta", "history").is_file())


def _is_special(entry: os.DirEntry[str]) -> bool:
    """Whether this is a pipe, a socket or a device; a link that leads nowhere is none."""
    return not (entry.is_file() or _is_directory(entry) or entry.is_symlink())


def _real(path: Path) -> Path:
    # Path.resolve raises for a link to itself before Python 3.13.
    return Path(os.path.realpath(path))


def shown(full: Path) -> str:
    """What the user is shown: the path relative to the current directory if it is below it, else the absolute one."""
    try:
        return str(full.relative_to(Path.cwd()))
    except ValueError:
        return str(full)


class _Matcher:
    """pytest's globs: one without a ``/`` is about the last part of a path, any other about the whole of it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        flags = re.IGNORECASE if os.name == "nt" else 0
        names = [pattern for pattern in patterns if "/" not in pattern]
        paths = [pattern if pattern.startswith("/") else f"*/{pattern}" for pattern in patterns if "/" in pattern]
        self._name = re.compile("|".join(map(fnmatch.translate, names)) or r"(?!)", flags)
        self._path = re.compile("|".join(map(fnmatch.translate, paths)), flags) if paths else None

    def __call__(self, name: str, directory: str) -> bool:
        if self._name.match(name):
            return True
        return self._path is not None and self._path.match(directory + name) is not None
