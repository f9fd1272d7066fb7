"""The smallest repair: a rewrite stays only if a test fails without it.

How a test fails that a repair is for is known by a few tests: after its partner, alone, or the second time that it
runs. With these, not with runs of the whole suite, rewrites are left out: for each test those in itself and in its
partner are tried, and those that are in no test, and no more of them stay than it takes. What nothing misses is not
kept, and what is kept is shown to be needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from isolator.pytest_runs.bisecting import smallest
from isolator.repair.attempts import Rounds
from isolator.repair.blame import Recipe, Tests, Unit, owner
from isolator.repair.smallest.places import Places

_MOST = 4.0  # runs of the suite that it takes for one repair, after which it is as small as it is
_MORE = 0.4  # for each test that is asked
_RECIPES = 12  # tests that are asked whether they miss a rewrite
_EACH = 3  # of several alike
_IN_VAIN = 5  # of more than are asked, if the rewrites help none of these: the run of all tests tells of the others
_FEW = 8  # rewrites that are left out one by one; of more, halves first

Units = tuple[Unit, ...]


class Passes(Protocol):
    """Whether a test passes now, in a way in which it may fail; ``tried`` if a rewrite is on trial meanwhile."""

    def __call__(self, recipe: Recipe, *, tried: bool) -> bool: ...


@dataclass
class Smallest:
    """Leaves out what no test misses, before the rest is confirmed.

    ``recipes`` are groups: of one test, or of several of which each may stand for the others. ``passes`` runs a recipe,
    ``runs`` says how many runs of the suite deflake has made.
    ``likely`` are tests among which partners are looked for first; those that are found are kept in ``partners``, by
    the test that fails after them, and in ``hopeless`` the names of the rewrites that do not help it. ``state`` are the
    cells that a test depends on, by the test.
    """

    rounds: Rounds
    recipes: Sequence[Sequence[Recipe]]
    passes: Passes
    runs: Callable[[], float]
    likely: Collection[str] = ()
    partners: dict[str, Tests] = field(default_factory=dict)
    hopeless: dict[str, frozenset[str]] = field(default_factory=dict)
    state: Mapping[str, Collection[str]] = field(default_factory=dict)
    shown: list[Recipe] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)  # tests that do not fail as they should, or are not asked

    def __post_init__(self) -> None:
        self._kept_for: dict[str, Recipe] = {}  # by the name of the rewrite
        self._most = _MOST + _MORE * min(len(self.recipes), _RECIPES)
        self._limit = self.runs() + self._most

    def work(self) -> None:
        """Leave it out, and report what fails without it in the rest, where that could be tried."""
        units = tuple(sorted(self.rounds.left, key=_dearer))
        if not units:
            return
        self._show(units)
        needed = self._needed(units) if self.shown else units if self.unclear else ()
        self.rounds.leave_out([unit for unit in units if unit not in needed])
        self.rounds.missing = [recipe.test for recipes in self._shown_groups() for recipe in recipes]
        self.rounds.must_help = not self.shown
        self._spare_places(needed if self.shown else ())

    def _spare_places(self, kept: Units) -> None:
        """Have the fixtures that are kept restore no place that no test misses."""
        places = Places(kept, self._failing, self._is_spent)
        cells = places.unneeded([unit for unit in kept if not self._may_be_missed(unit)], self._alike(kept))
        if not cells or not self.rounds.spare(cells):
            return
        # The run of all tests that follows shows whether one of them misses a place: then all are restored after all.
        self.rounds.missing = list(dict.fromkeys(recipe.test for recipes in self.recipes for recipe in recipes))
        kept = tuple(self.rounds.left)
        for unit in (unit for unit in kept if unit.name not in self.rounds.needed and not self._is_spent()):
            missing = self._failing(places.asked, tuple(other for other in kept if other is not unit))
            self.rounds.needed |= {} if missing is None else {unit.name: missing}

    def _may_be_missed(self, unit: Unit) -> bool:
        """Whether it restores state of a test that was not asked."""
        return any(not set(unit.cells).isdisjoint(self.state.get(name, ())) for name in self.unclear)

    def _shown_groups(self) -> list[Sequence[Recipe]]:
        """The groups of which one test is shown to be helped: the others should be, too."""
        shown = {recipe.test for recipe in self.shown}
        return [recipes for recipes in self.recipes if any(recipe.test in shown for recipe in recipes)]

    def _alike(self, kept: Units) -> Iterator[Recipe]:
        """How all the tests fail, where it is known: those that depend on the same state, after the same others."""
        shown = {recipe.test: recipe for recipe in self.shown}
        others: list[Recipe] = []
        for recipes in self.recipes:
            asked = next((shown[recipe.test] for recipe in recipes if recipe.test in shown), None)
            if asked is None and not self._is_spent():
                asked = self._first_helped(_of_many_files(recipes)[:_EACH], kept)[1]
            if asked is not None:
                yield asked
                others += (r if len(r.before) < 2 else replace(r, before=asked.before) for r in recipes)
        yield from others

    def _show(self, units: Units) -> None:
        """Find the recipes by which tests fail without all these rewrites, and pass with them.

        One test is enough for one rewrite.
        """
        for number, recipes in enumerate(self._asked_alike(units)):
            most = _RECIPES if self.shown or len(self.recipes) <= _RECIPES else _IN_VAIN
            asked = () if number >= most or self._is_spent(half=True) else _of_many_files(recipes)[:_EACH]
            hopeless, helped = self._first_helped(asked, units)
            if helped is not None:
                self.shown.append(self._narrowed(helped, helped.before))
                if len(units) == 1:
                    break
            elif not hopeless or len(asked) < len(recipes):
                self.unclear += dict.fromkeys(recipe.test for recipe in recipes)

    def _asked_alike(self, units: Units) -> Iterator[Sequence[Recipe]]:
        """The groups of recipes, the likely ones first, except for tests that several cells explain together.

        It is not known that each of those needs all of these cells: each is asked, or none if they are many.
        """
        for recipes in self._likely_first(units):
            tests = dict.fromkeys(recipe.test for recipe in recipes)
            if len(tests) < 2 or len(self.state.get(recipes[0].test, ())) < 2:
                yield recipes
            elif len(tests) > _EACH:
                self.unclear += tests
            else:
                yield from ([recipe for recipe in recipes if recipe.test == test] for test in tests)

    def _likely_first(self, units: Units) -> list[Sequence[Recipe]]:
        """The groups of recipes, first those of tests that are rewritten, or whose only partner is."""
        names = {unit.name for unit in units}

        def is_rewritten(recipe: Recipe) -> bool:
            tests = (recipe.test, *(recipe.before if len(recipe.before) == 1 else ()))
            return any(owner(each, self.rounds.project) in names for each in tests)

        return sorted(self.recipes, key=lambda recipes: not any(map(is_rewritten, recipes)))

    def _first_helped(self, recipes: Sequence[Recipe], units: Units) -> tuple[bool, Recipe | None]:
        """Whether all these tests fail with the rewrites as well, and the first recipe of one that passes with them."""
        hopeless = bool(recipes)
        for recipe in recipes:
            fails, found = self._helped(recipe, units)
            hopeless = hopeless and fails
            if found is not None:
                return False, found
        return hopeless, None

    def _helped(self, recipe: Recipe, units: Units) -> tuple[bool, Recipe | None]:
        """Whether a test fails without all these rewrites, and how it then does if it passes with them."""
        found = self._after_likely(recipe)
        if found is not None:
            return True, found if self._is_helped(found, units) else None
        # It failed so in a run of the suite. Whether they help is asked first, for mostly they do not.
        if not self._is_helped(recipe, units):
            return True, None
        fails = self._failing([recipe], ()) is not None
        return fails, recipe if fails else None

    def _is_helped(self, recipe: Recipe, units: Units) -> bool:
        """Whether the test passes with all the rewrites; what did not help it is not tried again."""
        names = frozenset(unit.name for unit in units)
        if names <= self.hopeless.get(recipe.test, frozenset()):
            return False
        if self._failing([recipe], units) is None:
            return True
        self.hopeless[recipe.test] = names
        return False

    def _failing(self, recipes: Sequence[Recipe], units: Sequence[Unit], spared: Collection[str] = ()) -> Recipe | None:
        """The first recipe by which a test fails with no more than these rewrites, and some cells not restored."""
        with self.rounds.only(units, spared):
            return next((recipe for recipe in recipes if not self.passes(recipe, tried=bool(units))), None)

    def _after_likely(self, recipe: Recipe) -> Recipe | None:
        """The same after the likely ones alone of many others: who leaves something changed is known."""
        if len(recipe.before) < 2:
            return None
        partners = {name for names in self.partners.values() for name in names}
        known = tuple(name for name in recipe.before if name in partners)
        if known and self._failing([replace(recipe, before=known)], ()) is not None:
            return self._narrowed(recipe, known)
        found = self._narrowed(recipe, tuple(name for name in recipe.before if name in self.likely))
        return None if found is recipe else found

    def _narrowed(self, recipe: Recipe, before: Tests) -> Recipe:
        """The same with no more tests before it than it takes, of these."""
        if len(recipe.before) < 2:
            return recipe
        found = smallest(before, lambda some: self._failing([replace(recipe, before=some)], ()) is not None)
        if not found:
            return recipe
        self.partners[recipe.test] = found
        return replace(recipe, before=found)

    def _needed(self, units: Units) -> Units:
        """Those of the rewrites that it takes. What fails without one is noted.

        Rewrites in tests of which it is unclear how they fail stay, and fixtures for the state that these depend on.
        """
        unclear = {owner(name, self.rounds.project) for name in self.unclear}
        certain = tuple(unit for unit in units if unit.name in unclear or self._may_be_missed(unit))
        kept = certain
        for recipe in self.shown:
            if not kept or self._failing([recipe], kept) is not None:
                kept += self._enough(recipe, kept, tuple(unit for unit in units if unit not in kept))
        for unit in kept:
            if unit not in certain:
                kept = self._without(kept, unit)
        return kept

    def _enough(self, recipe: Recipe, kept: Units, more: Units) -> Units:
        """No more rewrites than it takes beside those that are kept, so that a test passes."""
        more = next(
            (some for some in self._nearest(recipe, more) if self._failing([recipe], (*kept, *some)) is None), more
        )
        size = len(more) // 2 if len(more) > _FEW else min(1, len(more) - 1)
        while size:
            for start in reversed(range(0, len(more), size)):
                rest = more[:start] + more[start + size :]
                if rest and not self._is_spent() and self._failing([recipe], (*kept, *rest)) is None:
                    more = rest
            size //= 2
        self._kept_for |= {unit.name: recipe for unit in more}
        return more

    def _nearest(self, recipe: Recipe, units: Units) -> Iterator[Units]:
        """The rewrites for the state that a test depends on, in the tests before it, with set-ups beside them, with
        those in itself, with all set-ups.
        """
        state = self.state.get(recipe.test, ())
        before = {owner(name, self.rounds.project) for name in recipe.before}
        files = {name.partition("::")[0] for name in before}
        tests = before | {owner(recipe.test, self.rounds.project)}
        found = [
            tuple(unit for unit in units if not set(unit.cells).isdisjoint(state)),
            tuple(unit for unit in units if unit.name in before),
            tuple(unit for unit in units if unit.name in before or (not unit.test and unit.file in files)),
            tuple(unit for unit in units if unit.name in tests),
            tuple(unit for unit in units if unit.name in tests or not unit.test),
        ]
        yield from (some for some in dict.fromkeys(found) if some and some != units)

    def _without(self, kept: Units, unit: Unit) -> Units:
        """What is kept without this one, if nothing misses that: asked first is the test that it was kept for."""
        if self._is_spent():
            return kept
        rest = tuple(other for other in kept if other is not unit)
        recipes = sorted(self.shown, key=lambda recipe: recipe is not self._kept_for.get(unit.name))
        missing = self._failing(recipes, rest) if rest else recipes[0]
        if missing is None:
            return rest
        self.rounds.needed[unit.name] = missing
        return kept

    def _is_spent(self, *, half: bool = False) -> bool:
        return self.runs() > self._limit - (self._most / 2 if half else 0)


def _of_many_files(recipes: Sequence[Recipe]) -> list[Recipe]:
    """Tests of several files first: those of one file may all need what nothing here is about, such as a network."""
    seen: Counter[str] = Counter()
    numbered = []
    for recipe in recipes:
        file = recipe.test.partition("::")[0]
        numbered.append((seen[file], recipe))
        seen[file] += 1
    return [recipe for _, recipe in sorted(numbered, key=lambda pair: pair[0])]


def _dearer(unit: Unit) -> tuple[bool, bool]:
    """The polluter's own line is the best place, then what the failing test needs, a fixture for all tests the last."""
    codes = {finding.code for finding in unit.findings}
    return any(code.startswith("ISO3") for code in codes), codes == {"ISO104"}
