"""What a page is made of, from either command."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from codemods.python.regular import read_bytes
from isolator.evidence.model import Evidence
from isolator.evidence.store import load_evidence, written_after
from isolator.project.project import Project
from isolator.project.toml import SettingsError, load_toml
from isolator.pytest_runs.model import Confirmation, Test
from isolator.repair import history as changes
from isolator.repair.deflaked import Deflaked
from isolator.repair.history import Changed, Changes
from isolator.report.findings.json import Entry, read_entries
from isolator.report.runs.deflake import fixes, left
from isolator.system.files.stored import UnusableError
from isolator.system.files.workdir import EVIDENCE, FIXES
from isolator.system.files.workdir import NAME as FOLDER
from isolator.system.visible import count


@dataclass(frozen=True)
class Material:
    """Everything that a page may show.

    ``sides`` are the confirmations, each with its name: before and after, or the one that there is. ``evidence`` is
    None where there is none to show, and ``lacking`` then says why; where there is, ``lacking`` are reasons to doubt
    it. ``findings`` are those of the rewrite, as its JSON has them. ``edited`` are files that somebody
    has changed since they were rewritten; ``source`` says whose the rewrites are, if that is not plain. ``partners``
    are tests after which others were seen to fail without a rewrite, by those others. ``untried`` are tests
    that depend on others for which no experiment was made.
    """

    command: str
    ok: bool
    sides: tuple[tuple[str, Confirmation], ...]
    project: Project
    evidence: Evidence | None = None
    lacking: str = ""
    changes: Changes = field(default_factory=Changes)
    findings: tuple[Entry, ...] = ()
    edited: tuple[str, ...] = ()
    source: str = ""
    partners: dict[str, str] = field(default_factory=dict)
    untried: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What the project is called: in its pyproject.toml, or else its folder."""
        try:
            document = load_toml(self.project.root / "pyproject.toml", b"name")
        except SettingsError:
            document = {}
        tables = [document.get("project"), _table(document.get("tool")).get("poetry")]
        named = (_table(table).get("name") for table in tables)
        return next((name for name in named if isinstance(name, str) and name), self.project.root.name)


def from_confirm(found: Confirmation, before: Confirmation | None, project: Project) -> Material:
    """What ``isolator confirm`` found, with what the latest ``observe`` and ``fix --write`` have left."""
    folder = project.root / FOLDER
    made = changes.read(folder / changes.NAME)
    seen, lacking = _evidence(project, found, before, {each.name for each in made.files.values()})
    return Material(
        command="isolator confirm",
        ok=found.ok,
        sides=(("now", found),) if before is None else (("before", before), ("after", found)),
        project=project,
        evidence=seen,
        lacking=lacking,
        changes=made,
        findings=tuple(read_entries(folder / FIXES)),
        source="What the latest `isolator fix --write` or `deflake` changed." if made.files else "",
        edited=tuple(path for path, each in made.files.items() if _is_edited(project.root / each.name, each)),
    )


def from_deflake(done: Deflaked, project: Project) -> Material:
    """What ``isolator deflake`` did."""
    before = Confirmation(done.runs_before, {n: _with_cause(t, done.explained.get(n)) for n, t in done.before.items()})
    after = Confirmation(done.runs_after, done.after)
    return Material(
        command="isolator deflake",
        ok=done.ok,
        sides=(("before", before), ("after", after)) if done.runs_after else (("now", before),),
        project=project,
        evidence=done.evidence,
        changes=done.changes,
        findings=(*fixes(done), *left(done)),
        partners={each.test: each.before[0] for each in done.needed.values() if len(each.before) == 1},
        untried=frozenset(done.before.keys() - done.explained.keys())
        if done.everything and done.wanted
        else frozenset(),
    )


def _with_cause(test: Test, explained: Test | None) -> Test:
    """A test as it was, with what an experiment that was made after the first rewrites has shown of it."""
    if explained is None or test.verdict != "order-dependent" or test.role not in (None, explained.role):
        return test
    if test.partner is not None or test.cells is not None:
        return test
    return replace(
        test,
        role=explained.role,
        partner=explained.partner,
        together=explained.together,
        cells=explained.cells,
        places=explained.places,
    )


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _evidence(
    project: Project, found: Confirmation, before: Confirmation | None, rewritten: set[str]
) -> tuple[Evidence | None, str]:
    """What the latest ``observe`` or ``deflake`` saw, or why that is not to be shown."""
    try:
        seen, moment = load_evidence(project.root / EVIDENCE)
    except UnusableError as error:
        if error.missing:
            return None, "No run was watched: `isolator observe` sees which tests pollute and which are affected."
        return None, f"{EVIDENCE} cannot be read; run `isolator observe` again."
    known = {*found.tests, *(before.tests if before is not None else ())}
    if known.isdisjoint(seen.tests or ()):
        return None, f"{EVIDENCE} is of other tests; run `isolator observe` again."
    files = {leak.file for leak in seen.leaks if leak.file is not None}
    files |= {edge.file for edge in seen.edges} | {cache.file for cache in seen.caches}
    newer = sum(written_after(project.pytest_root / file, moment) for file in files - rewritten)
    if newer:
        return seen, f"{count(newer, 'file')} changed since it was watched: lines may have moved."
    return seen, ""


def _is_edited(path: Path, file: Changed) -> bool:
    try:
        return read_bytes(path) != file.after
    except OSError:
        return True
