"""What was seen, as entries with a place in a file, and as links: a polluter, what it leaves, and who reads it.

The rows of "What was wrong" and the graph are both made of these links. What a reader is (a victim, or brittle) is what
the table of the tests says of it: a test that is stable there is not a victim here, whatever evidence of an earlier day
shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from isolator.evidence.dependence import first_reads, roles
from isolator.evidence.model import Cache, Cell, Edge, Evidence, Leak
from isolator.pytest_runs.model import Confirmation, Role, Test
from isolator.repair.causes.inherited import explanation
from isolator.report.html.material import Material
from isolator.report.html.page import Evident, last_part
from isolator.system.visible import count

MOST_ENTRIES = 500
_PHASES = {"setup": "in its set-up", "call": "", "teardown": "in its tear-down", "collection": "while it was imported"}
_FILE = ("./", "~/", "…/")  # how the paths of files begin among cells


@dataclass(frozen=True)
class Link:
    """A test leaves something changed, and another one reads it; ``role`` is what that one is because of it.

    ``polluter`` is "" where no single test was found, ``cell`` where it is not known what is left changed, ``reader``
    where nobody was seen to read it. ``left`` and ``read`` tell the two halves in a sentence; ``anchor`` is the entry,
    ``place`` the line that leaves it changed.
    """

    polluter: str
    cell: str
    kind: str
    reader: str
    role: Role | None
    left: str
    read: str
    anchor: str
    place: str = ""


@dataclass
class Seen:
    """The entries, in their order, the links, and the tests of which nobody knows on what they depend."""

    entries: list[Evident] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def seen(material: Material) -> Seen:
    """What evidence and experiments show."""
    return _Finder(material).find()


def known_roles(material: Material) -> dict[str, Role]:
    """What the tests are that depend on the order: as an experiment showed, or as was watched, if that is clear."""
    evidence = material.evidence or Evidence()
    watched: dict[str, set[Role]] = {}
    for (_, reader, _), what in roles(evidence).items():
        watched.setdefault(reader, set()).add(what)
    found: dict[str, Role] = {}
    for _, confirmation in material.sides:
        for name, test in confirmation.tests.items():
            only = watched.get(name, set())
            role: Role | None = test.role or (next(iter(only)) if len(only) == 1 else None)
            if test.verdict == "order-dependent" and role is not None:
                found.setdefault(name, role)
    return found


class _Finder:
    def __init__(self, material: Material) -> None:
        self._material = material
        self._evidence = material.evidence or Evidence()
        self._found = Seen()
        self._roles = known_roles(material)
        self._causes = {cause.test: cause.cells for cause in self._evidence.causes}

    def find(self) -> Seen:
        """All of it."""
        watched = roles(self._evidence)
        for leak in self._evidence.leaks:
            self._leak(leak)
        for edge in first_reads(self._evidence):
            self._edge(edge, watched.get((edge.polluter, edge.reader, edge.variable)))
        for cache in self._evidence.caches:
            self._cache(cache)
        for cell in self._evidence.cells:
            self._cell(cell)
        for each in self._evidence.inherited:
            self._enter("failing", each.test, f"fails {explanation(each.variables)}", "")
        for _, confirmation in self._material.sides:
            self._experiments(confirmation)
        for _, confirmation in self._material.sides:
            self._unexplained(confirmation)
        return self._found

    def _leak(self, leak: Leak) -> None:
        how = f"leaves {leak.variable} {'set' if leak.state == 'set' else 'removed'}"
        where = f", in {leak.function}" if leak.function and leak.function != last_part(leak.test) else ""
        told = f"{how} {_PHASES[leak.phase]}".rstrip() + where
        place = _at(leak.file, leak.line)
        anchor = self._enter("polluter", leak.test, told, place)
        self._link(Link(leak.test, leak.variable, "variable", "", None, f"{leak.test} {told}", "", anchor, place))

    def _edge(self, edge: Edge, watched: Role | None) -> None:
        role = watched if watched == self._roles.get(edge.reader) else None
        ends = ", which changes its outcome" if role is not None else ""
        told = f"reads {edge.variable} after {edge.polluter}{ends}"
        anchor = self._enter(role or "reader", edge.reader, told, f"{edge.file}:{edge.line}")
        left, place = f"{edge.polluter} leaves {edge.variable} changed", self._left_at(edge.polluter, edge.variable)
        read = f"{edge.reader} {told}"
        self._link(Link(edge.polluter, edge.variable, "variable", edge.reader, role, left, read, anchor, place))

    def _cache(self, cache: Cache) -> None:
        variables = ", ".join(cache.variables) or "the whole environment"
        by = count(len(cache.tests), "test") if cache.tests else "an import"
        told, place = f"is filled by {by} from {variables}, and kept", f"{cache.file}:{cache.line}"
        anchor = self._enter("cache", cache.object, told, place)
        for test in cache.tests:
            left = f"{test} fills {cache.object}"
            self._link(Link(test, cache.object, "cache", "", None, left, "", anchor, place))

    def _cell(self, cell: Cell) -> None:
        """It is listed, and drawn only where a test is known to depend on it: much is left that harms nobody."""
        places = dict.fromkeys(filter(None, cell.places))
        more = f", and {count(len(cell.tests) - 1, 'more test')}" if len(cell.tests) > 1 else ""
        self._enter(_kind(cell.path), cell.path, f"is left changed by {cell.tests[0]}{more}", next(iter(places), ""))

    def _experiments(self, confirmation: Confirmation) -> None:
        """Which test depends on which, by the shortest commands, or by what fails without a rewrite."""
        for name, test in confirmation.tests.items():
            role, partner = self._roles.get(name), test.partner or self._material.partners.get(name, "")
            cells = test.cells or self._causes.get(name, ())
            if role is None or test.verdict != "order-dependent" or self._is_linked(name, partner, cells):
                continue
            if not partner and not cells:
                continue
            after = partner or "other tests"
            told = f"passes only after {after}" if role == "brittle" else f"fails after {after}"
            anchor = self._enter(role, name, f"{told}: found by running {'these two' if partner else 'them'} alone", "")
            for cell in cells or self._only(partner):
                left, place = f"{after} leave{'s' if partner else ''} {cell} changed", self._place(test, cell, partner)
                kind = self._kinds(partner).get(cell) or _kind(cell)
                self._link(Link(partner, cell, kind, name, role, left, f"{name} {told}", anchor, place))
            if not cells and not self._only(partner):
                self._link(Link(partner, "", "", name, role, "", f"{name} {told}", anchor))

    def _is_linked(self, name: str, partner: str, cells: Iterable[str]) -> bool:
        """Whether that was watched, and so is known better."""
        cells = set(cells)
        return any(
            link.reader == name and link.role is not None and partner in ("", link.polluter)
            for link in self._found.links
            if not cells or link.cell in cells
        )

    def _unexplained(self, confirmation: Confirmation) -> None:
        """Tests that depend on the order of unknown tests or state are listed, too."""
        explained = {link.reader for link in self._found.links if link.role is not None}
        for name, test in confirmation.tests.items():
            if test.verdict == "order-dependent" and name not in explained and name not in self._found.unexplained:
                self._found.unexplained.append(name)
                on = "several tests together" if test.commands or test.together else "what was not seen"
                self._enter(self._roles.get(name) or "order-dependent", name, f"depends on the order; on {on}", "")

    def _only(self, partner: str) -> tuple[str, ...]:
        """What a test leaves changed, if that is one thing only, and so the one in question."""
        found = [cell for cell in self._kinds(partner) if not any(_is_in(cell, o) for o in self._kinds(partner))]
        return tuple(found) if len(found) == 1 else ()

    def _kinds(self, partner: str) -> Mapping[str, str]:
        """What a test leaves changed, each with its kind."""
        found = {leak.variable: "variable" for leak in self._evidence.leaks if leak.test == partner}
        found |= {cache.object: "cache" for cache in self._evidence.caches if partner in cache.tests}
        cells = {cell.path: _kind(cell.path) for cell in self._evidence.cells if partner in cell.tests}
        counted = (side.tests[partner].leaks for _, side in self._material.sides if partner in side.tests)
        return {**cells, **found, **{variable: "variable" for leaks in counted for variable in leaks}}

    def _place(self, test: Test, cell: str, partner: str) -> str:
        known = dict(zip(test.cells or (), test.places, strict=False))
        return known.get(cell) or self._left_at(partner, cell)

    def _left_at(self, polluter: str, cell: str) -> str:
        """The line that leaves something changed, if it was seen."""
        leaks = (_at(k.file, k.line) for k in self._evidence.leaks if (k.test, k.variable) == (polluter, cell))
        cells = (
            place
            for each in self._evidence.cells
            for test, place in zip(each.tests, each.places, strict=False)
            if (test, each.path) == (polluter, cell)
        )
        return next(filter(None, (*leaks, *cells)), "")

    def _enter(self, kind: str, subject: str, sentence: str, place: str) -> str:
        anchor = f"seen-{len(self._found.entries) + 1}"
        self._found.entries.append(Evident(anchor, kind, subject, sentence, place))
        return anchor

    def _link(self, link: Link) -> None:
        self._found.links.append(link)


def strong(links: Iterable[Link]) -> Iterator[Link]:
    """Those that change the outcome of a test."""
    return (link for link in links if link.role is not None)


def _at(file: str | None, line: int | None) -> str:
    return "" if file is None else f"{file}:{line}"


def _kind(cell: str) -> str:
    if cell.startswith("os.environ["):
        return "variable"
    return "file" if cell.startswith(_FILE) else "state"


def _is_in(cell: str, other: str) -> bool:
    """Whether it is an attribute or an item of the other."""
    return cell != other and cell.startswith(other) and cell[len(other)] in ".["
