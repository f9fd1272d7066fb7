"""Projects inside a project: each file goes by the nearest settings above it, as in ruff."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.context import Context
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.engine import Rewrite, Selection
from isolator.project.conftests import above
from isolator.project.discovery import File, find_files
from isolator.project.gitignore import with_slash
from isolator.project.project import Project, load_project, normal
from isolator.project.settings import find_settings

if TYPE_CHECKING:
    from isolator.project.others.changed_lines import Lines

WorkOn = Callable[..., Rewrite]  # ``engine.check`` or ``engine.rewrite``


@dataclass(frozen=True)
class Part:
    """A project: ``prefix`` is what the names of its files begin with, seen from the outermost root."""

    prefix: str
    context: Context
    selection: Selection


@dataclass(frozen=True)
class Parts:
    """What is done to a file: what the settings nearest to it say; the deepest part comes first."""

    work_on: WorkOn
    parts: tuple[Part, ...]

    def __call__(self, data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite:
        part = self.of(path)
        inner = path.removeprefix(part.prefix)
        selection = part.selection.in_file(f"{with_slash(part.context.root)}{inner}")
        work_on = self.work_on if selection.lines is None else _on_changed_lines(self.work_on)
        made = work_on(data, inner, context=part.context, selection=selection, tests=tests)
        if not part.prefix:
            return made
        return replace(made, path=path, fixed=_below(part.prefix, made.fixed), left=_below(part.prefix, made.left))

    def of(self, path: str) -> Part:
        """The part that a file belongs to."""
        return next(part for part in self.parts if path.startswith(part.prefix))

    def only(self, files: Sequence[File]) -> Parts:
        """The same for some files: of the conftests only those above them, which is little to send."""
        names: dict[str, list[File]] = {}
        for file in files:
            part = self.of(file.name)
            names.setdefault(part.prefix, []).append(replace(file, name=file.name.removeprefix(part.prefix)))
        kept = (replace(p, context=above(names[p.prefix], p.context)) for p in self.parts if p.prefix in names)
        return replace(self, parts=tuple(kept))

    def on_lines(self, changed: Mapping[str, Lines] | None) -> Parts:
        """The same with findings on these lines of each file only, by its absolute path; None for all."""
        if changed is None:
            return self
        parts = (replace(part, selection=replace(part.selection, changed=changed)) for part in self.parts)
        return replace(self, parts=tuple(parts))

    def without(self, units: frozenset[str], cells: frozenset[str] = frozenset()) -> Parts:
        """The same with some units left as they are, and no fixture for some cells."""
        parts = []
        for part in self.parts:
            inside = frozenset(unit.removeprefix(part.prefix) for unit in units)
            context = _sparing(part.context, cells) if cells else part.context
            parts.append(replace(part, context=context, selection=replace(part.selection, without=inside)))
        return replace(self, parts=tuple(parts))


def _sparing(context: Context, cells: frozenset[str]) -> Context:
    """The context as if these cells were not known to make tests fail."""
    leaked, caches = (tuple(c for c in each if c not in cells) for each in (context.leaked, context.caches))
    return replace(context, leaked=leaked, caches=caches)


def _on_changed_lines(work_on: WorkOn) -> WorkOn:
    from isolator.engine.choosing import changed

    known: dict[WorkOn, WorkOn] = {engine.check: changed.check, engine.rewrite: changed.rewrite}
    return known.get(work_on, work_on)


def _below(prefix: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of a part, with the node ids that their tests have from the outermost root."""
    return tuple(f if f.test is None else replace(f, test=f"{prefix}{f.test}") for f in findings)


def nested_projects(files: Sequence[File], project: Project) -> list[Project]:
    """The projects below the root whose settings are the nearest of some file, the deepest first.

    There are none if the user named the file of settings. Raises SettingsError for settings that cannot be used.
    """
    if project.overrides.file is not None:
        return []
    roots: set[Path] = set()
    seen: set[Path] = set()
    for folder in dict.fromkeys(Path(project.root, file.name).parent for file in files):
        for directory in (folder, *folder.parents):
            if directory in seen or project.root not in directory.parents:
                break
            seen.add(directory)
            if find_settings(directory, project.overrides.values) is not None:
                roots.add(directory)
    deepest_first = sorted(roots, key=lambda root: len(root.parts), reverse=True)
    return [load_project([str(root)], project.overrides) for root in deepest_first]


def without_excluded(files: Sequence[File], nested: Sequence[Project]) -> list[File]:
    """The files without those that were found in a directory and that the nearest settings exclude."""
    if not nested:
        return list(files)
    excluding = [(with_slash(each.root), each.exclude) for each in nested]

    def excluded(file: File) -> bool:
        full = normal(Path(file.path)).as_posix()
        nearest = next((ignores for root, ignores in excluding if full.startswith(root)), None)
        return nearest is not None and not file.named and nearest.ignore(full)

    return [file for file in files if not excluded(file)]


def outside(files: Sequence[File], project: Project) -> int:
    """How many other test files the project has."""
    seen = {file.name for file in files}
    return sum(1 for file in _tests(project) if file.name not in seen)


def _tests(project: Project) -> Iterator[File]:
    found = find_files([str(project.root)], project)
    return (file for file in found if file.problem is None and not file.name.endswith("conftest.py"))
