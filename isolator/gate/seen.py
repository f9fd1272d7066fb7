"""State that a test, or a fixture of a wider scope, leaves changed, as the gate has seen it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

from isolator.pytest_runs.plugin.frames import Kinds
from isolator.pytest_runs.plugin.watch import Watch

MANY = 10  # cells of one container that are listed one by one
Place = tuple[str, int]
_ITEM, _NAME = r"\[[^\[]*\]$", r"[^.:/]+$"  # compiled when they are needed, as most runs find nothing


class Left(NamedTuple):
    """A cell that is left changed. It holds no value.

    ``test`` is a node id: of the test, or of the class, the file or the folder whose ``fixture`` it was. ``place`` is
    the line, if known. Where several tests were too short to be looked at one by one, ``suspects`` are
    all of them. ``known``: it is in the baseline.
    """

    test: str
    cell: str
    kind: str
    place: Place | None = None
    fixture: str | None = None
    suspects: tuple[str, ...] = ()
    known: bool = False

    def as_known(self, known: bool) -> Left:
        """The same leak, marked as in the baseline or not."""
        return self._replace(known=known)

    def to_plain(self) -> dict[str, Any]:
        """A form that a worker of pytest-xdist can send."""
        return {**self._asdict(), "place": self.place and [*self.place], "suspects": [*self.suspects]}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Left:
        """The leak that was sent in that form."""
        place = plain["place"]
        return cls(**{**plain, "place": place and (place[0], place[1]), "suspects": tuple(plain["suspects"])})


def gathered(found: list[Left]) -> list[Left]:
    """The same, but a container or a namespace with very many changes is listed once: app.cache.ITEMS[…]."""
    if len(found) <= MANY:
        return found
    groups = Counter(_whole(left) for left in found)
    told = (left if groups[_whole(left)] <= MANY else left._replace(cell=_whole(left).cell) for left in found)
    return [*dict.fromkeys(told)]


def _whole(left: Left) -> Left:
    """The container or namespace of a cell, in place of it."""
    above = re.sub(_ITEM, "[…]", left.cell) if left.cell.endswith("]") else re.sub(_NAME, "…", left.cell)
    return left._replace(cell=above, place=None)


class Seen(Watch):
    """A watch that keeps its events instead of writing them to a file."""

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(None, kinds)
        self.events: list[tuple[Any, ...]] = []
        self.problem: str | None = None

    def write(self, *event: Any) -> None:  # noqa: ANN401
        """Keep an event."""
        if event[0] == "problem":
            self.problem = event[1]
        elif event[0] != "write":
            self.events.append(event)

    def taken(self) -> list[tuple[Any, ...]]:
        """The events since the last call."""
        found, self.events = self.events, []
        return found
