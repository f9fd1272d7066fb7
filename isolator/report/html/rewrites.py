"""The rewrites: what was changed of each test, by which rule and why, and the tests that speak for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from isolator.project.project import Project
from isolator.repair.blame import owner
from isolator.repair.history import Changed, TakenBack
from isolator.report.findings.json import Entry
from isolator.report.findings.reported import FAILED
from isolator.report.html import sides as siding
from isolator.report.html.diff import Diff
from isolator.report.html.material import Material
from isolator.report.html.page import Back, Block, Proved, Rewrite, Row, Told

MOST = 200
_PROOFS = 8


@dataclass
class _Part:
    """What was rewritten of a unit. ``rest`` is what stands in no unit that a finding names."""

    file: Changed
    unit: str
    blocks: tuple[Block, ...] = ()
    findings: list[Entry] = field(default_factory=list)

    @property
    def rest(self) -> bool:
        return self.unit == self.file.name


@dataclass(frozen=True)
class Rewrites:
    """Those to show, ``hidden`` the number of the others, and where each unit's rewrite is shown."""

    shown: tuple[Rewrite, ...]
    hidden: int
    anchors: dict[str, str]
    project: Project

    def of(self, test: str) -> str | None:
        """Where the rewrite of a test is shown."""
        return self.anchors.get(owner(test, self.project))

    def findings(self, anchor: str | None) -> tuple[Told, ...]:
        """What was fixed in the rewrite that is shown there."""
        return next((each.findings for each in self.shown if each.anchor == anchor), ())

    def naming(self, code: str, name: str) -> str | None:
        """Where a finding of this rule that names this is fixed."""
        found = (r.anchor for r in self.shown for f in r.findings if f.code == code and name in f.message)
        return next(found, None)


def rewrites(material: Material, rows: Sequence[Row]) -> Rewrites:
    """The rewrites of what was changed, in the order of the files and of their lines."""
    found = [part for file in material.changes.files.values() for part in _parts(file, material.findings)]
    units = {part.unit: f"rewrite-{number}" for number, part in enumerate(found[:MOST], 1)}
    proofs = _proofs(material, rows, units)
    shown = [_rewrite(part, units[part.unit], proofs.get(part.unit, []), material) for part in found[:MOST]]
    hidden = max(0, len(found) - MOST)
    return Rewrites(tuple(shown), hidden, units, material.project)


def told(entry: Entry) -> Told:
    """A finding of the JSON."""
    return Told(entry["path"], entry["line"], entry["code"], entry["name"], entry["message"])


def refused(material: Material) -> Iterator[Told]:
    """The findings that have no fix, with the reason at the end of their messages, except what was taken back."""
    back = {(each.path, each.line, each.code) for each in material.changes.taken_back}
    for each in material.findings:
        place = (each["path"], each["line"], each["code"])
        if each["fix"] is None and each["code"] != FAILED and place not in back:
            yield told(each)


def taken_back(found: Iterable[TakenBack]) -> Iterator[Back]:
    """What was taken back, and why."""
    for each in found:
        worse = tuple(f"{name} {how}" for name, how in each.evidence.items())
        yield Back(Told(each.path, each.line, each.code, "", each.message), worse)


def _parts(file: Changed, findings: Iterable[Entry]) -> Iterator[_Part]:
    """The parts of a file that findings name, and the rest of it last."""
    diff = Diff(file)
    units: dict[str, list[Entry]] = {}
    for entry in findings:
        if entry["path"] == file.path and entry["fix"] == "applied":
            units.setdefault(entry["test"] or diff.unit_at(entry["line"]), []).append(entry)
    blocks = diff.parts(units.keys())
    rest = _Part(file, file.name, blocks.pop(file.name, ()))
    for unit, found in units.items():
        if unit not in blocks:
            rest.findings += found
    yield from sorted((_Part(file, unit, each, units[unit]) for unit, each in blocks.items()), key=_first_line)
    if rest.blocks or rest.findings:
        yield rest


def _first_line(part: _Part) -> int:
    return next((line.number for block in part.blocks if not block.equal for line in (*block.old, *block.new)), 0)


def _proofs(material: Material, rows: Sequence[Row], units: dict[str, str]) -> dict[str, list[Proved]]:
    """For each unit its own tests, then those that depended on it."""
    own: dict[str, list[Proved]] = {}
    others: dict[str, list[Proved]] = {}
    partners = _partners(material)
    for row in rows:
        unit = owner(row.test, material.project)
        if unit in units:
            own.setdefault(unit, []).append(Proved(row, "itself"))
        for partner in partners.get(row.test, ()):
            if partner != unit and partner in units:
                others.setdefault(partner, []).append(Proved(row, "depended on it"))
    return {unit: [*own.get(unit, []), *others.get(unit, [])] for unit in units}


def _partners(material: Material) -> dict[str, dict[str, None]]:
    """The units on which tests were seen to depend: found by the bisection, or by watching."""
    found: dict[str, dict[str, None]] = {}
    for _, confirmation in material.sides:
        for name, test in confirmation.tests.items():
            if test.partner is not None:
                found.setdefault(name, {})[owner(test.partner, material.project)] = None
    for name, partner in material.partners.items():
        found.setdefault(name, {})[owner(partner, material.project)] = None
    if material.evidence is not None:
        from isolator.evidence.dependence import brittle, victims

        for each in (*victims(material.evidence), *brittle(material.evidence)):
            for other in each.others:
                found.setdefault(each.test, {})[owner(other, material.project)] = None
    return found


def _rewrite(part: _Part, anchor: str, proved: Sequence[Proved], material: Material) -> Rewrite:
    title = f"{part.file.path}, the rest of it" if part.rest and not part.findings else part.unit
    return Rewrite(
        anchor=anchor,
        title=title,
        path=part.file.path,
        findings=tuple(map(told, part.findings)),
        blocks=part.blocks,
        proved=tuple(proved[:_PROOFS]),
        more=max(0, len(proved) - _PROOFS),
        serves=siding.served(material.sides) if part.findings and not proved else "",
        edited=part.file.path in material.edited,
    )
