"""Modules that only a build writes: what the source tree lacks may still be there when the tests
run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from codemods.initializers.source_tree.modules import Module
from codemods.python.regular import read_text

_BUILD_FILES = (
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "meson.build",
    "CMakeLists.txt",
    "Cargo.toml",
    "hatch.toml",
)
_LISTS_NAMES = (
    "setup.py",
    "meson.build",
    "CMakeLists.txt",
    "Cargo.toml",
)  # names of extension modules, without dots
_PROTOCOL_BUFFERS = ("_pb2", "_pb2_grpc")


def may_be_generated(package: Module, name: str) -> bool:
    """Whether a build may write a module of that name into a package.

    That is if its name is one that protocol buffers get, if a file of the build names it
    (``version-file = "src/core/_version.py"``, ``Extension("core._speed")``), or if a .gitignore
    leaves it out.
    """
    if name.endswith(_PROTOCOL_BUFFERS):
        return True
    return any(_is_told(folder, package.name, name) for folder in package.folders)


def _is_told(folder: Path, package: str, name: str) -> bool:
    for directory in _up_to_the_top(folder):
        path = (folder / f"{name}.py").relative_to(directory).as_posix()
        if any(_leaves_out(line, path) for line in _text(directory / ".gitignore").splitlines()):
            return True
        if any(_names(directory / file, package, name) for file in _BUILD_FILES):
            return True
    return False


def _up_to_the_top(folder: Path) -> Iterator[Path]:
    """A folder and those above it, up to the top of its git repository, or to where it is built."""
    for directory in (folder, *folder.parents):
        yield directory
        if (directory / ".git").exists() or any(
            (directory / file).exists() for file in _BUILD_FILES[:3]
        ):
            return


def _names(file: Path, package: str, name: str) -> bool:
    """Whether a file of the build names the module, as a path or with dots, or alone in quotes
    in a list of such.
    """
    text = _text(file)
    if name not in text:
        return False
    last = re.escape(package.rpartition(".")[2])
    alone = rf"|[\"'(\s]{re.escape(name)}[\"')\s,]" if file.name in _LISTS_NAMES else ""
    return re.search(rf"\b{last}[./\\\\]+{re.escape(name)}\b{alone}", text) is not None


def _leaves_out(line: str, path: str) -> bool:
    """Whether a line of a .gitignore names a file, or a module without its ending, by its path
    from there.
    """
    pattern = line.strip().strip("/")
    if not pattern or pattern.startswith(("#", "!")):
        return False
    module = path.removesuffix(".py")
    parts = path.split("/")
    if "/" in pattern:
        return any(
            fnmatchcase(each, pattern) or fnmatchcase(f"/{each}", f"*/{pattern}")
            for each in (path, module)
        )
    return any(
        fnmatchcase(part, pattern)
        for part in (*parts, parts[-1].removesuffix(".py"), f"{parts[-1][:-3]}.so")
    )


def _text(file: Path) -> str:
    try:
        return read_text(file, errors="replace")
    except OSError:
        return ""
