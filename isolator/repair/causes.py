"""Why a test depends on the order: which state, left by whom. It is found by experiment, never guessed.

The partner of a test is looked for among the tests that were seen to leave something changed, and only then among all
that ran before it. Then the two are run again with that state put back in between: if the test ends the other way, the
state is the cause, and halves of it are put back until no half does. What other packages hold is watched only here,
and only where nothing else explains it. Of other tests it is then asked all at once whether the same explains them: the
runs that showed them are made once more with it put back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from isolator.evidence.dependence import leaving
from isolator.evidence.model import Evidence
from isolator.evidence.observe import places
from isolator.pytest_runs.bisecting import MOST, Bisection
from isolator.pytest_runs.model import Attempt, Run, Test
from isolator.pytest_runs.run.running import EVERYTHING, Planned, Runner
from isolator.pytest_runs.verdicts import BAD

_FOR_STATE = 3.0  # runs of the suite that are left for the state when no further partner is looked for
_SOME = 2  # tests, for which a run is made to see whether they have the same cause
_RUNS = 2  # such runs for each cause
_OTHERS = 2  # tests, behind which one that fails the second time is tried
_SEVERAL = 10  # tests, for which it is worth to try what the most tests leave changed
_MOST_LEFT = 3  # containers that are tried so
_ITEM = re.compile(r"(\[[^\]]*\])+$")
_PROCESS = ("os.environ", "sys.modules", "threading", "contextvars")
_MANY = 20  # paths of which each is left out for a try, where no half of them is enough


@dataclass
class Causes:
    """Looks into the tests of some runs. ``evidence`` says which tests were seen to leave something changed.

    ``most`` is how many runs of the suite that may take, with one partner found or none.
    """

    runner: Runner
    runs: Sequence[Run]
    evidence: Evidence
    tell: Callable[[str], None]
    most: float = field(default_factory=lambda: MOST)

    def __post_init__(self) -> None:
        likely = leaving(self.evidence)
        self._bisection = Bisection(
            self.runner, self.runs, self.tell, likely=likely, reserve=_FOR_STATE, limit=self.most
        )
        self._libraries = False  # whether what was found last is what other packages hold

    @property
    def spent(self) -> float:
        """What that took, in runs of the suite."""
        return self._bisection.spent

    def explain_all(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """These tests with what they depend on, as far as that is found."""
        found = self._by_what_most_leave(tests) if len(tests) >= _SEVERAL else {}
        for name, test in tests.items():
            if name in found:
                continue
            found[name] = self.explain(name, test)
            others = {other: tests[other] for other in tests if other not in found}
            if found[name].cells and len(others) >= _SOME:
                found |= self._explained_too(found[name], others)
        # Those that were looked into before the partner of others was known.
        left = self.spent < self._bisection.most
        again = {name: test for name, test in found.items() if left and test.verdict == "nio" and test.cells}
        return found | {name: self._suffering(name, test) for name, test in again.items()}

    def explain(self, name: str, test: Test) -> Test:
        """The test with its partner and the state that makes the difference, as far as they are found."""
        if self._bisection.is_spent(name):
            return test
        if test.verdict == "nio":
            return self._suffering(name, self._caused(test, _Twice(self, name)))
        if test.role is None or self._bisection.is_subtest(name):
            return test
        found = self._bisection.shortest(name, bad=test.role == "victim")
        if found is None or not found[1]:
            return test
        run, before = found
        tests = self._bisection.partners_of(name, before, run, test.role)
        if not tests:
            return test
        partner, together = (tests[0], ()) if len(tests) == 1 else (None, tests)
        found_so_far = replace(test, partner=partner, together=together)
        return self._caused(found_so_far, _Behind(self, tests, name, run.seed, test))

    def _caused(self, test: Test, question: _Behind | _Twice) -> Test:
        """The test with the state without which it ends the other way, and the lines that leave that changed.

        No state if that is nothing that is watched; it is not known if the test ends the other way as it is, too.
        """
        for libraries in (False, True):
            if question.differs((), libraries=libraries):
                return test
            cells = question.left()
            if cells and question.differs(EVERYTHING, libraries=libraries):
                cells = _smallest(cells, partial(question.differs, libraries=libraries))
                self._libraries = libraries
                return replace(test, cells=cells, places=question.lines(cells, libraries=libraries))
        return replace(test, cells=())

    def _suffering(self, name: str, test: Test) -> Test:
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

    def _by_what_most_leave(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """Those of many tests that depend on what the most tests leave changed, which costs a run for each."""
        left = Counter(_container(cell.path) for cell in self.evidence.cells for _ in cell.tests)
        found: dict[str, Test] = {}
        for container, _ in left.most_common(_MOST_LEFT):
            others = {name: test for name, test in tests.items() if name not in found}
            shown = self._shown_by(others)[:1]
            if not shown or self._bisection.spent >= self.most / 2:
                break
            explained = self._explained_by({container: ""}, others, shown)
            if explained:
                self.tell(f"{len(explained)} of {len(tests)} tests depend on {container}")
                cell = next(c for c in self.evidence.cells if _container(c.path) == container and c.tests)
                planned = Planned("given", self.runner.options.seed, (cell.tests[0], next(iter(explained))))
                places = self.lines(planned, cell.tests[:1], (cell.path,))
                found |= {name: replace(test, places=places) for name, test in explained.items()}
        return found

    def _explained_too(self, known: Test, others: Mapping[str, Test]) -> dict[str, Test]:
        """Those of some tests that end the other way, too, when the state that explains this one is put back."""
        places = dict(zip(map(_container, known.cells or ()), known.places, strict=True))
        return self._explained_by(places, others, self._shown_by(others))

    def _explained_by(
        self, places: Mapping[str, str], others: Mapping[str, Test], shown: Sequence[tuple[Run, list[str]]]
    ) -> dict[str, Test]:
        """Those of the tests that some runs showed that end the other way if this state is put back in these."""
        cells = tuple(places)
        found: dict[str, Test] = {}
        for run, asked in shown:
            if self._bisection.is_spent(next(iter(asked))):
                break
            self.count(len(run.attempts))
            order = tuple(run.attempts) if run.order == "polluters first" else None
            patterns = tuple(f"{cell}*" for cell in cells)
            again = self.runner.run(Planned(run.order, run.seed, order, patterns, self._libraries))
            for name in asked:
                if _turns(others[name], again.attempts.get(name, Attempt("not run"))):
                    partner = self._left_by_one(name, others[name], run, cells)
                    at = tuple(places[cell] for cell in cells)
                    explained = replace(others[name], partner=partner, cells=cells, places=at)
                    found[name] = self._suffering(name, explained) if explained.verdict == "nio" else explained
        return found

    def _shown_by(self, tests: Mapping[str, Test]) -> list[tuple[Run, list[str]]]:
        """The runs that showed the most of some tests, with these."""
        shown: dict[int, list[str]] = {}
        for name, test in tests.items():
            for number, run in enumerate(self.runs):
                if name in run.attempts and _shows(test, run.attempts[name]):
                    shown.setdefault(number, []).append(name)
                    break
        most = sorted(shown, key=lambda number: len(shown[number]), reverse=True)[:_RUNS]
        return [(self.runs[number], shown[number]) for number in most if len(shown[number]) >= _SOME]

    def _left_by_one(self, name: str, test: Test, run: Run, cells: tuple[str, ...]) -> str | None:
        """The test that left the state last before this one, if it does so by itself."""
        before = [*run.attempts][: [*run.attempts].index(name)]
        leaving = {each for cell in self.evidence.cells if cell.path.startswith(cells) for each in cell.tests}
        last = next((each for each in reversed(before) if each in leaving), None)
        if last is None or test.role is None or not self._bisection.is_partner(name, last, run, test.role):
            return None
        return last

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
class _Behind:
    """Whether a test ends the other way behind others if some state is put back after each of them."""

    causes: Causes
    tests: tuple[str, ...]
    name: str
    seed: int
    test: Test

    def differs(self, put_back: tuple[str, ...], *, libraries: bool) -> bool:
        self.causes.count(len(self.tests) + 1)
        planned = Planned("given", self.seed, (*self.tests, self.name), put_back, libraries)
        return _turns(self.test, self.causes.attempt(planned, self.name))

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


def _container(cell: str) -> str:
    """What an item is in, if it is the project's: other tests may need other items of it."""
    return cell if cell.startswith(_PROCESS) else _ITEM.sub("", cell)


def _shows(test: Test, attempt: Attempt) -> bool:
    """Whether a test showed in one run what it is."""
    if test.verdict == "nio":
        return attempt.again in BAD
    return attempt.result in BAD if test.role == "victim" else attempt.result == "passed"


def _turns(test: Test, attempt: Attempt) -> bool:
    """Whether it ends the other way."""
    if test.verdict == "nio":
        return attempt.again == "passed"
    return attempt.result == "passed" if test.role == "victim" else attempt.result in BAD


def _halved(items: tuple[str, ...], shows: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """The half of some items that still shows it, and so on, until no half does."""
    while len(items) > 1:
        halves = items[: len(items) // 2], items[len(items) // 2 :]
        smaller = next(filter(shows, halves), None)
        if smaller is None:
            break
        items = smaller
    return items


def _smallest(cells: tuple[str, ...], differs: Callable[[tuple[str, ...]], bool]) -> tuple[str, ...]:
    """No more of some cells than it takes."""
    cells = _halved(cells, differs)
    for each in cells if 2 < len(cells) <= _MANY else ():
        rest = tuple(other for other in cells if other != each)
        cells = rest if differs(rest) else cells
    return cells


def _left_by(tests: Collection[str], runner: Runner) -> tuple[str, ...]:
    found = (event[1] for event in runner.watched if event[0] == "cell" and event[2] in tests)
    return tuple(dict.fromkeys(found))
