"""Reports of suites that do not exist: of everything that a report may have to tell some, by chance."""

from __future__ import annotations

import random
from pathlib import Path

from isolator.evidence.model import Cache, Cause, Cell, Edge, Evidence, Inherited, Leak, WatchedRun
from isolator.project.project import Project
from isolator.project.pytest_config import PytestConfig
from isolator.project.settings import Settings
from isolator.project.tables.confirm import Order
from isolator.pytest_runs.expectations.comparing import against
from isolator.pytest_runs.model import Attempt, Confirmation, Result, Role, Run, Test, Verdict
from isolator.report.html.material import Material

ORDERS: tuple[Order, ...] = ("given", "reversed", "given")
# How a test ends in three runs, which make the verdict.
ENDS: dict[Verdict, tuple[Result, ...]] = {
    "stable": ("passed", "passed", "passed"),
    "failing": ("failed", "failed", "failed"),
    "flaky": ("failed", "passed", "passed"),
    "order-dependent": ("failed", "passed", "failed"),
    "hanging": ("hung", "passed", "passed"),
}
STACK = "the main thread\n  tests/test_a.py:3 in test_x: wait()\n    threading.py:629 in wait"


def generated(folder: Path, seed: int, polluters: int = 6, sides: int = 2) -> Material:
    """A suite of three times as many tests as polluters, in which nothing need fit with anything else."""
    return _Suite(folder, random.Random(seed), polluters).material(sides)


class _Suite:
    def __init__(self, folder: Path, drawn: random.Random, polluters: int) -> None:
        self.folder, self.drawn = folder, drawn
        self.tests = [f"tests/test_{n % 4}.py::Test{n % 3}::test_number_{n}_of_the_suite" for n in range(3 * polluters)]
        self.polluters = self.tests[:polluters]
        self.variables = [f"VARIABLE_{n}" for n in range(polluters // 2)]
        self.paths = [f"app.state.THINGS[{n}]" for n in range(polluters // 2)]

    def material(self, sides: int) -> Material:
        evidence = self.evidence()
        found = self.confirmation()
        confirmations: tuple[tuple[str, Confirmation], ...] = (("now", found),)
        if sides > 1:
            later = self.confirmation(well=0.7)
            confirmations = (("before", found), ("after", against(found, later)))
        project = Project(self.folder, Settings(), PytestConfig())
        partners = {test: self.drawn.choice(self.polluters) for test in self.some(self.tests, 0.1)}
        return Material("isolator confirm", False, confirmations, project, evidence, partners=partners)

    def confirmation(self, well: float = 0.3) -> Confirmation:
        tests = {name: self.test(name) for name in self.tests}
        for name in self.some(self.tests, well):
            tests[name] = Test("stable", ENDS["stable"])
        runs = tuple(
            Run(order, n, 1.0, 1, {name: Attempt(test.outcomes[n] or "not run") for name, test in tests.items()})
            for n, order in enumerate(ORDERS)
        )
        return Confirmation(runs, tests)

    def test(self, name: str) -> Test:
        verdict = self.drawn.choice(list(ENDS))
        if verdict != "order-dependent":
            return Test(verdict, ENDS[verdict], hung=STACK if verdict == "hanging" else None)
        roles: tuple[Role | None, ...] = ("victim", "victim", "brittle", None)
        role = self.drawn.choice(roles)
        partner = self.drawn.choice([*self.polluters, None]) if role else None
        cells = tuple(self.some(self.paths, 0.3)) if role and self.drawn.random() < 0.4 else None
        commands = () if self.drawn.random() < 0.5 else (f"pytest {name}",)
        places = tuple("app/state.py:3" for _ in cells or ())
        partner = None if partner == name else partner
        return Test(verdict, ENDS[verdict], role=role, partner=partner, cells=cells, places=places, commands=commands)

    def evidence(self) -> Evidence:
        pairs = [(p, v) for p in self.polluters for v in self.some(self.variables, 0.4)]
        ends: list[tuple[str | None, ...]] = [("failed", "passed"), ("passed", "failed"), ("passed", "passed")]
        return Evidence(
            runs=(WatchedRun("given", 1, 1.0, 1), WatchedRun("reversed", 1, 1.0, 1)),
            tests={name: self.drawn.choice(ends) for name in self.tests},
            leaks=tuple(Leak(v, p, "tests/test_0.py", 5, None, "call") for p, v in pairs),
            edges=tuple(
                Edge(p, r, v, "app/config.py", 3) for p, v in pairs for r in self.some(self.tests, 0.1) if r != p
            ),
            caches=(
                Cache("app.config.get", "lru_cache", "app/config.py", 1, ("A",), tuple(self.some(self.tests, 0.1))),
            ),
            cells=tuple(Cell(path, tuple(self.some(self.polluters, 0.4)) or (self.tests[0],)) for path in self.paths),
            causes=tuple(Cause(test, tuple(self.some(self.paths, 0.5))) for test in self.some(self.tests, 0.1)),
            inherited=tuple(Inherited(test, ("HOME_OF_IT",)) for test in self.some(self.tests, 0.05)),
        )

    def some(self, things: list[str], share: float) -> list[str]:
        return [thing for thing in things if self.drawn.random() < share]
