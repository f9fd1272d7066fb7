"""What several tests depend on, found for all of them at once: the runs that showed them are made again.

Where many tests are left the state that they depend on is put back in such a run: all that tests were seen to leave
changed. Those that this turned are explained by their partners (``partners``), if what these leave turns them, too;
else as little of the state is put back as it takes for most of them. Of a cause that is known by one test it is asked
which others it explains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemods.restorable import is_restorable, restorable_path
from isolator.pytest_runs.bisecting import fewest
from isolator.pytest_runs.model import Run, Test
from isolator.pytest_runs.run.running import Planned
from isolator.repair.causes.partners import FOR_OTHERS, IN_VAIN, Partners
from isolator.repair.causes.showing import NOT_RUN, Cells, all_in, by_container, container, shows, turns

if TYPE_CHECKING:
    from isolator.repair.causes.explaining import Causes

SOME = 2  # tests, for which a run is made to see whether they have the same cause
SEVERAL = 10  # tests, for which it is worth to try what all tests leave changed
_RUNS = 2  # such runs for each cause
_MOST_OF = 0.8  # of the tests, for which the same state is enough
_FASTER = 4  # times as much state is tried next, for each try is a run of the whole suite
_FEW = 3  # containers, of which all that are left are tried first, and each by itself, too


@dataclass
class CommonCauses:
    """Looks for state that explains several tests, with the runs and the budget of ``causes``."""

    causes: Causes

    def __post_init__(self) -> None:
        self.partners = Partners(self.causes)
        self._enough_for: dict[str, list[Cells]] = {}  # by the test that ends the other way when it is put back

    def of_many(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """Those of many tests that end the other way if all that fixtures can put back is put back.

        With each comes the state that it takes for all of them; where that is little, what explains it by itself.
        """
        found: dict[str, Test] = {}
        for brittle in (False, True):
            alike = {name: test for name, test in tests.items() if (test.role == "brittle") is brittle}
            found |= self._of_alike(alike) if len(alike) >= SEVERAL else {}
        return found

    def _of_alike(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        left = Counter(container(cell.path) for cell in self.causes.evidence.cells for _ in cell.tests)
        # What the project holds comes first: of loggers and the like there may be very many.
        cells = tuple(
            sorted(filter(is_restorable, left), key=lambda cell: (restorable_path(cell) is None, -left[cell]))
        )
        shown = self._shown_by(tests)[:1]
        if not shown or not cells:
            return {}
        run, asked = shown[0]
        turned = self._turned({name: tests[name] for name in asked}, run, cells)
        if len(turned) < SOME:
            return {}
        found = self.partners.explain({name: tests[name] for name in turned}, run, cells) if len(cells) > _FEW else {}
        if found:  # some of these may depend on more
            of_all = tuple(dict.fromkeys(container(cell) for test in found.values() for cell in test.cells or ()))
            found = {name: found[name] for name in self._turned(found, run, of_all)}
        others = {name: tests[name] for name in turned if name not in found}
        return found if len(others) < SEVERAL else found | self._by_all(others, run, cells)

    def _by_all(self, tests: Mapping[str, Test], run: Run, cells: Cells) -> dict[str, Test]:
        """Many tests with the state that all of them depend on."""
        some, cells = self._enough(tests, run, cells)
        if len(some) == len(tests):  # what others depend on, which this run does not show, may be some of the rest
            cells = self._fewest(some, run, cells)
        self.causes.tell(f"{len(some)} of {len(tests)} tests depend on {', '.join(cells)}")
        for cell in cells if 1 < len(cells) <= _FEW else ():
            self._turned(some, run, (cell,))
        return self._located(some, {name: self._least(name, cells) for name in some}, run)

    def _least(self, name: str, cells: Cells) -> Cells:
        """The least of some state that was seen to be enough for one test."""
        return min((each for each in self._enough_for.get(name, ()) if {*each} <= {*cells}), key=len, default=cells)

    def explained_too(self, known: Test, others: Mapping[str, Test], *, libraries: bool) -> dict[str, Test]:
        """Those of some tests that end the other way, too, when the state that explains this one is put back."""
        places = by_container(known)
        cells, at = tuple(places), tuple(places.values())
        found: dict[str, Test] = {}
        for run, asked in self._shown_by(others):
            if self.causes.is_spent(asked[0]):
                break
            for name in self._turned({name: others[name] for name in asked}, run, cells, libraries=libraries):
                partner = self.partners.left_by_one(name, others[name], run, cells)
                explained = replace(others[name], partner=partner, cells=cells, places=at)
                found[name] = self.causes.suffering(name, explained) if explained.verdict == "nio" else explained
        return found

    def _enough(self, tests: Mapping[str, Test], run: Run, cells: Cells) -> tuple[dict[str, Test], Cells]:
        """The most of these tests, and not much more of the state than these need, within the budget.

        What the most tests leave is tried first, more and more of it, until it is enough for nearly all of the tests:
        what only a few of them depend on is found out for these.
        """
        some, number = dict(tests), 1
        while number < len(cells) and not self.causes.is_spent(left=FOR_OTHERS):
            turned = self._turned(tests, run, cells[:number])
            if len(turned) >= _MOST_OF * len(tests):
                some, cells = {name: tests[name] for name in turned}, cells[:number]
                break
            number *= _FASTER
        return some, cells

    def _fewest(self, tests: Mapping[str, Test], run: Run, cells: Cells) -> Cells:
        """As little of the state as all of these tests need, within the budget."""

        def turn(chosen: Cells) -> bool:
            return not self.causes.is_spent(left=FOR_OTHERS) and len(self._turned(tests, run, chosen)) == len(tests)

        return fewest(cells, turn)

    def _turned(self, tests: Mapping[str, Test], run: Run, cells: Cells, *, libraries: bool = False) -> list[str]:
        """Those of some tests that end the other way where a run is made again with this state put back."""
        self.causes.count(len(run.attempts))
        order = tuple(run.attempts) if run.order in ("polluters first", "as it failed") else None
        planned = Planned(run.order, run.seed, order, all_in(cells), libraries)
        again = self.causes.runner.run(planned).attempts
        turned = [name for name, test in tests.items() if turns(test, again.get(name, NOT_RUN))]
        for name in turned:
            self._enough_for.setdefault(name, []).append(cells)
        return turned

    def _shown_by(self, tests: Mapping[str, Test]) -> list[tuple[Run, list[str]]]:
        """The runs that showed the most of some tests, with these."""
        shown: dict[int, list[str]] = {}
        for name, test in tests.items():
            for number, run in enumerate(self.causes.runs):
                if name in run.attempts and shows(test, run.attempts[name]):
                    shown.setdefault(number, []).append(name)
                    break
        most = sorted(shown, key=lambda number: len(shown[number]), reverse=True)[:_RUNS]
        return [(self.causes.runs[number], shown[number]) for number in most if len(shown[number]) >= SOME]

    def _located(self, tests: Mapping[str, Test], found: Mapping[str, Cells], run: Run) -> dict[str, Test]:
        """The tests with their state and their partner, and the lines that leave it changed, as one polluter does."""
        partners = self._partners(tests, found, run)
        at = self._lines(dict.fromkeys(cell for cells in found.values() for cell in cells), next(iter(tests)))
        return {
            name: replace(
                tests[name],
                partner=partners.get(name),
                cells=cells,
                places=tuple(map(at.__getitem__, cells)),
            )
            for name, cells in found.items()
        }

    def _partners(self, tests: Mapping[str, Test], found: Mapping[str, Cells], run: Run) -> dict[str, str]:
        """The partners of some tests, as long as it is mostly a single test that leaves what they depend on."""
        partners: dict[str, str] = {}
        in_vain = 0
        for name, cells in found.items():
            partner = self.partners.left_by_one(name, tests[name], run, cells) if in_vain < IN_VAIN else None
            in_vain = 0 if partner else in_vain + 1
            if partner is not None:
                partners[name] = partner
        return partners

    def _lines(self, cells: Iterable[str], name: str) -> dict[str, str]:
        """The lines that leave state changed, by this: those of one polluter are looked for all at once."""
        left: dict[str, dict[str, str]] = {}
        for each in cells:
            cell = next(c for c in self.causes.evidence.cells if container(c.path) == each and c.tests)
            left.setdefault(cell.tests[0], {})[each] = cell.path
        at: dict[str, str] = {}
        for polluter, paths in left.items():
            planned = Planned("given", self.causes.runner.options.seed, (polluter, name))
            at |= zip(paths, self.causes.lines(planned, (polluter,), tuple(paths.values())), strict=True)
        return at
