"""Why a test depends on the order: alone it passes (a victim, of a polluter) or fails (brittle, without its setter).

The test that makes the difference is one that ran before it; it is found by halving what ran before, so that a test
costs at most log2(n) + 2 runs of pytest, n being the number of tests before it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from isolator.pytest_runs.model import Result, Role, Run, Test
from isolator.pytest_runs.run.running import Runner
from isolator.pytest_runs.verdicts import BAD

_LIMIT = 10  # tests that are looked into from scratch; of others it is only asked whether a known polluter is theirs


@dataclass
class Bisection:
    """Looks into the order-dependent tests of some runs. ``partners`` are the polluters and setters found so far."""

    runner: Runner
    runs: Sequence[Run]
    tell: Callable[[str], None]
    partners: list[str] = field(default_factory=list)
    looked_into: int = 0

    def explain(self, name: str, test: Test) -> Test:
        """The test with its role, its partner and the commands that show the difference, as far as they are found."""
        if any(name in run.attempts and run.attempts[name].subtest for run in self.runs):
            return test  # which pytest cannot run without the rest of its test
        failing = self.shortest(name, bad=True)
        passing = self.shortest(name, bad=False)
        if passing is None or (failing is None and test.role != "brittle"):
            return test  # skipped here and passed there, or never ended
        if self.looked_into >= _LIMIT:
            return test if failing is None else self._by_a_known_partner(name, test, failing)
        self.looked_into += 1
        self.tell(f"looking for what {name} depends on")
        role = test.role or role_of(self.runner.ending(name, seed=passing[0].seed))
        if role is None:
            return test
        found = failing if role == "victim" else passing
        partner = self._search(name, found[1], found[0], role) if found is not None else None
        if partner is None:
            return replace(test, role=role)
        self.partners.append(partner)
        return self._explained(name, test, role, partner)

    def _search(self, name: str, before: Sequence[str], run: Run, role: str) -> str | None:
        """The one test among those before this one that makes it fail, or pass if it is brittle."""
        left = list(before)
        seen = False  # whether the test that is left was tried by itself
        while len(left) > 1:
            half = left[: len(left) // 2]
            shown = self.shows(name, half, run, role)
            left, seen = (half, len(half) == 1) if shown else (left[len(half) :], False)
        if not left or not (seen or self.shows(name, left, run, role)):
            return None
        return left[0]

    def shows(self, name: str, before: Sequence[str], run: Run, role: str) -> bool:
        """Whether the test fails behind these, or passes if it is brittle."""
        result = self.runner.ending(name, before, run.seed)
        return result in BAD if role == "victim" else result == "passed"

    def _by_a_known_partner(self, name: str, test: Test, failing: tuple[Run, Sequence[str]]) -> Test:
        """Whether the first of the known polluters that ran before it is its own; one that fails alone has none."""
        run, before = failing
        partner = next((partner for partner in self.partners if partner in before), None)
        if partner is None or not self.shows(name, [partner], run, "victim"):
            return test
        role = role_of(self.runner.ending(name, seed=run.seed))
        return self._explained(name, test, role, partner) if role == "victim" else replace(test, role=role)

    def _explained(self, name: str, test: Test, role: Role, partner: str) -> Test:
        alone, both = ("passes", "fails") if role == "victim" else ("fails", "passes")
        commands = (f"{self._command([name])}  # {alone}", f"{self._command([partner, name])}  # {both}")
        return replace(test, role=role, partner=partner, commands=commands)

    def _command(self, names: Sequence[str]) -> str:
        return shlex.join(["pytest", *self.runner.switches(), *map(self.runner.argument, names)])

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


def role_of(alone: Result) -> Role | None:
    """What an order-dependent test is by how it ended alone; None where it was not reached."""
    if alone == "not run":
        return None
    return "brittle" if alone in BAD else "victim"
