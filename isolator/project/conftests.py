"""The conftest.py files above the files that are looked at, whose fixtures are around the tests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from codemods.context import Conftest, Context
from codemods.suite.conftests import read_conftests
from isolator.project.discovery import File
from isolator.project.gitignore import with_slash
from isolator.project.project import Project, normal


def conftests(files: Sequence[File], project: Project) -> tuple[Conftest, ...]:
    """The texts of the conftests that have fixtures, read before anything is written, whatever is rewritten first."""
    tops = {project.root, project.pytest_root}
    directories = {normal(Path(path)) for path in {os.path.dirname(file.path) for file in files}}  # noqa: PTH120
    return tuple(read_conftests(sorted(_with_those_above(directories, tops))))


def above(files: Iterable[File], context: Context) -> Context:
    """The same context with the conftests above these files only: that is little to send to another process."""
    by_folder = {conftest.folder: conftest for conftest in context.conftests}
    folders: set[str] = set()
    for parent in {file.name.rpartition("/")[0] for file in files}:
        folder = context.root / parent
        while (name := with_slash(folder)) not in folders:
            folders.add(name)
            folder = folder.parent
    return replace(context, conftests=tuple(by_folder[name] for name in sorted(folders & by_folder.keys())))


def _with_those_above(directories: Iterable[Path], tops: set[Path]) -> set[Path]:
    """The directories and those above them, up to the highest of the tops: pytest looks no higher."""
    found: set[Path] = set()
    for directory in directories:
        parents = (directory, *directory.parents)
        highest = max((index for index, parent in enumerate(parents) if parent in tops), default=0)
        found.update(parents[: highest + 1])
    return found
