"""Where the modules of the source tree are: files and folders are listed, nothing is imported."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_COMPILED = (".so", ".pyd", ".pyx")


@dataclass(frozen=True)
class Module:
    """A module or a package.

    ``file`` is None for a namespace package and for a module that is not Python text;
    ``folders`` are where its submodules are, none for a plain module.
    """

    name: str
    file: Path | None
    folders: tuple[Path, ...] = ()

    @property
    def namespace(self) -> bool:
        """Whether this is a package without an ``__init__.py``."""
        return self.file is None and bool(self.folders)

    @property
    def holds_modules(self) -> bool:
        """Whether there are Python files directly in its folders."""
        return any(name.endswith(".py") for folder in self.folders for name in _listing(folder)[0])

    @property
    def package(self) -> str:
        """The package that the relative imports of its code start from."""
        return self.name if self.folders else self.name.rpartition(".")[0]


def submodule(package: Module, name: str) -> Module | None:
    """A module directly in a package, or None; a folder without ``__init__.py`` counts if
    nothing else has the name.
    """
    portions: list[Path] = []
    full = f"{package.name}.{name}" if package.name else name
    for folder in package.folders:
        files, folders = _listing(folder)
        inner = _listing(folder / name)[0] if name in folders else frozenset()
        if "__init__.py" in inner:
            return Module(full, folder / name / "__init__.py", (folder / name,))
        if any(f.endswith(_COMPILED) and f.partition(".")[0] == "__init__" for f in inner):
            return Module(full, None)
        if any(f.endswith(_COMPILED) and f.partition(".")[0] == name for f in files):
            return Module(full, None)
        if f"{name}.py" in files:
            return Module(full, folder / f"{name}.py")
        if name in folders:
            portions.append(folder / name)
    return Module(full, None, tuple(portions)) if portions else None


def submodules(package: Module) -> frozenset[str]:
    """The names of the modules and folders in a package's folders."""
    found: set[str] = set()
    for folder in package.folders:
        files, folders = _listing(folder)
        found.update(f.partition(".")[0] for f in files if f.endswith((".py", *_COMPILED)))
        found.update(f for f in folders if f.isidentifier() and f != "__pycache__")
    return frozenset(found - {"__init__"})


def _listing(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The names of the files and of the folders in a folder; none where it cannot be read."""
    try:
        return _list(folder, folder.stat().st_mtime_ns)
    except OSError:
        return frozenset(), frozenset()


@lru_cache(maxsize=4096)
def _list(folder: Path, _modified: int) -> tuple[frozenset[str], frozenset[str]]:
    with os.scandir(folder) as listing:
        entries = {entry.name: _is_directory(entry) for entry in listing}
    folders = frozenset(name for name, is_directory in entries.items() if is_directory)
    return frozenset(entries) - folders, folders


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
