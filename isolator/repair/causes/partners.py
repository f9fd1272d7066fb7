"""The same partner for several tests: it leaves some state changed, and they all run after it.

A test that left state last before one that fails is asked about first. Then the others run after it in one process,
which for few of them takes less than a run of the suite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isolator.pytest_runs.model import Attempt, Run, Test
from isolator.pytest_runs.run.running import Planned
from isolator.repair.causes.showing import NOT_RUN, Cells, all_in, by_container, shows, turns

if TYPE_CHECKING:
    from isolator.repair.causes.explaining import Causes

IN_VAIN = 4  # tests in a row, after which the one that left the state last is not tried any more
FOR_OTHERS = 2.0  # runs of the suite that are left for the tests that something else explains


@dataclass
class Partners:
    """Explains tests by the one that left state before them, with the runs and the budget of ``causes``."""

    causes: Causes

    def explain(self, tests: Mapping[str, Test], run: Run, cells: Cells) -> dict[str, Test]:
        """Those of which the test that left some state last makes the difference by itself, with what it leaves.

        What explains one is tried for the others that come after the same test.
        """
        found: dict[str, Test] = {}
        in_vain = 0
        for name, test in tests.items():
            if name in found or in_vain == IN_VAIN or self.causes.is_spent(left=FOR_OTHERS):
                continue
            partner = self.left_by_one(name, test, run, cells)
            known = None if partner is None else self.causes.after_partner(name, test, partner, run)
            in_vain = 0 if known and known.cells else in_vain + 1
            if known and known.cells:
                others = {other: tests[other] for other in tests if other not in found and other != name}
                found |= {name: known, **self.of_partner(known, others, libraries=False)}
        return found

    def of_partner(self, known: Test, others: Mapping[str, Test], *, libraries: bool) -> dict[str, Test]:
        """Those of some tests that the partner of this one makes fail, or pass, too, by the same state.

        They run after it, and once more with the state put back in between: that takes less than a run of the suite.
        """
        partner, role = known.partner, known.role
        alike = {n: test for n, test in others.items() if (test.role, test.verdict) == (role, known.verdict)}
        if partner is None or not alike or self.causes.is_spent():
            return {}
        places = by_container(known)
        cells, at = tuple(places), tuple(places.values())
        asked = self._after(partner, alike, cells, libraries=libraries)
        again = self._attempts((partner, *asked), cells, libraries=libraries) if asked else {}
        turned = [name for name, test in asked.items() if turns(test, again.get(name, NOT_RUN))]
        return {name: replace(others[name], partner=partner, cells=cells, places=at) for name in turned}

    def _after(self, partner: str, tests: Mapping[str, Test], cells: Cells, *, libraries: bool) -> dict[str, Test]:
        """Those of some tests that show it after their partner: in one run, except those that leave the state."""
        run = self.causes.runs[0]
        leaving = {each for c in self.causes.evidence.cells if c.path.startswith(cells) for each in c.tests}
        together = [name for name in tests if name not in leaving]
        attempts = self._attempts((partner, *together), (), libraries=libraries) if together else {}
        found = [name for name in together if shows(tests[name], attempts.get(name, NOT_RUN))]
        for name, test in tests.items():
            if name in leaving and test.role is not None and self.causes.is_partner(name, partner, run, test.role):
                found.append(name)
        return {name: tests[name] for name in found}

    def _attempts(self, tests: Cells, put_back: Cells, *, libraries: bool) -> Mapping[str, Attempt]:
        """How some tests go in one run, with such state put back after each."""
        self.causes.count(len(tests))
        planned = Planned("given", self.causes.runs[0].seed, tests, all_in(put_back), libraries)
        return self.causes.runner.run(planned).attempts

    def left_by_one(self, name: str, test: Test, run: Run, cells: Cells) -> str | None:
        """The test that left the state last before this one, if it does so by itself."""
        before = [*run.attempts][: [*run.attempts].index(name)]
        leaving = {each for c in self.causes.evidence.cells if c.path.startswith(cells) for each in c.tests}
        last = next((each for each in reversed(before) if each in leaving), None)
        if last is None or test.role is None or not self.causes.is_partner(name, last, run, test.role):
            return None
        return last
