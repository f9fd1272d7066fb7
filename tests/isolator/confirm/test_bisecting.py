"""The search for what a test depends on: what it finds, and how many runs it takes; by suites that nobody runs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from isolator.pytest_runs.bisecting import Bisection, smallest
from isolator.pytest_runs.model import Attempt, Result, Run, Test
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Runner

MANY = tuple(f"test_{number}" for number in range(100))


class Pretended(Runner):
    """In place of pytest: a test fails if all that pollutes it ran before it. The others pass."""

    def __init__(self, polluters: Mapping[str, Collection[str]]) -> None:
        super().__init__(Options(), Path())
        self._polluters = polluters

    def ending(self, name: str, before: Sequence[str] = (), seed: int | None = None) -> Result:  # noqa: ARG002
        self.count += 1
        return "failed" if self._polluters.get(name) and {*self._polluters[name]} <= {*before} else "passed"

    def runs(self, tests: Sequence[str]) -> list[Run]:
        """One in the given order, and one in reverse."""
        found = []
        for order in (tests, tests[::-1]):
            ends = {name: Attempt(self.ending(name, order[: order.index(name)])) for name in order}
            found.append(Run("given" if order is tests else "reversed", 1, 1.0, 1, ends))
        self.count = 0
        return found


def looked_into(polluters: Mapping[str, Collection[str]], tests: Sequence[str]) -> tuple[Bisection, dict[str, Test]]:
    """The victims, looked into one after the other, and what did so."""
    runner = Pretended(polluters)
    bisection = Bisection(runner, runner.runs(tests), lambda _: None)
    dependent = Test("order-dependent", ("failed", "passed"))
    return bisection, {name: bisection.explain(name, dependent) for name in tests if name in polluters}


@pytest.mark.parametrize("needed", [(0,), (99,), (37,), (0, 99), (48, 49), (49, 50), (3, 50, 98), (1, 2, 3, 60, 61)])
def test_no_more_than_it_takes(needed: tuple[int, ...]) -> None:
    asked: list[tuple[str, ...]] = []
    wanted = tuple(f"test_{number}" for number in needed)

    def shows(tests: tuple[str, ...]) -> bool:
        asked.append(tests)
        return {*wanted} <= {*tests}

    assert smallest(MANY, shows) == wanted
    if len(needed) == 1:
        assert len(asked) <= math.ceil(math.log2(len(MANY))) + 1


def test_nothing_where_nothing_shows_it() -> None:
    assert smallest(MANY, lambda _: False) == ()
    assert smallest((), lambda _: True) == ()


def test_what_several_do_though_more_of_them_do_not() -> None:
    """One of them cleans up: what is found is what was seen to show it."""

    def shows(tests: tuple[str, ...]) -> bool:
        return {"test_10", "test_70"} <= {*tests} and ("test_20" not in tests or "test_30" in tests)

    found = smallest(MANY, shows)
    assert shows(found)
    assert len(found) < 5


def test_polluters_without_end() -> None:
    """Of thirty victims each has a polluter of its own; all are found in the runs that may be taken for so many."""
    polluters = {f"test_{2 * number + 1}": {f"test_{2 * number}"} for number in range(30)}
    bisection, found = looked_into(polluters, MANY)
    assert {name: test.partner for name, test in found.items()} == {name: each for name, (each,) in polluters.items()}
    assert bisection.spent <= 10 + 2 * 29


def test_a_polluter_of_many() -> None:
    bisection, found = looked_into({f"test_{number}": {"test_50"} for number in range(51, 91)}, MANY)
    assert {test.partner for test in found.values()} == {"test_50"}
    assert bisection.spent <= 10
    assert bisection.runner.count <= 40 * 2 + math.ceil(math.log2(51)) + 1


def test_several_that_pollute_together_are_known_to_the_next_test() -> None:
    bisection, found = looked_into({f"test_{number}": {"test_10", "test_30"} for number in range(90, 95)}, MANY)
    assert {test.commands[1].rpartition(" test_9")[0] for test in found.values()} == {"pytest test_10 test_30"}
    assert bisection.partners == [("test_10", "test_30")]
    assert bisection.spent <= 10
