"""The smallest repair: a rewrite stays only if a test fails without it.

How a test fails that a repair is for is known by a few tests: after its partner, alone, or the second time that it
runs. With these, not with runs of the whole suite, each rewrite is left out in turn. What nothing misses is not kept,
and what is kept is shown to be needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isolator.evidence.dependence import brittle, victims
from isolator.evidence.model import Evidence
from isolator.pytest_runs.bisecting import smallest
from isolator.pytest_runs.model import Run, Test
from isolator.pytest_runs.verdicts import BAD
from isolator.repair.attempts import Rounds
from isolator.repair.blame import Unit, owner

_MOST = 40  # times that some tests are run for one repair, after which it is as small as it is
_RECIPES = 12  # tests that are asked whether they miss a rewrite
_FEW = 8  # rewrites that are left out one by one; of more, halves first

Units = tuple[Unit, ...]


@dataclass(frozen=True)
class Recipe:
    """How a test fails: after some others, alone if there are none, or the second time in a row."""

    test: str
    before: tuple[str, ...] = ()
    twice: bool = False

    def __str__(self) -> str:
        if self.twice:
            return f"{self.test} fails the second time"
        if not self.before:
            return f"{self.test} fails alone"
        return f"{self.test} fails after {self.before[0] if len(self.before) == 1 else f'{len(self.before)} others'}"


@dataclass
class Smallest:
    """Leaves out what no test misses. ``passes`` runs a recipe; each item of ``recipes`` has several for one test."""

    rounds: Rounds
    recipes: Sequence[Sequence[Recipe]]
    passes: Callable[[Recipe], bool]
    tell: Callable[[str], None]
    spent: int = 0
    shown: list[Recipe] = field(default_factory=list)

    def work(self) -> None:
        """Leave it out, and say of the rest what fails without it, as far as that could be tried."""
        units = tuple(sorted(self.rounds.left, key=_dearer))
        if not units:
            return
        self.shown = self._shown(units)
        needed = self._needed(units) if self.shown else ()
        if self.shown or not self.rounds.better:
            self.rounds.leave_out([unit for unit in units if unit not in needed])

    def _shown(self, units: Units) -> list[Recipe]:
        """For each test the first recipe by which it fails without all these rewrites, and passes with them."""
        with self.rounds.left_out(units):
            failing = [self._narrowed(recipe) for recipe in map(self._failing, self.recipes[:_RECIPES]) if recipe]
        return [recipe for recipe in failing if self._passes(recipe)]

    def _failing(self, recipes: Sequence[Recipe]) -> Recipe | None:
        return next((recipe for recipe in recipes if not self._passes(recipe)), None)

    def _narrowed(self, recipe: Recipe) -> Recipe:
        """The same with no more tests before it than it takes."""
        if len(recipe.before) < 2:
            return recipe
        before = smallest(recipe.before, lambda some: not self._passes(replace(recipe, before=some)))
        return replace(recipe, before=before) if before else recipe

    def _needed(self, units: Units) -> Units:
        """Those of the rewrites that it takes. What fails without one is noted.

        First all are left out that are in other tests than those that are run, then some at a time, then each.
        """
        tests = {owner(name, self.rounds.project) for recipe in self.shown for name in (recipe.test, *recipe.before)}
        kept = self._without(units, units, tuple(u for u in units if u.test and u.name not in tests))
        size = len(kept) // 2 if len(kept) > _FEW else 1
        while size:
            for start in reversed(range(0, len(kept), size)):
                kept = self._without(units, kept, kept[start : start + size])
            size //= 2
        return kept

    def _without(self, units: Units, kept: Units, some: Units) -> Units:
        """What is kept without some of it, if nothing misses that."""
        rest = tuple(unit for unit in kept if unit not in some)
        if self.spent >= _MOST or not some:
            return kept
        with self.rounds.left_out([unit for unit in units if unit not in rest]):
            missing = self._failing(self.shown)
        if missing is not None and len(some) == 1:
            self.rounds.needed[some[0].name] = str(missing)
        return rest if missing is None else kept

    def _passes(self, recipe: Recipe) -> bool:
        self.spent += 1
        return self.passes(recipe)


def _dearer(unit: Unit) -> tuple[bool, bool]:
    """The polluter's own line is the best place, then what the failing test needs, a fixture for all tests the last."""
    codes = {finding.code for finding in unit.findings}
    return any(code.startswith("ISO3") for code in codes), codes == {"ISO104"}


def recipes_for(tests: Mapping[str, Test], evidence: Evidence, runs: Sequence[Run]) -> Iterator[tuple[Recipe, ...]]:
    """How each of some tests fails that some runs, or evidence, showed: what costs the least first."""
    others = {each.test: each.others[0] for each in victims(evidence)}
    alone = {each.test for each in brittle(evidence)} | {each.test for each in evidence.inherited}
    for name, test in tests.items():
        found = [Recipe(name, (other,)) for other in (test.partner, others.get(name)) if other is not None]
        found += [Recipe(name)] if name in alone or test.role == "brittle" or test.verdict == "failing" else []
        found += [Recipe(name, twice=True)] if test.verdict == "nio" else []
        found += [Recipe(name, before) for before in _failing_after(name, runs) if not found]
        yield tuple(dict.fromkeys(found))


def _failing_after(name: str, runs: Sequence[Run]) -> Iterator[tuple[str, ...]]:
    """The tests that ran before this one where it failed, of the run with the fewest of them."""
    found = []
    for run in runs:
        if name in run.attempts and run.attempts[name].result in BAD:
            order = [each for each, attempt in run.attempts.items() if attempt.result != "not run"]
            found.append(tuple(order[: order.index(name)]))
    yield from sorted(found, key=len)[:1]
