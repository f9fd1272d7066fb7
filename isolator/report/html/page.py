"""The page as plain data: what ``render`` needs to know, and nothing of how it looks.

An *anchor* is the id of an element of the page, to which others lead. Runs are numbered from 1, seconds are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from isolator.pytest_runs.model import Expectation
from isolator.report.runs.hangs import Part


def last_part(node_id: str) -> str:
    """A test's own name, with its parameters."""
    head, bracket, parameters = node_id.partition("[")
    return head.rpartition("::")[2] + bracket + parameters or node_id


@dataclass(frozen=True)
class Heading:
    """A run, as the head of a column."""

    order: str
    seed: int
    seconds: float
    problem: str | None


@dataclass(frozen=True)
class Side:
    """The runs before, after, or now."""

    name: str
    runs: tuple[Heading, ...]


@dataclass(frozen=True)
class Ends:
    """How a test ended on one side.

    ``verdict`` is one word, ``told`` also who it depends on. ``letters`` has one a run, a blank
    where the test was not collected; ``seconds`` has one a run, None where they are not known; ``ways`` are the runs in
    which it failed, each with how. ``calm`` says that nobody has to do anything about it, ``stable`` that it passes (or
    is skipped) every time; ``rank`` is 0 for the worst.
    """

    verdict: str
    told: str
    letters: str
    seconds: tuple[float | None, ...]
    ways: tuple[tuple[int, str], ...]
    failures: int
    calm: bool
    rank: int
    stable: bool = True

    @property
    def mean(self) -> float | None:
        """The seconds of a run of the test, on average; None if they are not known."""
        known = [each for each in self.seconds if each is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Row:
    """A test, and how it ended on each side (None: not known there); ``anchor`` is where its details are."""

    test: str
    ends: tuple[Ends | None, ...]
    anchor: str | None = None

    @property
    def file(self) -> str:
        """The file that the test stands in."""
        return self.test.partition("::")[0]

    @property
    def name(self) -> str:
        """The test's own name, with its parameters."""
        return last_part(self.test)

    @property
    def calm(self) -> bool:
        """Whether it is, and was, what a test should be."""
        return all(ends is None or ends.calm for ends in self.ends)

    @property
    def word(self) -> str:
        """What it is, or was before, that is not as it should be; "" for what is calm."""
        return next((ends.verdict for ends in self.ends if ends is not None and not ends.calm), "")

    @property
    def failing(self) -> bool:
        """Whether it fails every time, or did."""
        return any(ends is not None and ends.verdict == "failing" for ends in self.ends)

    @property
    def fixed(self) -> bool | None:
        """Whether a test that was not stable is so now; None if it was, or there is nothing to compare with."""
        first, last = self.ends[0], self.ends[-1]
        if len(self.ends) < 2 or first is None or first.stable:
            return None
        return last is not None and last.stable


@dataclass(frozen=True)
class Tile:
    """A number that says most, with its word. ``good`` is None for what is neither good nor bad."""

    number: int
    label: str
    note: str = ""
    good: bool | None = None


@dataclass(frozen=True)
class Wrong:
    """A row of what was wrong: who makes a test fail, through what, and which test.

    ``polluter`` is "" where there is no such test: ``told`` then says what there is, else what that test is. ``place``
    is where the state is left changed, or where the test hangs. ``word`` says what the test of ``row`` is, or was.
    ``polluter_anchor`` is the polluter's rewrite, ``anchor`` what was seen; ``finding`` is what was fixed in it,
    where it is not known which state it is.
    """

    polluter: str
    told: str
    cells: tuple[str, ...]
    place: str
    word: str
    row: Row
    polluter_anchor: str | None = None
    anchor: str | None = None
    finding: Told | None = None


@dataclass(frozen=True)
class Hung:
    """A test that hangs: in which runs, the line that says most of where, and the stack in parts."""

    row: Row
    runs: str
    place: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Known:
    """The details of a test that is not, or was not, stable."""

    anchor: str
    test: str
    told: str
    ways: tuple[str, ...]
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Proved:
    """A test that speaks for a rewrite, and how it ended on each side."""

    row: Row
    part: str


@dataclass(frozen=True)
class Line:
    """A line of code: its number, and its text in pieces, each with the class of its colour or ""."""

    number: int
    pieces: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Block:
    """Lines beside each other. ``skipped`` are lines left out before it."""

    old: tuple[Line, ...]
    new: tuple[Line, ...]
    equal: bool
    skipped: int = 0


@dataclass(frozen=True)
class Told:
    """A finding: where, of which rule, and the reason in a sentence."""

    path: str
    line: int
    code: str
    name: str
    message: str


@dataclass(frozen=True)
class Rewrite:
    """What was rewritten of a test, or of what is none: its diff, why, and the tests that speak for it.

    ``more`` is the number of tests that speak for it and are not shown. ``serves`` is a sentence on all tests, where it
    is of no test in particular; ``edited`` says that the file has been changed since.
    """

    anchor: str
    title: str
    path: str
    findings: tuple[Told, ...]
    blocks: tuple[Block, ...]
    proved: tuple[Proved, ...]
    more: int = 0
    serves: str = ""
    edited: bool = False


@dataclass(frozen=True)
class Back:
    """A rewrite that was taken back, and what was worse with it."""

    finding: Told
    worse: tuple[str, ...]


@dataclass(frozen=True)
class Evident:
    """Something that was seen: in a sentence, and where."""

    anchor: str
    kind: str
    subject: str
    sentence: str
    place: str


@dataclass(frozen=True)
class Node:
    """A part of the graph. ``layer`` is 0 for polluters, 1 for what is shared, 2 for who reads it.

    ``names`` has one, or all that have the same arrows; ``word`` says what it is.
    """

    layer: int
    names: tuple[str, ...]
    detail: str
    anchor: str
    word: str

    @property
    def label(self) -> str:
        """What it is called."""
        return ", ".join(self.names)


@dataclass(frozen=True)
class Arrow:
    """From a node to another, by their numbers; ``strong`` if an outcome differs because of it; ``anchor`` its line."""

    start: int
    end: int
    strong: bool
    told: str
    anchor: str


@dataclass(frozen=True)
class Graph:
    """Who leaves what behind, and who reads it. ``hidden`` has the number of nodes not shown in each layer."""

    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    hidden: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class Spent:
    """Seconds of a run, a file or a test on each side; None where they are not known, or there is none.

    ``change`` says how much less or more that is, if it is more than the runs of a side differ among themselves.
    """

    name: str
    seconds: tuple[float | None, ...]
    change: str = ""

    @property
    def short(self) -> str:
        """The last part of a node id; all of another name."""
        return last_part(self.name)

    @property
    def inside(self) -> str:
        """What stands before it."""
        return self.name.removesuffix(self.short).removesuffix("::")


@dataclass(frozen=True)
class Durations:
    """Where the time went: by run, by file and by test, the slowest first; the last two with how many are left out."""

    runs: tuple[Spent, ...]
    files: tuple[Spent, ...]
    tests: tuple[Spent, ...]
    more_files: int = 0
    more_tests: int = 0


@dataclass(frozen=True)
class Page:
    """The whole. ``name`` is the project's. ``notes`` are sentences on what a section cannot show; a section without
    content is left out.
    """

    name: str
    command: str
    ok: bool
    tiles: tuple[Tile, ...]
    sentence: str
    sides: tuple[Side, ...]
    rows: tuple[Row, ...]
    hung: tuple[Hung, ...]
    wrong: tuple[Wrong, ...]
    known: tuple[Known, ...]
    expectations: tuple[Expectation, ...]
    worse: tuple[str, ...]
    files_left: tuple[str, ...]
    graph: Graph | None
    graph_note: str
    evidence: tuple[Evident, ...]
    rewrites: tuple[Rewrite, ...]
    refused: tuple[Told, ...]
    taken_back: tuple[Back, ...]
    durations: Durations
    notes: dict[str, str]

    @property
    def problems(self) -> list[tuple[str, int, Heading]]:
        """The runs that tell nothing, or not all: of which side, which number, and the run."""
        found = [(side.name, number, run) for side in self.sides for number, run in enumerate(side.runs, 1)]
        return [each for each in found if each[2].problem is not None]
