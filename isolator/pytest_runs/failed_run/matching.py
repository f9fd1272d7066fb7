"""Which tests that pytest collects here have the names of an earlier run, perhaps of another folder.

Those names begin at the folder in which pytest ran: ``backend/tests/test_a.py::test_x`` may be called
``tests/test_a.py::test_x`` here. The folders to remove, and to add, are those that fit most of the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from isolator.pytest_runs.failed_run.junit import address
from isolator.pytest_runs.failed_run.model import FailedRun

_Parts = tuple[str, ...]


@dataclass
class Names:
    """The tests that are collected, by the folders or packages that they are in and the rest of their names."""

    junit: bool
    tests: dict[tuple[_Parts, str], str] = field(default_factory=dict)
    stripped: int = 0
    added: _Parts = ()

    def find(self, name: str) -> str | None:
        """The node id that a name means; None if there is no such test."""
        where, inner = self._split(name)
        where = (*self.added, *where[self.stripped :])
        return next((found for rest in _shorter(inner) if (found := self.tests.get((where, rest))) is not None), None)

    def align(self, names: Iterable[str]) -> None:
        """Find out where the names begin."""
        printed = {self._split(name)[0] for name in names}
        known = {where for where, _ in self.tests}
        votes = Counter(found for where in printed for each in known if (found := _ends(where, each)) is not None)
        if votes:
            # Where two fit as many files, the one that changes less.
            (self.stripped, self.added), _ = min(votes.items(), key=lambda vote: (-vote[1], vote[0][0], *vote[0][1]))

    def add(self, node_id: str) -> None:
        """Take in a test that is collected."""
        self.tests[self._split(address(node_id) if self.junit else node_id)] = node_id

    def _split(self, name: str) -> tuple[_Parts, str]:
        where, _, inner = name.partition("::")
        return tuple(where.split(".") if self.junit else where.replace("\\", "/").split("/")), inner


def matched(run: FailedRun, collected: Iterable[str]) -> dict[str, str]:
    """The node id of each name of the run that means a test which is collected."""
    names = Names(run.junit)
    for node_id in collected:
        names.add(node_id)
    names.align(test.name for test in run.seen)
    found = ((test.name, names.find(test.name)) for test in run.seen)
    return {name: node_id for name, node_id in found if node_id is not None}


def _ends(printed: _Parts, known: _Parts) -> tuple[int, _Parts] | None:
    """How many parts are to be taken off the one, and which be put before the rest, so that it is the other."""
    common = 0
    while common < min(len(printed), len(known)) and printed[-common - 1] == known[-common - 1]:
        common += 1
    return (len(printed) - common, known[: len(known) - common]) if common else None


def _shorter(inner: str) -> Iterator[str]:
    """A name, and what it is without what may stand after it: the message, the file it is from, the group of xdist."""
    yield inner
    while " " in inner:
        inner = inner.rpartition(" ")[0]
        yield inner.rstrip()
    yield inner.rpartition("@")[0]
