"""Reads of the environment: of one variable, or of all of them to copy it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..frames import Frame

# So many variables read in the order of the environment, from the first one on, are a copy of it.
COPY = 3


class Read(NamedTuple):
    """The project looked a variable up.

    Its name, the same as the environment has it, whether it was there, and the frames.
    """

    name: str
    key: object
    found: bool
    frames: list[Frame]


class Copies:
    """Tells a copy of the environment, which reads all variables in order, from other reads.

    ``open`` while that is not decided; ``pending`` are the reads which it depends on.
    """

    def __init__(self) -> None:
        self.order: Iterator[object] | None = None
        self.length = 0
        self.pending: list[Read] = []

    @property
    def open(self) -> bool:
        return self.order is not None

    def begin(self, data: Iterable[object]) -> None:
        """The first variable of all is read."""
        order, self.length = iter([*data]), 1
        next(order)
        self.order = order

    def goes_on(self, key: object) -> bool:
        """Whether this read is part of a copy, for certain."""
        if self.order is None:
            return False
        if next(self.order, None) != key:
            self.order = None
            return False
        self.length += 1
        if self.length < COPY:
            return False
        self.pending.clear()
        return True

    def settled(self) -> list[Read]:
        """The reads that were not part of a copy, which is certain by now."""
        if self.open or not self.pending:
            return []
        found, self.pending = self.pending, []
        return found
