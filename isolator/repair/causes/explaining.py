"""Why a test depends on the order: which state, left by which tests. Found by experiment, never guessed.

The partner of a test is looked for among the tests that were seen to leave something changed, and only then among all
that ran before it. Then the two are run again with that state put back in between: if the test ends the other way, the
state is the cause, and halves of it are put back until no half does. What other packages hold is watched only here,
and only where nothing else explains it. Of other tests it is then asked all at once whether the same explains them: the
runs that showed them are made once more with it put back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from isolator.evidence.dependence import leaving
from isolator.evidence.model import Evidence
from isolator.evidence.observe import places
from isolator.pytest_runs.bisecting import MOST, Bisection, fewest
from isolator.pytest_runs.model import Attempt, Result, Role, Run, Test
from isolator.pytest_runs.run.running import EVERYTHING, Planned, Runner
from isolator.repair.causes.common import SOME, CommonCauses
from isolator.repair.causes.showing import Cells, container, turns

_FOR_STATE = 3.0  # runs of the suite that are left for the state when no further partner is looked for
_OTHERS = 2  # tests, after which one that fails the second time is tried


@dataclass
class Causes:
    """Looks into the tests of some runs. ``evidence`` says which tests were seen to leave something changed.

    ``most`` is how many runs of the suite that may take, with one partner found or none. ``known`` are tests after
    which others failed, by these; ``endings`` say how tests end after others, where known.
    """

    runner: Runner
    runs: Sequence[Run]
    evidence: Evidence
    tell: Callable[[str], None]
    most: float = field(default_factory=lambda: MOST)
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    endings: dict[tuple[str, tuple[str, ...]], Result] = field(default_factory=dict)

    def __post_init__(self) -> None:
        likely = leaving(self.evidence)
        self._bisection = Bisection(
            *(self.runner, self.runs, self.tell),
            likely=likely,
            reserve=_FOR_STATE,
            limit=self.most,
            endings=self.endings,
        )
        self._common = CommonCauses(self)
        self._blamed: set[str] = set()  # containers of the cells that were found to be the cause
        self._libraries = False  # whether what was found last is what other packages hold

    def is_spent(self, name: str = "", *, left: float = 0.0) -> bool:
        """Whether it has taken all the runs that it may, except for those that are to be left.

        If so it says which test is not looked into.
        """
        return self._bisection.is_spent(name) if name else self.spent >= self._bisection.most - left

    def is_partner(self, name: str, other: str, run: Run, role: Role) -> bool:
        """Whether another test that ran before this one in a run makes the difference by itself."""
        return self._bisection.is_partner(name, other, run, role)

    @property
    def spent(self) -> float:
        """What that took, in runs of the suite."""
        return self._bisection.spent

    def explain_all(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """These tests with what they depend on, where that is found."""
        found = self._common.of_many(tests)
        for name, test in tests.items():
            if name in found:
                continue
            found[name] = self.explain(name, test)
            others = {other: tests[other] for other in tests if other not in found}
            if found[name].cells:
                found |= self._explained_too(found[name], others)
        # Those that were looked into before the partner of others was known.
        left = self.spent < self._bisection.most
        again = {name: test for name, test in found.items() if left and test.verdict == "nio" and test.cells}
        return found | {name: self.suffering(name, test) for name, test in again.items()}

    def _explained_too(self, known: Test, others: Mapping[str, Test]) -> dict[str, Test]:
        """Those of some tests that the state explains, too, which explains this one."""
        found = self._common.partners.of_partner(known, others, libraries=self._libraries)
        left = {name: test for name, test in others.items() if name not in found}
        if len(left) >= SOME:
            found |= self._common.explained_too(known, left, libraries=self._libraries)
        return found

    def explain(self, name: str, test: Test) -> Test:
        """The test with its partner and the state that makes the difference, where these are found."""
        if self._bisection.is_spent(name):
            return test
        if test.verdict == "nio":
            return self.suffering(name, self._caused(test, _Twice(self, name)))
        if test.role is None or self._bisection.is_subtest(name):
            return test
        found = self._bisection.shortest(name, bad=test.role == "victim")
        if found is None or not found[1]:
            return test
        run, before = found
        known = self.known.get(name, ()) if test.role == "victim" else ()
        tests = self._bisection.partners_of(name, before, run, test.role, known)
        if not tests:
            return test
        partner, together = (tests[0], ()) if len(tests) == 1 else (None, tests)
        found_so_far = replace(test, partner=partner, together=together)
        return self._caused(found_so_far, _AfterOthers(self, tests, name, run.seed, test))

    def after_partner(self, name: str, test: Test, partner: str, run: Run) -> Test:
        """The test with the state that this partner leaves, where that makes the difference."""
        return self._caused(replace(test, partner=partner), _AfterOthers(self, (partner,), name, run.seed, test))

    def _caused(self, test: Test, question: _AfterOthers | _Twice) -> Test:
        """The test with the state without which it ends the other way, and the lines that leave that changed.

        No state if that is nothing that is watched; it is not known if the test ends the other way as it is, too.
        """
        for libraries in (False, True):
            if question.differs((), libraries=libraries):
                return test
            cells = question.left()
            if cells and question.differs(EVERYTHING, libraries=libraries):
                cells = _least(cells, partial(self._differs, question, libraries), self._blamed)
                self._libraries = libraries
                self._blamed.update(map(container, cells))
                return replace(test, cells=cells, places=question.lines(cells, libraries=libraries))
        return replace(test, cells=())

    def _differs(self, question: _AfterOthers | _Twice, libraries: bool, put_back: tuple[str, ...]) -> bool:
        """Whether that makes the difference; no if it has taken all the runs that it may."""
        return not self.is_spent() and question.differs(put_back, libraries=libraries)

    def suffering(self, name: str, test: Test) -> Test:
        """A test that fails the second time, as the victim that it is if others make it fail.

        They are tried that are the partners of other tests, and that leave the same state changed.
        """
        cells = test.cells or ()
        left = (cell for cell in self.evidence.cells if cell.path.startswith(cells))
        known = (partners[0] for partners in self._bisection.partners if len(partners) == 1)
        others = dict.fromkeys([*islice(known, _OTHERS), *(each for cell in left for each in cell.tests)])
        run = self.runs[0]
        for other in islice((each for each in others if each != name), 2 * _OTHERS):
            if self._bisection.is_partner(name, other, run, "victim"):
                return replace(test, verdict="order-dependent", role="victim", partner=other)
        return test

    def count(self, tests: int) -> None:
        """Count a run of so many tests, in runs of the suite."""
        self._bisection.count(tests)

    def lines(self, planned: Planned, tests: tuple[str, ...], cells: tuple[str, ...]) -> tuple[str, ...]:
        """The lines by which some tests of a run leave cells changed, the last of them where several do."""
        self.count(len(tests) + 1)
        self.runner.run(replace(planned, lines=dict.fromkeys(tests, cells)))
        found = places(self.runner.watched)
        return tuple(next((found[c, t] for t in reversed(tests) if (c, t) in found), "") for c in cells)

    def attempt(self, planned: Planned, name: str) -> Attempt:
        """How a test went in such a run."""
        return self.runner.run(planned).attempts.get(name, Attempt("not run"))


@dataclass
class _AfterOthers:
    """Whether a test ends the other way after others if some state is put back after each of them."""

    causes: Causes
    tests: tuple[str, ...]
    name: str
    seed: int
    test: Test

    def differs(self, put_back: tuple[str, ...], *, libraries: bool) -> bool:
        self.causes.count(len(self.tests) + 1)
        planned = Planned("given", self.seed, (*self.tests, self.name), put_back, libraries)
        return turns(self.test, self.causes.attempt(planned, self.name))

    def left(self) -> tuple[str, ...]:
        """What they left changed in the latest run."""
        return _left_by(self.tests, self.causes.runner)

    def lines(self, cells: tuple[str, ...], *, libraries: bool) -> tuple[str, ...]:
        """The lines that leave these changed, "" for what was not seen."""
        planned = Planned("given", self.seed, (*self.tests, self.name), libraries=libraries)
        return self.causes.lines(planned, self.tests, cells)


@dataclass
class _Twice:
    """The same for a test that fails when it runs a second time."""

    causes: Causes
    name: str

    def differs(self, put_back: tuple[str, ...], *, libraries: bool) -> bool:
        self.causes.count(2)
        planned = Planned("twice", self.causes.runner.options.seed, (self.name,), put_back, libraries)
        return self.causes.attempt(planned, self.name).again == "passed"

    def left(self) -> tuple[str, ...]:
        return _left_by((self.name,), self.causes.runner)

    def lines(self, cells: tuple[str, ...], *, libraries: bool) -> tuple[str, ...]:
        seed = self.causes.runner.options.seed
        return self.causes.lines(Planned("twice", seed, (self.name,), libraries=libraries), (self.name,), cells)


def _least(cells: Cells, shows: Callable[[Cells], bool], known: Collection[str]) -> Cells:
    """No more of some cells than needed. Items of one object are only halved, as long as one half is enough.

    What is ``known`` to have made other tests fail is tried first.
    """
    likely = tuple(cell for cell in cells if container(cell) in known)
    cells = likely if likely and likely != cells and shows(likely) else cells
    inside: dict[str, Cells] = {}
    for cell in cells:
        inside[container(cell)] = (*inside.get(container(cell), ()), cell)
    objects = fewest(tuple(inside), lambda some: shows(tuple(cell for each in some for cell in inside[each])))
    cells = tuple(cell for each in objects for cell in inside[each])
    while len(objects) == 1 and len(cells) > 1:
        halves = cells[: len(cells) // 2], cells[len(cells) // 2 :]
        smaller = next(filter(shows, halves), None)
        if smaller is None:
            break
        cells = smaller
    return cells


def _left_by(tests: Collection[str], runner: Runner) -> tuple[str, ...]:
    found = (event[1] for event in runner.watched if event[0] == "cell" and event[2] in tests)
    return tuple(dict.fromkeys(found))
