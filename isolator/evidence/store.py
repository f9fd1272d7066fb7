"""The file that ``isolator observe`` leaves, read for ``check`` and ``fix``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codemods.context import Context
from isolator.evidence.context import informed
from isolator.evidence.model import Evidence, from_document
from isolator.evidence.rebasing import rebased
from isolator.project.discovery import shown
from isolator.project.project import Project
from isolator.system.files.stored import UnusableError, read_document
from isolator.system.visible import tell


def from_file(path: Path, project: Project, accept_initializers: bool = False) -> Context:
    """The project's context with what the file holds; without, and with a line on stderr, if that cannot be used.

    Raises SettingsError as ``Project.context`` does.
    """
    context, read = project.context(), read_evidence(path, project)
    if read is None:
        return context
    evidence, seen = read
    told = informed(context, evidence, accept_initializers, _changed(project.root, evidence, seen))
    return replace(told, calm=_as_watched(told.calm, project.root, seen), watched=seen)


def read_evidence(path: Path, project: Project) -> tuple[Evidence, float] | None:
    """What the file holds, in the terms of the project, and when it was written (seconds since the epoch).

    None, and a line on stderr, if that cannot be used.
    """
    try:
        evidence, seen = load_evidence(path)
    except UnusableError as error:
        tell(f"{shown(path)}: not used: {error.reason}; run `isolator observe` again")
        return None
    return rebased(evidence, (project.pytest_root, project.root), project.root), seen


def load_evidence(path: Path) -> tuple[Evidence, float]:
    """What the file holds, as it stands there, and when it was written. Raises UnusableError."""
    seen = _written(path) or 0.0  # before it is read: what is written in that moment counts as newer
    return read_document(path, from_document, "is not evidence of isolator"), seen


def written_after(path: Path, moment: float) -> bool:
    """Whether a file was written after a moment (seconds since the epoch), or is gone."""
    written = _written(path)
    return written is None or written > moment


def _written(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _changed(root: Path, evidence: Evidence, seen: float) -> set[str]:
    """The files with leaks that were written, or have gone, since they were watched."""
    files = {leak.file for leak in evidence.leaks if leak.file}
    return {file for file in files if written_after(root / file, seen)}


def _as_watched(tests: frozenset[str], root: Path, seen: float) -> frozenset[str]:
    """Those tests whose files are still what they were when they were watched."""
    files = {test.partition("::")[0] for test in tests}
    same = {file for file in files if not written_after(root / file, seen)}
    return frozenset(test for test in tests if test.partition("::")[0] in same)
