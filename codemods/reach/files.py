"""The Python files of a source tree, listed once a run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codemods.python.words import positions

_NO_SOURCE = frozenset({"node_modules", "site-packages", "dist-packages", "__pycache__"})
_BUILT = frozenset({"build", "dist"})  # unless they are packages
_MARKS = frozenset({"pyvenv.cfg", "conda-meta"})
# Folders and files that hold no code under test.
_APART = frozenset(
    {
        "tests",
        "test",
        "docs",
        "doc",
        "examples",
        "example",
        "benchmarks",
        "scripts",
        "setup.py",
        "noxfile.py",
    }
)
_LARGEST = 2_000_000  # bytes: what is larger was generated, and holds data


@dataclass(frozen=True)
class SourceFile:
    """A file by its absolute path with ``/``; ``shared`` says that code under test may be in it:
    no test, no script.
    """

    path: str
    shared: bool

    def read(self) -> bytes:
        """Its contents; nothing if it cannot be read or is not source code."""
        try:
            with open(self.path, "rb") as file:  # noqa: PTH123 - a third of the time of Path.read_bytes
                if os.fstat(file.fileno()).st_size > _LARGEST:
                    return b""
                return file.read()
        except OSError:
            return b""


@dataclass(frozen=True, eq=False)
class Files:
    """The files below some roots, which are absolute; a module is looked up in the roots in that
    order.
    """

    roots: tuple[str, ...]
    by_path: dict[str, SourceFile]

    def module(self, names: tuple[str, ...], folders: tuple[str, ...]) -> SourceFile | None:
        """The file of a module or a package below one of the folders."""
        below = "/".join(names)
        for folder in folders:
            for end in ("/__init__.py", ".py"):
                found = self.by_path.get(f"{folder}/{below}{end}")
                if found is not None:
                    return found
        return None

    def folder(self, names: tuple[str, ...], folders: tuple[str, ...]) -> bool:
        """Whether there is a folder of that name with Python files in or below it: a package
        without a file.
        """
        return any(f"{folder}/{'/'.join(names)}" in self._folders for folder in folders)

    @property
    def _folders(self) -> frozenset[str]:
        return _folders_of(self)


@lru_cache(maxsize=4)
def _folders_of(files: Files) -> frozenset[str]:
    found: set[str] = set()
    for path in files.by_path:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(found)


@lru_cache(maxsize=2)
def files_of(roots: tuple[Path, ...], run: int) -> Files:
    """The source files below some roots; ``run`` is the number of the run, so that a later one
    lists them again.
    """
    del run
    found: dict[str, SourceFile] = {}
    for root in roots:
        for path in _python_files(str(root)):
            if path not in found:
                parts = path[len(root.as_posix()) + 1 :].split("/")
                found[path] = SourceFile(path, _is_shared(parts))
    return Files(tuple(root.as_posix() for root in roots), found)


def _is_shared(parts: list[str]) -> bool:
    name = parts[-1]
    if name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py"):
        return False
    return _APART.isdisjoint(parts)


def _python_files(folder: str) -> Iterator[str]:
    """The files below a folder, without what is hidden, installed or built there; links to
    folders are not followed.
    """
    todo = [folder]
    while todo:
        here = todo.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if here != folder and not _MARKS.isdisjoint(names):
            continue
        if os.path.basename(here) in _BUILT and "__init__.py" not in names and here != folder:  # noqa: PTH119
            continue
        for entry in entries:
            if entry.name.endswith(".py"):
                if entry.is_file():
                    yield entry.path.replace(os.sep, "/")
            elif (
                entry.name[0] != "."
                and entry.name not in _NO_SOURCE
                and entry.is_dir(follow_symlinks=False)
            ):
                todo.append(entry.path)


# What may write: an assignment to an item, the methods that change it, a deletion, another name for
# the environment, and its being passed to a function that does not just copy it.
_WORDS = (b"environ", b"tenv(", b"load_dotenv", b"read_env")
_WRITES = re.compile(
    rb"environb?\s*\[(?:[^\[\]\n]*\]\s*(?:[-+*/%&|^@<>]{0,2}=(?!=)|[),][^\n=(]*=(?!=))|[^\]\n]*[\[\n])"
    rb"|environb?\s*\.\s*(?:pop|popitem|update|setdefault|clear|__\w+__)\b|environb?\s*(?:\|=|\\\r?\n)"
    rb"|\bdel\s[^\n]*environ|\bfor\s[^\n]*environb?\s*\["
    rb"|=\s*(?:\w+\s*\.\s*)?environb?[ \t]*(?:#[^\n]*)?\r?(?:\n|$)|environb?\s+as\b"
    rb"|(?:[,=]|(?<!dict)(?<!copy)(?<!sorted)(?<!len)(?<!list)\()\s*(?:\w+\s*\.\s*)?environb?\s*[,)]"
    rb"|\b(?:putenv|unsetenv)\s*\(|\bload_dotenv\b|\bread_env(?:file)?\b"
)


def may_write(data: bytes) -> bool:
    """Whether the bytes of a file may write to the environment; yes may be wrong."""
    return any(_WRITES.search(data, *_around(data, at)) for at in positions(data, *_WORDS))


def _around(data: bytes, at: int) -> tuple[int, int]:
    """The line of a position, with the one before it, on which a call may begin, and the one
    after.
    """
    start = data.rfind(b"\n", 0, max(data.rfind(b"\n", 0, at), 0))
    end = data.find(b"\n", data.find(b"\n", at) + 1) if data.find(b"\n", at) >= 0 else -1
    return start + 1, len(data) if end < 0 else end + 1
