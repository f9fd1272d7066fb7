"""Single places of a fixture that is kept: paths in its list, loggers, caches. It restores none that no test misses.

What a test needs was found for one test of several, and not to the last place. So all of these are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from codemods.restorable import restorable_place
from isolator.pytest_runs.bisecting import fewest
from isolator.repair.blame import Recipe, Unit

_ASKED = 12  # tests that are asked whether they miss a place

Cells = tuple[str, ...]


class Failing(Protocol):
    """The first recipe by which a test fails with these rewrites where some cells are not restored."""

    def __call__(
        self, recipes: Sequence[Recipe], units: Sequence[Unit], spared: Collection[str] = ...
    ) -> Recipe | None: ...


@dataclass
class Places:
    """Finds them among the rewrites that are ``kept``; once it ``is_spent`` the rest stay.

    ``asked`` are the recipes by which no test may fail.
    """

    kept: Sequence[Unit]
    failing: Failing
    is_spent: Callable[[], bool]
    asked: list[Recipe] = field(default_factory=list)

    def unneeded(self, some: Sequence[Unit], recipes: Iterable[Recipe]) -> frozenset[str]:
        """The cells that the fixtures among some of these need not restore; ``recipes`` say how tests may fail."""
        places = tuple(place for unit in some for place in places_of(unit))
        if not places:
            return frozenset()
        first = islice(dict.fromkeys(recipes), _ASKED)
        self.asked = [recipe for recipe in first if not self.is_spent() and self.failing([recipe], self.kept) is None]
        needed = fewest(places, lambda chosen: self._is_enough(places, chosen))
        return frozenset(cell for place in places if place not in needed for cell in place)

    def _is_enough(self, places: Sequence[Cells], some: Sequence[Cells]) -> bool:
        """Whether all of them pass where the fixtures restore no more than some places; not if it is not known."""
        if not self.asked or self.is_spent():
            return False
        spared = [cell for place in places if place not in some for cell in place]
        missing = self.failing(self.asked, self.kept, spared)
        if missing is not None:  # ask it first from now on: it misses more than the others
            self.asked.insert(0, self.asked.pop(self.asked.index(missing)))
        return missing is None


def places_of(unit: Unit) -> tuple[Cells, ...]:
    """The cells of each place that the fixture of a rewrite restores, if there are several."""
    places: dict[str, list[str]] = {}
    for cell in unit.cells:
        places.setdefault(restorable_place(cell), []).append(cell)
    return tuple(map(tuple, places.values())) if len(places) > 1 else ()
