"""The smallest repair: a rewrite stays only if a test fails without it.

How a test fails that a repair is for is known by a few tests: after its partner, alone, or the second time that it
runs. With these, not with runs of the whole suite, each rewrite is left out in turn. What nothing misses is not kept,
and what is kept is shown to be needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isolator.evidence.dependence import brittle, victims
from isolator.evidence.model import Evidence
from isolator.pytest_runs.bisecting import smallest
from isolator.pytest_runs.model import Run, Test
from isolator.pytest_runs.verdicts import BAD
from isolator.repair.attempts import Rounds
from isolator.repair.blame import Unit, owner

_MOST = 4.0  # runs of the suite that it takes for one repair, after which it is as small as it is
_RECIPES = 12  # tests that are asked whether they miss a rewrite
_EACH = 3  # of several alike
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
    """Leaves out what no test misses, before the rest is confirmed.

    ``recipes`` are groups: of one test, or of several of which each may stand for the others. ``passes`` runs a recipe,
    ``runs`` says how many runs of the suite deflake has made.
    """

    rounds: Rounds
    recipes: Sequence[Sequence[Recipe]]
    passes: Callable[[Recipe], bool]
    runs: Callable[[], float]
    shown: list[Recipe] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)  # tests that do not fail as they should, or are not asked

    def __post_init__(self) -> None:
        self._limit = self.runs() + _MOST

    def work(self) -> None:
        """Leave it out, and say of the rest what fails without it, as far as that could be tried."""
        units = tuple(sorted(self.rounds.left, key=_dearer))
        if not units:
            return
        self._show(units)
        needed = self._needed(units) if self.shown else units if self.unclear else ()
        self.rounds.leave_out([unit for unit in units if unit not in needed])
        self.rounds.missing = [recipe.test for recipe in self.shown]
        self.rounds.must_help = not self.shown

    def _show(self, units: Units) -> None:
        """Find the recipes by which tests fail without all these rewrites, and pass with them.

        One test is enough for one rewrite.
        """
        for number, recipes in enumerate(self.recipes):
            spent = number >= _RECIPES or self._is_spent(half=True)
            failing = [] if spent else [r for r in recipes[:_EACH] if self._failing([r], ()) is not None]
            helped = next((recipe for recipe in failing if self._failing([recipe], units) is None), None)
            if helped is not None:
                self.shown.append(self._narrowed(helped))
                if len(units) == 1:
                    break
            elif not failing or len(recipes) > 1:
                self.unclear += dict.fromkeys(recipe.test for recipe in recipes)

    def _failing(self, recipes: Sequence[Recipe], units: Sequence[Unit]) -> Recipe | None:
        """The first recipe by which a test fails with no more than these rewrites."""
        with self.rounds.only(units):
            return next((recipe for recipe in recipes if not self.passes(recipe)), None)

    def _narrowed(self, recipe: Recipe) -> Recipe:
        """The same with no more tests before it than it takes."""
        if len(recipe.before) < 2:
            return recipe
        before = smallest(recipe.before, lambda some: self._failing([replace(recipe, before=some)], ()) is not None)
        return replace(recipe, before=before) if before else recipe

    def _needed(self, units: Units) -> Units:
        """Those of the rewrites that it takes. What fails without one is noted.

        First all are left out that are in other tests than those that are run, then some at a time, then each. Those
        that are in tests of which it is unclear how they fail stay.
        """
        names = [*self.unclear, *(name for recipe in self.shown for name in (recipe.test, *recipe.before))]
        tests = {owner(name, self.rounds.project) for name in names}
        unclear = {owner(name, self.rounds.project) for name in self.unclear}
        kept = self._without(units, tuple(unit for unit in units if unit.test and unit.name not in tests))
        size = len(kept) // 2 if len(kept) > _FEW else 1
        while size:
            for start in reversed(range(0, len(kept), size)):
                some = tuple(unit for unit in kept[start : start + size] if unit.name not in unclear)
                kept = self._without(kept, some)
            size //= 2
        return kept

    def _without(self, kept: Units, some: Units) -> Units:
        """What is kept without some of it, if nothing misses that."""
        if self._is_spent() or not some:
            return kept
        rest = tuple(unit for unit in kept if unit not in some)
        missing = self._failing(self.shown, rest) if rest else self.shown[0]
        if missing is not None and len(some) == 1:
            self.rounds.needed[some[0].name] = str(missing)
        return rest if missing is None else kept

    def _is_spent(self, *, half: bool = False) -> bool:
        return self.runs() > self._limit - (_MOST / 2 if half else 0)


def _dearer(unit: Unit) -> tuple[bool, bool]:
    """The polluter's own line is the best place, then what the failing test needs, a fixture for all tests the last."""
    codes = {finding.code for finding in unit.findings}
    return any(code.startswith("ISO3") for code in codes), codes == {"ISO104"}


def recipes_for(
    tests: Mapping[str, Test], evidence: Evidence, runs: Sequence[Run], rewritten: Collection[str]
) -> Iterator[tuple[Recipe, ...]]:
    """How tests fail that some runs, or evidence, showed: what costs the least first.

    Those that depend on the same state are a group, first those whose partner is known, but for those that are
    ``rewritten`` themselves. Where several tests make one fail, each of them counts.
    """
    others = {each.test: each.others for each in victims(evidence)}
    alone = {each.test for each in brittle(evidence)} | {each.test for each in evidence.inherited}
    known: dict[object, list[Recipe]] = {}
    for name, test in sorted(tests.items(), key=lambda item: item[1].partner is None):
        partners = (test.partner,) if test.partner is not None else others.get(name, ())
        if name in alone or test.role == "brittle" or test.verdict == "failing":
            found = [Recipe(name)]
        elif test.verdict == "nio":
            found = [Recipe(name, twice=True)]
        else:
            found = [Recipe(name, (other,)) for other in partners] or [*_failing_after(name, runs)]
        for recipe in found:
            shared = test.cells or (recipe.before if partners else name)
            known.setdefault(recipe if name in rewritten else shared, []).append(recipe)
    yield from map(tuple, known.values())


def _failing_after(name: str, runs: Sequence[Run]) -> Iterator[Recipe]:
    """Behind the tests that ran before this one where it failed, of the run with the fewest of them."""
    found = []
    for run in runs:
        if name in run.attempts and run.attempts[name].result in BAD:
            order = [each for each, attempt in run.attempts.items() if attempt.result != "not run"]
            found.append(tuple(order[: order.index(name)]))
    yield from (Recipe(name, before) for before in sorted(found, key=len)[:1])
