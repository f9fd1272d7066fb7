"""What runs of pytest showed: of one test in one run, of one run, of one test in all of them, and of the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from isolator.project.tables.confirm import Order

Verdict = Literal[
    "stable",
    "failing",
    "flaky",
    "order-dependent",
    "nio",
    "rerun",
    "hanging",
    "missing",
    "uncollected",
    "new",
    "gone",
]
Result = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "crashed", "hung", "not run"]
Role = Literal["victim", "brittle"]  # a victim passes alone and fails after a polluter, a brittle test fails alone

STABLE: tuple[Verdict, ...] = ("stable", "new")
# Verdicts that need no action against flakiness: `failing` is a bug that shows every time.
CALM: tuple[Verdict, ...] = (*STABLE, "failing")
CONFIDENCE = 0.95
# How the way of what could not be collected begins: a file, mostly, which stands for the tests in it.
COLLECT = "collect"


@dataclass(frozen=True)
class Attempt:
    """What one run did with one test.

    ``way`` says how it failed, in a phase, by what exception and where, without any value; "" if it did not.
    ``leaks`` are the environment variables that were different after it than before. ``forbidden`` are the patterns,
    by their numbers, that its output matches. ``seconds`` are those of set-up, call and tear-down. ``subtest`` says
    that it is a part of a test, with a node id made of the test's and its own description. Where the run makes each
    test twice in a row, ``again`` is how it ended the second time, and ``again_way`` how it failed then.
    """

    result: Result
    way: str = ""
    reruns: int = 0
    leaks: tuple[str, ...] = ()
    forbidden: tuple[int, ...] = ()
    seconds: float = 0.0
    subtest: bool = False
    again: Result | None = None
    again_way: str = ""

    @property
    def uncollected(self) -> bool:
        """Whether it is of no test, but of what could not be collected."""
        return self.result == "error" and self.way.partition(":")[0] == COLLECT


@dataclass(frozen=True)
class Run:
    """One run of pytest. ``seed`` is that of the order, if that is random, and of Python's hashes in any case.

    ``exit`` is pytest's exit code, None if it was ended because it hung. ``problem`` is one line on why the run tells
    nothing, or not all (pytest could not start, collected nothing, crashed, hung), or None; ``usable`` is false where
    it tells nothing. ``stack`` is where it hung or crashed. ``forbidden`` are the patterns, by their numbers, that were
    printed outside of any test, or by one that cannot be named because pytest captures nothing. ``attempts`` are the
    tests that were collected, by node id, in the order of the run, and after them what could not be collected.
    """

    order: Order
    seed: int
    seconds: float
    exit: int | None
    attempts: dict[str, Attempt] = field(default_factory=dict)
    problem: str | None = None
    usable: bool = True
    stack: str | None = None
    forbidden: tuple[int, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it was to run all tests: an earlier run is made again up to the test that failed."""
        return self.order != "as it failed"

    def named(self, number: int) -> str:
        """What a run is called that has this number, from 1, among others."""
        return f"run {number} ({self.order})"


def problems(runs: Iterable[Run]) -> tuple[str, ...]:
    """Of some runs those that tell nothing, or not all, and why: a line each."""
    return tuple(f"{run.named(n)}: {run.problem}" for n, run in enumerate(runs, 1) if run.problem)


def ways(name: str, runs: Iterable[Run]) -> dict[str, list[int]]:
    """How a test failed, and for each way the numbers of those runs, which count from 1."""
    found: dict[str, list[int]] = {}
    for number, run in enumerate(runs, 1):
        attempt = run.attempts.get(name)
        if attempt is None:
            continue
        if attempt.way:
            found.setdefault(attempt.way, []).append(number)
        elif attempt.again_way:
            found.setdefault(f"the second time: {attempt.again_way}", []).append(number)
    return found


@dataclass(frozen=True)
class Test:
    """What all runs showed of one test.

    ``outcomes`` has one a run, None where the test was not collected. What could not be collected in some run is
    ``uncollected``: it is not a test, but has the node id of a file. ``role`` is that of an order-dependent test:
    a victim passes alone, a brittle test fails alone. ``commands`` are the shortest that show the difference, and
    ``partner`` is the polluter or the state-setter among them, if a single one was found; else several tests make the
    difference only ``together``. ``cells`` is the state that makes the difference: none if that is nothing that is
    watched, None if it was not looked for. ``places`` are the lines that leave it changed, one for each of ``cells``,
    "" where none was seen. ``hung`` is the stack of a hanging one, as
    ``run.stacks`` writes it.
    """

    __test__ = False

    verdict: Verdict
    outcomes: tuple[Result | None, ...]
    reruns: int = 0
    leaks: tuple[str, ...] = ()
    role: Role | None = None
    partner: str | None = None
    together: tuple[str, ...] = ()
    cells: tuple[str, ...] | None = None
    places: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    hung: str | None = None

    @property
    def unsteady(self) -> bool:
        """Whether it does not end the same way each time: no bug, and no file that cannot be collected."""
        return self.verdict not in (*CALM, "uncollected")


@dataclass(frozen=True)
class Expectation:
    """Something that had to hold, in words, and whether it did; ``where`` it did not is a line a place."""

    what: str
    met: bool
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class Confirmation:
    """The whole: the runs, each test by its node id, and what else had to hold.

    ``worse`` are sentences on what is worse than the baseline; empty where there is none. ``pytest_runs`` counts every
    start of pytest, those of the bisection and of single tests too. ``left`` are the files that changed while the tests
    ran, each with what became of it; ``uncollected`` says of what cannot be collected how to continue without it.
    ``confidence`` is that of the bound on how often a stable test may still fail.
    """

    runs: tuple[Run, ...]
    tests: dict[str, Test]
    expectations: tuple[Expectation, ...] = ()
    worse: tuple[str, ...] = ()
    pytest_runs: int = 0
    left: tuple[str, ...] = ()
    confidence: float = CONFIDENCE
    uncollected: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is flaky, hangs or is missing, every expectation is met and nothing is worse than before."""
        calm = all(test.verdict in CALM for test in self.tests.values())
        whole = all(run.problem is None for run in self.runs)
        return calm and whole and not self.worse and all(e.met for e in self.expectations)
