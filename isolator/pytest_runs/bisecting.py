"""Why a test depends on the order: alone it passes (a victim, of a polluter) or fails (brittle, without its setter).

What makes the difference, its partner, is one of the tests that ran before it, or several that only together do. The
partners of other tests are tried first. Then what ran before is halved, which finds a single test in log2(n) + 1 runs
of pytest, n being the number of tests before it; only where no single one makes the difference are several looked for.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from isolator.pytest_runs.model import Result, Role, Run, Test
from isolator.pytest_runs.run.running import Runner
from isolator.pytest_runs.verdicts import BAD

Tests = tuple[str, ...]
T = TypeVar("T")

MOST = 10.0  # runs of the suite that the search takes, with one partner found or none
_FURTHER = 2.0  # runs more for each further partner
_PAIR = 2
_LEAST = 0.1  # of a run of the suite, which a test alone or after one other counts as


def share(tests: int, whole: int) -> float:
    """What a run of so many tests counts as, in runs of a suite that has ``whole``."""
    return _LEAST if tests <= _PAIR else max(_LEAST, tests / max(1, whole))


class _SpentError(Exception):
    """The search has taken as many runs as it may."""


@dataclass
class Bisection:
    """Looks into the order-dependent tests of some runs. ``partners`` are those found so far, each of one test or more.

    ``likely`` are tests among which partners are looked for first. ``reserve`` is what is left for other questions when
    no further partner is looked for, ``limit`` what it may take with one partner found or none, and ``spent`` what it
    took so far, all in runs of the suite.
    """

    runner: Runner
    runs: Sequence[Run]
    tell: Callable[[str], None]
    likely: Collection[str] = ()
    reserve: float = 0.0
    limit: float = field(default_factory=lambda: MOST)
    partners: list[Tests] = field(default_factory=list)
    spent: float = 0.0
    endings: dict[tuple[str, Tests], Result] = field(default_factory=dict)  # by the test, and those before it

    @property
    def most(self) -> float:
        """How many runs of the suite it may take."""
        return self.limit + _FURTHER * max(0, len(self.partners) - 1)

    def explain(self, name: str, test: Test) -> Test:
        """The test with its role, its partner and the commands that show the difference, where these are found."""
        if self.is_subtest(name):
            return test
        failing = self.shortest(name, bad=True)
        passing = self.shortest(name, bad=False)
        if passing is None or (failing is None and test.role != "brittle"):
            return test  # skipped here and passed there, or never ended
        if self.is_spent(name):
            return test
        role = test.role or role_of(self.ending(name, (), passing[0].seed))
        found = failing if role == "victim" else passing
        if role is None or found is None:
            return replace(test, role=role)
        partners = self.partners_of(name, found[1], found[0], role)
        return self._explained(name, test, role, partners) if partners else replace(test, role=role)

    def partners_of(self, name: str, before: Sequence[str], run: Run, role: Role, guess: Tests = ()) -> Tests:
        """The test that makes this one fail, or pass if it is brittle; those that do only together; none if none do.

        ``before`` are the tests that ran before it in ``run``, ``guess`` those that may make the difference.
        """
        question = _After(self, name, tuple(dict.fromkeys((*before, *guess))), run.seed, role)
        try:
            if guess and question.shows(guess):
                self.partners.append(guess)
                return guess
            return self._known(question) or self._looked_for(question)
        except _SpentError:
            self._tell_spent(name)
            return ()

    def is_partner(self, name: str, other: str, run: Run, role: Role) -> bool:
        """Whether another test that ran before this one in ``run`` makes the difference by itself."""
        try:
            return _After(self, name, (other,), run.seed, role).shows((other,))
        except _SpentError:
            return False

    def is_subtest(self, name: str) -> bool:
        """Whether it is a part of a test, which pytest cannot run without the rest."""
        return any(name in run.attempts and run.attempts[name].subtest for run in self.runs)

    def is_spent(self, name: str) -> bool:
        """Whether it has taken all the runs that it may; then it tells that this test is not looked into."""
        if self.spent < self.most:
            return False
        self._tell_spent(name)
        return True

    def ending(self, name: str, before: Sequence[str], seed: int) -> Result:
        """How a test ends after these alone. Raises what ends the search if that has taken as much as it may."""
        asked = name, tuple(before)
        if asked not in self.endings:
            if self.spent >= self.most:
                raise _SpentError
            self.count(len(before) + 1)
            self.endings[asked] = self.runner.ending(name, before, seed)
        return self.endings[asked]

    def count(self, tests: int) -> None:
        """Count a run of so many tests, in runs of the suite."""
        self.spent += share(tests, max(len(run.attempts) for run in self.runs))

    def shortest(self, name: str, *, bad: bool) -> tuple[Run, list[str]] | None:
        """Of the runs in which the test failed, or passed, the one with the fewest tests before it."""
        found: tuple[Run, list[str]] | None = None
        for run in self.runs:
            result = run.attempts[name].result if name in run.attempts else "not run"
            if (result in BAD) if bad else (result == "passed"):
                order = [n for n, attempt in run.attempts.items() if attempt.result != "not run"]
                before = order[: order.index(name)]
                if found is None or len(before) < len(found[1]):
                    found = run, before
        return found

    def _known(self, question: _After) -> Tests:
        """The partner of other tests that is this one's, too; they are asked about all at once."""
        known = {test for partners in self.partners for test in partners}
        tests = tuple(each for each in question.before if each in known)
        return smallest(tests, question.shows) if tests and question.shows(tests) else ()

    def _looked_for(self, question: _After) -> Tests:
        if self.spent >= self.most - self.reserve:
            raise _SpentError
        self.tell(f"searching for the tests that {question.name} depends on")
        likely = tuple(each for each in question.before if each in self.likely)
        found = smallest(likely, question.shows) or smallest(question.before, question.shows)
        if found:
            self.partners.append(found)
        return found

    def _tell_spent(self, name: str) -> None:
        taken = f"{self.spent:.0f} runs of the suite"
        self.tell(f"the tests that {name} depends on were not found: the search has taken {taken}")

    def _explained(self, name: str, test: Test, role: Role, partners: Tests) -> Test:
        alone, after = ("passes", "fails") if role == "victim" else ("fails", "passes")
        commands = (f"{self._command([name])}  # {alone}", f"{self._command([*partners, name])}  # {after}")
        partner = partners[0] if len(partners) == 1 else None
        return replace(test, role=role, partner=partner, commands=commands)

    def _command(self, names: Sequence[str]) -> str:
        return shlex.join(["pytest", *self.runner.switches(), *map(self.runner.argument, names)])


@dataclass
class _After:
    """Whether a test ends the other way after some of those that ran before it."""

    bisection: Bisection
    name: str
    before: Tests
    seed: int
    role: Role

    def shows(self, tests: Tests) -> bool:
        """Whether it does after these."""
        chosen = frozenset(tests)
        in_order = tuple(each for each in self.before if each in chosen)
        end = self.bisection.ending(self.name, in_order, self.seed)
        return end in BAD if self.role == "victim" else end == "passed"


def smallest(tests: Tests, shows: Callable[[Tests], bool]) -> Tests:
    """The one test that shows it, or those that only together do, as few as possible; none if all of them do not."""
    one = _one(tests, shows)
    if one or len(tests) < 2 or not shows(tests):
        return one
    return fewest(tests, shows)


def _one(tests: Tests, shows: Callable[[Tests], bool]) -> Tests:
    """The one test that shows it, if one does: it is in the first half, or else taken to be in the other."""
    while len(tests) > 1:
        first, second = _halves(tests)
        tests = first if shows(first) else second
    return tests if tests and shows(tests) else ()


def fewest(tests: tuple[T, ...], shows: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """Of what together shows it what does only together: delta debugging, of parts that need one another.

    The largest part is halved. Where either half is enough beside the other parts it takes the part's place; where
    neither is, each is needed, and is a part of its own.
    """
    parts = [tests]
    while len(largest := max(parts, key=len)) > 1:
        rest = [part for part in parts if part is not largest]
        halves = _halves(largest)
        enough = (half for half in halves if shows(sum(rest, half)))
        half = next(enough, None)
        parts = [*rest, *(halves if half is None else [half])]
    needed = {test for part in parts for test in part}
    return tuple(test for test in tests if test in needed)


def _halves(tests: tuple[T, ...]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    return tests[: len(tests) // 2], tests[len(tests) // 2 :]


def role_of(alone: Result) -> Role | None:
    """What an order-dependent test is by how it ended alone; None where it was not reached."""
    if alone == "not run":
        return None
    return "brittle" if alone in BAD else "victim"
