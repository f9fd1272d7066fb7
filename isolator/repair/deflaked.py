"""What came of ``isolator deflake``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from isolator.engine.batch import Outcome
from isolator.evidence.model import Evidence
from isolator.pytest_runs.model import Run, Test, problems
from isolator.repair import history as changes
from isolator.repair.blame import Blame, Recipe, Unit
from isolator.repair.causes.inherited import Variables
from isolator.repair.replaying import Replayed


@dataclass
class Polluter:
    """What a test leaves changed, and which tests that makes fail, by itself or with others, where that was found."""

    cells: dict[str, None] = field(default_factory=dict)
    victims: dict[str, None] = field(default_factory=dict)


@dataclass
class Deflaked:
    """What came of it. ``before`` and ``after`` are the tests by node id; ``outcomes`` are the files, as they are now.

    ``runs_before`` and ``runs_after`` are the runs that they were judged by, ``runs_after`` none if there were no
    others. ``unneeded`` is what no test missed, by the name of the unit, and ``needed`` says of others which test fails
    without them. ``evidence`` is what was seen before anything was rewritten, ``changes`` are the files that were, each
    as it was at the beginning. ``inherited`` are the tests that failed because of variables of the environment that
    pytest is started in, with these. ``wanted`` is false if the user did not want the change. ``files_left`` are the
    files that changed while the tests ran, each once with what became of it; ``uncollected`` says of what cannot be
    collected how to continue without it. ``unsafe_fixes``: these were tried, too. ``errors`` are lines
    on files that could not be rewritten. ``replayed`` are the tests that failed in an earlier run which was made again.
    """

    before: dict[str, Test]
    after: dict[str, Test]
    kept: list[Unit] = field(default_factory=list)
    taken_back: list[Blame] = field(default_factory=list)
    unneeded: dict[str, Unit] = field(default_factory=dict)
    needed: dict[Unit, Recipe] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    pytest_runs: float = 0.0
    seconds: float = 0.0
    wanted: bool = True
    files_left: dict[str, None] = field(default_factory=dict)
    uncollected: tuple[str, ...] = ()
    runs_before: tuple[Run, ...] = ()
    runs_after: tuple[Run, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    changes: changes.Changes = field(default_factory=changes.Changes)
    inherited: dict[str, Variables] = field(default_factory=dict)
    unsafe_fixes: bool = False
    errors: dict[str, None] = field(default_factory=dict)
    replayed: tuple[Replayed, ...] = ()
    everything: bool = False  # rewrites that no test misses are kept, too, so that none was left out to see who does
    explained: dict[str, Test] = field(default_factory=dict)  # what experiments showed, whatever came of the test then
    polluters: dict[str, Polluter] = field(default_factory=dict)  # by their node ids

    def add_polluters(self, tests: Iterable[str], victim: str, cells: Iterable[str] = ()) -> None:
        """Note that these make another one fail, through this state where it is known."""
        for test in tests:
            polluter = self.polluters.setdefault(test, Polluter())
            polluter.victims[victim] = None
            polluter.cells |= dict.fromkeys(cells)

    def unstable(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """Those tests, as they were or are, that are not what they should be.

        What fails for a bug is none of them: what always failed, and not because of the environment.
        """
        return {n: t for n, t in tests.items() if t.unsteady or (t.verdict == "failing" and self._might_pass(n))}

    def _might_pass(self, name: str) -> bool:
        before = self.before.get(name)
        return name in self.inherited or (before is not None and before.verdict != "failing")

    @property
    def problems(self) -> tuple[str, ...]:
        """Of the runs that the tests were judged by in the end, those that tell nothing, or not all, and why."""
        runs = self.runs_after or self.runs_before
        return problems(runs)

    @property
    def ok(self) -> bool:
        """Whether every run was whole, and no test is flaky, order-dependent, hanging or missing, or needs a rerun.

        Nor does one fail because of the environment that pytest is started in.
        """
        return not self.unstable(self.after) and not self.problems and not self.uncollected
