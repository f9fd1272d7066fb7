"""Tests that fail in every order because of a variable that is set in the environment which pytest is started in.

It is found by experiment, never guessed. The tests that fail in every order, and for which code under test found such
a variable set, are run once without all of these variables. Those that pass then are run once more with them: if they
fail again, the variables are the cause, and halves of them are left out until no half is enough.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from isolator.evidence.model import Evidence
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.verdicts import BAD

_LEAST = 0.1  # of a run of the suite, which a run of a few tests counts as
_ENOUGH = 4.0  # runs of the suite, after which the variables are not separated further

Variables = tuple[str, ...]


@dataclass
class InheritedSearch:
    """Looks into tests of a suite of so many. ``spent`` is what that took, in runs of the suite."""

    runner: Runner
    whole: int
    tell: Callable[[str], None]
    spent: float = 0.0

    def explain(self, reading: Mapping[str, Variables]) -> dict[str, Variables]:
        """Of tests that fail, with the variables they read, those that pass without, with the variables it takes."""
        variables = tuple(dict.fromkeys(name for names in reading.values() for name in names))
        self.tell(f"without {_listed(variables)}, which {_are(variables)} set outside of pytest")
        passing = self._ending(("passed",), tuple(reading), variables)
        failing = self._ending(BAD, passing, ())  # or it was not the variables, but that no other tests ran
        found = dict(self._smallest(failing, variables))
        for name, causes in found.items():
            self.tell(f"{name} fails {explanation(causes)}")
        return found

    def _smallest(self, tests: Sequence[str], variables: Variables) -> Iterator[tuple[str, Variables]]:
        """Each test, with the fewest variables that halving finds it to need to pass."""
        middle = len(variables) // 2
        for half in (variables[:middle], variables[middle:]) if middle and self.spent < _ENOUGH else ():
            enough = self._ending(("passed",), tests, half)
            yield from self._smallest(enough, half)
            tests = [name for name in tests if name not in enough]
        yield from ((name, variables) for name in tests)

    def _ending(self, results: Collection[str], tests: Sequence[str], unset: Variables) -> list[str]:
        """Those of some tests that end in one of these ways where pytest is started without the variables."""
        if not tests:
            return []
        self.spent += max(_LEAST, len(tests) / self.whole)
        attempts = self.runner.run(Planned("given", self.runner.options.seed, tuple(tests), unset=unset)).attempts
        return [name for name in tests if name in attempts and attempts[name].result in results]


def inherited_reads(evidence: Evidence, tests: Collection[str]) -> dict[str, Variables]:
    """Of some tests those for which code under test found variables set that are set in this process, and which."""
    found: dict[str, dict[str, None]] = {}
    for each in evidence.assumed:
        if each.state == "set" and each.test in tests and each.variable in os.environ:
            found.setdefault(each.test, {})[each.variable] = None
    return {test: tuple(variables) for test, variables in found.items()}


def because(variables: Variables) -> str:
    """Why a test fails, as part of a sentence."""
    return f"because {_listed(variables)} {_are(variables)} set in the environment that pytest was started in"


def explanation(variables: Variables) -> str:
    """The same, with what shows it."""
    return f"{because(variables)}; it passes without {_them(variables)}"


def _listed(variables: Variables) -> str:
    """Variables as they stand in a sentence."""
    *others, last = variables
    return f"{', '.join(others)} and {last}" if others else last


def _are(variables: Variables) -> str:
    return "is" if len(variables) == 1 else "are"


def _them(variables: Variables) -> str:
    return "it" if len(variables) == 1 else "them"
