"""The Python files of a project: those of its tests, and the modules that these import."""

from __future__ import annotations

import glob
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from codemods.context import Context
from codemods.python.regular import read_bytes
from codemods.python.source import Source
from isolator.engine.engine import UnreadableError, read
from isolator.project.discovery import find_files
from isolator.project.project import Project, normal

_TEST_FOLDERS = frozenset({"test", "tests", "testing"})
_IMPORTS = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)|import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*))", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A file of the code under test, and its dotted name; ``root`` is the directory that this name starts from.

    ``usual``: isolator looks modules up in that directory by itself.
    """

    file: str
    name: str
    root: str
    usual: bool


class Files:
    """The files, read once; their names are relative to the root of the project, with ``/``.

    ``tests`` are files that pytest would collect, ``helpers`` each conftest.py and files in a folder of tests;
    ``with_tests`` are the tests and those of the helpers that run with them. ``problems`` has a line for each file
    that is not valid Python and was wanted.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._sources: dict[str, Source | None] = {}
        self.problems: list[str] = []
        anything = replace(project.pytest, python_files=("*.py",))
        everything = find_files([str(project.root)], replace(project, pytest=anything))
        self.data = {file.name: data for file in everything if (data := _content(project.root / file.name)) is not None}
        paths = _test_paths(project)
        found = {file.name for file in find_files(paths, project)}
        below = tuple(_relative(path, project.root) for path in paths if project.root in Path(path).parents)
        self.tests = [name for name in self.data if name in found and not _is_conftest(name)]
        tests = set(self.tests)
        self.helpers = [n for n in self.data if n not in tests and (_is_helper(n) or n.startswith(below))]
        # What lies elsewhere, another suite perhaps, does not run with these tests.
        self.with_tests = [*self.tests, *(name for name in self.helpers if not below or name.startswith(below))]

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """The code under test, by file, without modules that the tests cannot import by any name that they use."""
        tests = {*self.tests, *self.helpers}
        found = (self._module(file) for file in self.data if file not in tests)
        return {module.file: module for module in found if module is not None}

    @cached_property
    def context(self) -> Context:
        """The project as the rules see it, with every directory that modules were found in."""
        context = self._project.context()
        roots = dict.fromkeys(normal(self._project.root / module.root) for module in self.modules.values())
        return replace(context, source_roots=tuple(dict.fromkeys((*context.source_roots, *roots))))

    def source(self, file: str) -> Source | None:
        """A file, parsed; None for one that is not valid Python."""
        if file not in self._sources:
            try:
                self._sources[file] = read(self.data[file], file)
            except UnreadableError as error:
                self._sources[file] = None
                self.problems.append(f"{file}: skipped: {error}")
        return self._sources[file]

    def mentioning(self, pattern: re.Pattern[bytes], files: Iterable[str]) -> Iterator[tuple[str, Source]]:
        """The files whose bytes match a pattern, parsed."""
        for file in files:
            if pattern.search(self.data[file]):
                source = self.source(file)
                if source is not None:
                    yield file, source

    @cached_property
    def _imported(self) -> frozenset[str]:
        """The first parts of all names that tests import."""
        found: set[str] = set()
        for name in (*self.tests, *self.helpers):
            for match in _IMPORTS.finditer(self.data[name]):
                for dotted in re.split(r"[ \t]*,[ \t]*", (match[1] or match[2]).decode("utf-8", "replace")):
                    found.add(dotted.partition(".")[0] or self._relative_to(name, dotted))
        return frozenset(found - sys.stdlib_module_names - {""})

    def _relative_to(self, name: str, dotted: str) -> str:
        """The first name that a relative import in a file leads to: that of the outermost package, if there is one."""
        *folders, _ = name.split("/")
        path = dotted.lstrip(".")
        level = len(dotted) - len(path)
        if level > len(folders):  # out of tests/, into a root that is a package: `from ..core import agent`
            return path.partition(".")[0]
        inside = ""
        while folders and self._is_package(folders):
            inside = folders.pop()
        return inside

    def _is_package(self, folders: list[str]) -> bool:
        return "/".join((*folders, "__init__.py")) in self.data

    def _module(self, file: str) -> Module | None:
        parts = file.removesuffix(".py").removesuffix("/__init__").split("/")
        for index, part in enumerate(parts):
            if part in self._imported and _is_dotted(parts[index:]):
                root = "/".join(parts[:index]) or "."
                usual = self._project.root / root in self._usual
                # Modules are looked up in a usual directory even if it is a package itself. A folder elsewhere may
                # just have the same name as an installed package.
                below = not self._is_package(parts[:index]) and any(t.startswith(f"{root}/") for t in self.tests)
                if usual or below:
                    return Module(file, ".".join(parts[index:]), root, usual)
        return self._of_root(file, parts)

    def _of_root(self, file: str, parts: list[str]) -> Module | None:
        """A module that tests import by the name of the project's folder: ``from project.core import agent``."""
        name = self._project.root.name
        if not self._is_package([]) or name not in self._imported:
            return None
        inside = [] if parts == ["__init__"] else parts
        return Module(file, ".".join((name, *inside)), "..", usual=False) if _is_dotted(inside) else None

    @cached_property
    def _usual(self) -> frozenset[Path]:
        return frozenset(self._project.context().source_roots)


def _is_dotted(parts: list[str]) -> bool:
    return all(map(str.isidentifier, parts))


def _content(path: Path) -> bytes | None:
    try:
        str(path).encode()
        return read_bytes(path)
    except (OSError, UnicodeEncodeError):  # a path that cannot be written into a settings file is useless here
        return None


def _relative(path: str, root: Path) -> str:
    return f"{Path(path).relative_to(root).as_posix()}/"


def _is_conftest(name: str) -> bool:
    return name.rpartition("/")[2] == "conftest.py"


def _is_helper(name: str) -> bool:
    return _is_conftest(name) or not _TEST_FOLDERS.isdisjoint(name.split("/")[:-1])


def _test_paths(project: Project) -> list[str]:
    """Where tests are: what the settings say, or pytest's ``testpaths``, or ``tests``, or everywhere."""
    told = [str(normal(project.root / each)) for each in project.settings.paths]
    base = glob.escape(str(project.pytest_root))
    patterns = [f"{base}/{each}" for each in project.pytest.testpaths]
    found = [path for pattern in patterns for path in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    usual = project.root / "tests"
    return told or found or [str(usual if usual.is_dir() else project.root)]
