"""A project: where its root is, and what its settings and pytest's own configuration say about it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from codemods.context import Context
from isolator.project.gitignore import Ignores, with_slash
from isolator.project.others.formatter import line_length
from isolator.project.overrides import NONE, OPTION, Overrides, PerFile
from isolator.project.pytest_config import PytestConfig, find_pytest_config
from isolator.project.settings import Settings, find_settings, read_written, settings_from
from isolator.project.tables.written import written_at
from isolator.project.toml import SettingsError, Table

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "tox.ini", ".git")


@dataclass(frozen=True)
class Project:
    """``root`` is absolute; the settings' paths, node ids and the names of files are relative to it."""

    root: Path
    settings: Settings
    pytest: PytestConfig
    overrides: Overrides = NONE

    @property
    def pytest_root(self) -> Path:
        """Where the paths of pytest's configuration begin; the root if it has none."""
        return self.root if self.pytest.file is None else self.pytest.file.parent

    @property
    def exclude(self) -> Ignores:
        """The paths to leave out; those of the command line take the place of those in the settings."""
        if self.overrides.exclude:
            return Ignores().plus(with_slash(Path.cwd()), self.overrides.exclude)
        return Ignores().plus(with_slash(self.root), self.settings.exclude)

    @property
    def per_file_ignores(self) -> tuple[str, PerFile]:
        """The rules that do not count in some files, and the folder, ``/`` last, that the patterns are relative to."""
        if self.overrides.per_file_ignores:
            return with_slash(Path.cwd()), self.overrides.per_file_ignores
        return with_slash(self.root), self.settings.per_file_ignores

    def context(self) -> Context:
        """What the rules are told. Raises SettingsError if a source directory does not exist."""
        settings = self.settings
        return Context(
            root=self.root,
            source_roots=tuple(dict.fromkeys(self._source_roots())),
            python_functions=self.pytest.python_functions,
            python_classes=self.pytest.python_classes,
            critical_env=settings.critical_env,
            preconditions=settings.preconditions,
            initializers=settings.initializers,
            caches=settings.caches,
            leaked=settings.leaked_state,
            fixture=settings.fixture,
            unittest=settings.unittest,
            transparent_decorators=settings.transparent_decorators,
            first_party=frozenset(self._first_party()),
            line_length=line_length(self.root),
        )

    def _first_party(self) -> Iterator[str]:
        """The modules and packages that stand in the source roots: ``src/app/`` and ``app.py`` are ``app``."""
        for root in self._source_roots():
            with suppress(OSError), os.scandir(root) as entries:
                for entry in entries:
                    name, _, suffix = entry.name.partition(".")
                    if name.isidentifier() and (suffix == "py" or (not suffix and entry.is_dir())):
                        yield name

    def _source_roots(self) -> Iterator[Path]:
        for directory in self.settings.source:
            source = normal(self.root / directory)
            if self.settings.file is not None and not source.is_dir():
                raise SettingsError(self.settings.file, f"source: there is no directory {directory!r}")
            yield source
        if not self.settings.source:
            named = (self.pytest_root / each for each in self.pytest.pythonpath)
            candidates = (*named, self.root / "src", self.root)
            yield from filter(Path.is_dir, map(normal, candidates))

    def default_paths(self) -> list[str]:
        """Where to look when no path is given: the settings' ``paths``, else where pytest would look.

        A directory that is to be left out is searched only if somebody names it.
        """
        exclude = self.exclude
        return [path for path in self._usual_paths() if not exclude.ignore(with_slash(normal(Path(path))))]

    def _usual_paths(self) -> list[str]:
        here = Path.cwd()
        if self.settings.paths:
            return [os.path.relpath(self.root / each, here) for each in self.settings.paths]
        if here == self.pytest_root:
            patterns = self.pytest.testpaths
            found = [path for each in patterns for path in sorted(glob.glob(each, recursive=True))]  # noqa: PTH207
            if found:
                return found
        return ["tests"] if here == self.root and Path("tests").is_dir() else ["."]


def normal(path: Path) -> Path:
    """The absolute path without ``..``, as pytest has it: links are not followed."""
    return Path(os.path.normpath(Path.cwd() / path))


def load_project(paths: Sequence[str], overrides: Overrides = NONE) -> Project:
    """The project that these files and directories belong to; the one of the current directory if there are none.

    The root is the nearest directory upwards with settings, else the one that pytest would take. If the user names the
    file of settings it is the current directory, as in ruff, or one above it that holds the paths as well. Raises
    SettingsError for a configuration file that cannot be used.
    """
    start = _common_directory([normal(Path(path)) for path in paths])
    upwards = (start, *start.parents)
    pytest = find_pytest_config(start)
    if overrides.file is not None:
        settings = read_written(written_at(normal(overrides.file)), overrides.values)
        return Project(_common_directory([Path.cwd(), start]), settings, pytest, overrides)
    for directory in upwards:
        found = find_settings(directory, overrides.values)
        if found is not None:
            return Project(directory, found, pytest, overrides)
    settings = _without_file(overrides)
    if pytest.file is not None:
        return Project(pytest.file.parent, settings, pytest, overrides)
    marked = (directory for directory in upwards if any((directory / name).exists() for name in _MARKERS))
    here = Path.cwd()
    return Project(next(marked, here if here in upwards else start), settings, pytest, overrides)


def _without_file(overrides: Overrides) -> Settings:
    """What the command line alone says."""
    if not overrides.values:
        return Settings()
    return replace(settings_from(OPTION, Table(OPTION, "", overrides.values)), file=None)


def _common_directory(paths: Sequence[Path]) -> Path:
    there = [path if path.is_dir() else path.parent for path in paths if path.exists()]
    try:
        return Path(os.path.commonpath(there)) if there else Path.cwd()
    except ValueError:  # on two drives
        return there[0]
