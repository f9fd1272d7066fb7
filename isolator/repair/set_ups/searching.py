"""What a brittle test needs of others: the fewest of their statements with which it passes alone.

It is found by experiment. What helps one test is tried on all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from codemods.context import SetUp
from codemods.restorable import is_restorable, restorable_path
from codemods.rule import Refusal
from codemods.set_ups import refusals
from codemods.set_ups.combining import Part
from isolator.pytest_runs.bisecting import smallest
from isolator.pytest_runs.model import Attempt, Test
from isolator.pytest_runs.run.running import EVERYTHING
from isolator.pytest_runs.verdicts import BAD
from isolator.repair.set_ups.experiments import Experiments, SpentError, Tests

Causes = dict[str, tuple[str, ...]]
MOST = 8.0  # runs of the suite that the experiments take


@dataclass
class SettingUp:
    """Looks for the set-ups of brittle tests, among all ``tests`` in the order of the suite.

    ``clashing`` are tests with one that goes badly with the setter, or with itself: what it sets up must be put back.
    """

    experiments: Experiments
    tests: Collection[str]
    clashing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known: dict[Tests, tuple[Part, ...]] = {}
        self._chosen: dict[str, Tests] = {}  # the setters of each test that has a set-up

    def find(self, tests: Mapping[str, Test]) -> tuple[SetUp, ...]:
        """The set-ups found for some brittle tests; for the others why there is none."""
        found: dict[str, SetUp] = {}
        for name, test in tests.items():
            if name in found:
                continue
            if self.experiments.spent >= self.experiments.most:
                taken = f"{self.experiments.spent:.0f} runs of the suite"
                self.experiments.tell(f"the state that {name} needs was not found: the search has taken {taken}")
                break
            result = self._found(name, (test.partner,) if test.partner else test.together)
            if result is not None:
                found[name] = result
            if result is not None and result.code:
                found |= self._for_others(name, [other for other in tests if other not in found])
        return tuple(found.values())

    def plans(self, set_ups: Sequence[SetUp], tests: Mapping[str, Test]) -> Iterator[tuple[tuple[SetUp, ...], Causes]]:
        """Set-ups, and what to put back after each test beside them, by the test that depends on it: first what
        promises more, nothing or all that is set up.

        Nothing is put back that a brittle test needs which has no set-up, and none that would need that is made.
        """
        given = {each.test for each in set_ups if each.code}
        needed = {cell for name, test in tests.items() if name not in given for cell in _restorable(test.cells)}
        cells = {name: _restorable(tests[name].cells) for name in given}
        bad = {name for name in self.clashing if not needed.isdisjoint(cells.get(name, ()))}
        chosen = tuple(
            replace(each, code="", refusal=refusals.NEEDED_BY_OTHERS.code) if each.test in bad else each
            for each in set_ups
        )
        causes = {name: each for name, each in cells.items() if each and needed.isdisjoint(each)}
        plans = [causes, {}] if self.clashing.intersection(causes) else [{}, causes]
        for number, plan in enumerate(plans):
            if set_ups and (number == 0 or causes):
                yield chosen, plan

    def _found(self, name: str, setters: Tests) -> SetUp | None:
        """What a test needs of these setters, or of others: those of its own file come first, and take the place of
        what cannot be used.
        """
        refused: dict[Tests, Refusal] = {}
        try:
            for choose in (self._beside, lambda *_: setters, self._beside):
                chosen = choose(name, setters, {each for some in refused for each in some})
                result = self._searched(name, chosen) if chosen and chosen not in refused else None
                if isinstance(result, SetUp):
                    self._chosen[name] = chosen
                    return result
                if result is not None:
                    refused[chosen] = result
        except SpentError:
            pass
        setters = setters if setters in refused else next(iter(refused), ())
        return SetUp(name, setters, refusal=refused[setters].code) if setters else None

    def _beside(self, name: str, setters: Tests, refused: Collection[str]) -> Tests:
        """The setters among the tests of the same file, without those that have been refused."""
        file = name.partition("::")[0]
        if setters and not refused and all(each.partition("::")[0] == file for each in setters):
            return setters
        beside = [n for n in self.tests if n.partition("::")[0] == file and n not in refused]
        before = tuple(beside[: beside.index(name)])
        after = tuple(beside[len(before) + 1 :])

        def shows(some: Tests) -> bool:
            return self._ending((), (*some, name)).result == "passed"

        return smallest(before, shows) or smallest(after, shows)

    def _searched(self, name: str, setters: Tests) -> SetUp | Refusal:
        """What a test needs of these setters, or why it cannot have it."""
        if (known := self._trial(name, setters, self._known.get(setters, ()))) is not None:
            return known
        whom = setters[0] if len(setters) == 1 else f"{setters[0]} and {len(setters) - 1} more"
        self.experiments.tell(f"searching for the state that {name} needs from {whom}")
        every = self.experiments.parts(setters)
        if isinstance(every, Refusal):
            return every
        if not every:
            return refusals.NOT_ENOUGH
        made = self.experiments.made(name, setters, every)
        if isinstance(made, SetUp) and self.experiments.is_refused(made):
            return made  # the rule says why
        whole = dict.fromkeys((every, tuple(part for part in every if part[1] >= 0)))
        start = next((parts for parts in whole if self._trial(name, setters, parts)), None)
        if start is None:
            tried = (self.experiments.made(name, setters, parts) for parts in whole)
            return next((each for each in tried if isinstance(each, Refusal)), refusals.NOT_ENOUGH)
        self._known[setters] = parts = self._smallest(start, name, setters)
        made = self.experiments.made(name, setters, parts)
        assert isinstance(made, SetUp), "it has been tried"
        if self._clashes(made, setters[-1]):
            self.clashing.add(name)
        return made

    def _smallest(self, parts: tuple[Part, ...], name: str, setters: Tests) -> tuple[Part, ...]:
        """Those of the parts that are needed: some are left out, from the end, as long as the test passes.

        As few as have been found so far, if the experiments have taken what they may.
        """
        size = max(1, len(parts) // 2)
        while size:
            end = len(parts)
            while end > 0:
                rest = parts[: max(0, end - size)] + parts[end:]
                try:
                    parts = rest if self._trial(name, setters, rest) is not None else parts
                except SpentError:
                    return parts
                end -= size
            size //= 2
        return parts

    def _trial(self, name: str, setters: Tests, parts: tuple[Part, ...]) -> SetUp | None:
        """The set-up of some parts, if the test passes alone with it."""
        made = self.experiments.made(name, setters, parts) if parts else None
        if not isinstance(made, SetUp) or self._ending((made,), (name,)).result != "passed":
            return None
        return made

    def _clashes(self, made: SetUp, setter: str) -> bool:
        """Whether the test fails after those before it in its file, or the second time, or the setter after it."""
        file = made.test.partition("::")[0]
        beside = [name for name in self.tests if name.partition("::")[0] == file]
        before = tuple(beside[: beside.index(made.test)])
        try:
            return (
                self._ending((made,), (*before, made.test)).result in BAD
                or self._ending((made,), (made.test, setter)).result in BAD
                or self._ending((made,), (made.test,), twice=True).again in BAD
            )
        except SpentError:
            return False

    def _for_others(self, first: str, others: Sequence[str]) -> dict[str, SetUp]:
        """The same for those of some tests that it helps, which are asked about all at once: after each of them all
        that it leaves changed is put back, as if it ran alone.
        """
        setters = self._chosen[first]
        if setters not in self._known:
            return {}
        made = (self.experiments.made(name, setters, self._known[setters]) for name in others)
        found = {each.test: each for each in made if isinstance(each, SetUp)}
        if not found:
            return {}
        planned = replace(self.experiments.planned(*found), put_back=EVERYTHING)
        try:
            attempts = self.experiments.attempts(tuple(found.values()), planned)
        except SpentError:
            return {}
        helped = {n: each for n, each in found.items() if n in attempts and attempts[n].result == "passed"}
        self._chosen |= dict.fromkeys(helped, setters)
        if first in self.clashing:
            self.clashing.update(helped)
        return helped

    def _ending(self, made: tuple[SetUp, ...], tests: Tests, *, twice: bool = False) -> Attempt:
        """How the last of some tests ends with a set-up, when only these run."""
        planned = self.experiments.planned(*tests)
        planned = replace(planned, order="twice") if twice else planned
        return self.experiments.attempts(made, planned).get(tests[-1], Attempt("not run"))


def _restorable(cells: tuple[str, ...] | None) -> tuple[str, ...]:
    """What a fixture can put back of some state: whole objects, of which others may need other items."""
    return tuple(dict.fromkeys(restorable_path(each) or each for each in cells or () if is_restorable(each)))
