"""The file that ``isolator observe`` leaves, read for ``check`` and ``fix``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codemods.context import Context
from codemods.regular import read_text
from isolator.evidence.context import informed
from isolator.evidence.model import Evidence, from_json
from isolator.evidence.rebasing import rebased
from isolator.project.discovery import shown
from isolator.project.project import Project
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
        seen = path.stat().st_mtime
        evidence = from_json(read_text(path))
    except (OSError, ValueError, RecursionError) as error:
        reason = (error.strerror or error) if isinstance(error, OSError) else error
        tell(f"{shown(path)}: not used: {reason}; run `isolator observe` again")
        return None
    bases = [project.pytest.file.parent] if project.pytest.file else []
    return rebased(evidence, (*bases, project.root), project.root), seen


def _changed(root: Path, evidence: Evidence, seen: float) -> set[str]:
    """The files with leaks that were written, or have gone, since they were watched."""
    return {file for file in {leak.file for leak in evidence.leaks} if file and not _is_older(root / file, seen)}


def _as_watched(tests: frozenset[str], root: Path, seen: float) -> frozenset[str]:
    """Those tests whose files are still what they were when they were watched."""
    files = {test.partition("::")[0] for test in tests}
    same = {file for file in files if _is_older(root / file, seen)}
    return frozenset(test for test in tests if test.partition("::")[0] in same)


def _is_older(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime <= moment
    except OSError:
        return False
