"""From what each run did with a test to a verdict."""

from __future__ import annotations

import pytest

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.model import Attempt, Result, Run
from isolator.pytest_runs.planning import plan
from isolator.pytest_runs.verdicts import judge, judge_all, undecided

ORDERS: dict[str, Order] = {"g": "given", "r": "reversed", "s": "random"}


def run(order: str, attempt: Attempt | None, usable: bool = True) -> Run:
    attempts = {"other": Attempt("passed")} | ({"it": attempt} if attempt is not None else {})
    return Run(ORDERS[order], 1, 1.0, 0, attempts, usable=usable)


def passed(reruns: int = 0) -> Attempt:
    return Attempt("passed", reruns=reruns)


def bad(way: str = "call: ValueError at t.py:1", result: Result = "failed") -> Attempt:
    return Attempt(result, way)


VERDICTS: dict[str, tuple[str, list[tuple[str, Attempt | None]]]] = {
    "passes_always": ("stable", [("g", passed()), ("r", passed()), ("s", passed())]),
    "skips_always": ("stable", [("g", Attempt("skipped")), ("r", Attempt("skipped"))]),
    "fails_always": ("failing", [("g", bad()), ("r", bad())]),
    "fails_in_two_ways": ("order-dependent", [("g", bad()), ("r", bad("call: KeyError at t.py:2"))]),
    "fails_in_two_ways_in_one_order": ("flaky", [("g", bad()), ("g", bad("call: KeyError at t.py:2"))]),
    "crashes_always": ("failing", [("g", bad("x", "crashed")), ("r", bad("x", "crashed"))]),
    "fails_now_and_then": ("flaky", [("g", passed()), ("g", bad()), ("r", passed())]),
    "fails_reversed": ("order-dependent", [("g", passed()), ("g", passed()), ("r", bad())]),
    "fails_in_one_shuffle": ("order-dependent", [("g", passed()), ("s", bad())]),
    "skips_reversed": ("order-dependent", [("g", passed()), ("r", Attempt("skipped"))]),
    "needs_a_rerun": ("rerun", [("g", passed()), ("r", passed(1))]),
    "needs_a_rerun_and_fails": ("flaky", [("g", passed(2)), ("g", bad())]),
    "hangs": ("hanging", [("g", passed()), ("r", Attempt("hung"))]),
    "not_collected_once": ("missing", [("g", passed()), ("r", None)]),
    "never_reached": ("missing", [("g", Attempt("not run"))]),
    "not_reached_once": ("missing", [("g", passed()), ("r", Attempt("not run"))]),
    "not_reached_once_and_fails": ("missing", [("g", bad()), ("r", Attempt("not run"))]),
    "not_reached_once_and_flaky": ("flaky", [("g", passed()), ("g", bad()), ("r", Attempt("not run"))]),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdict(name: str) -> None:
    verdict, attempts = VERDICTS[name]
    assert judge("it", [run(*each) for each in attempts]).verdict == verdict


# Whether it is undecided after these runs, if a test that never passes is waited for until there are three.
UNDECIDED: dict[str, tuple[bool, list[Attempt | None]]] = {
    "passed": (True, [passed()]),
    "passed_as_often_as_the_least": (True, [passed()] * 5),
    "failed_and_may_pass_yet": (True, [bad()] * 2),
    "failed_every_time": (False, [bad()] * 3),
    "skipped_twice": (True, [Attempt("skipped")] * 2),
    "skipped_every_time": (False, [Attempt("skipped")] * 3),
    "flaky": (False, [passed(), bad()]),
    "failed_in_two_ways": (False, [bad("call: ValueError at t.py:1"), bad("call: KeyError at t.py:2")]),
    "rerun": (False, [passed(1)]),
    "hung": (False, [Attempt("hung")]),
    "not_collected_once": (False, [passed(), None]),
    "not_reached_once": (True, [passed(), Attempt("not run")]),
    "not_reached_every_time": (True, [Attempt("not run")] * 3),
    "not_reached_once_and_flaky": (False, [passed(), bad(), Attempt("not run")]),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_undecided(name: str) -> None:
    expected, attempts = UNDECIDED[name]
    alone = [{} if attempt is None else {"it": attempt} for attempt in attempts]
    assert undecided([Run("given", 1, 1.0, 0, each) for each in alone], 3) == expected
    # One that is decided does not decide the others, nor does one that is not hold for it.
    hanging = [{"hanging": Attempt("hung"), **each} for each in alone]
    assert undecided([Run("given", 1, 1.0, 0, each) for each in hanging], 3) == expected
    assert undecided([run("g", attempt) for attempt in attempts], 3)


@pytest.mark.parametrize(
    "orders", [ORDERS.values(), ("given",), ("random",), ("reversed", "random"), ("given", "reversed", "twice")]
)
def test_the_least_runs_come_first_in_all_their_orders(orders: list[Order]) -> None:
    for runs in range(1, 20):
        planned = plan(runs, [*orders], 7)
        for least in range(1, runs + 1):
            found = plan(runs, [*orders], 7, least)
            assert found[:least] == plan(least, [*orders], 7)
            assert sorted(each.order for each in found) == sorted(each.order for each in planned)
            assert [each.seed for each in found] == [each.seed for each in planned]


def test_a_run_that_came_to_nothing_says_nothing() -> None:
    runs = [run("g", passed()), Run("reversed", 1, 1.0, 2, {}, "pytest collected no tests", usable=False)]
    assert judge("it", runs).verdict == "stable"
    assert judge("it", runs).outcomes == ("passed", None)


def test_what_else_is_known() -> None:
    runs = [
        run("g", Attempt("passed", reruns=1, leaks=("B",))),
        run("r", Attempt("passed", reruns=2, leaks=("A", "B"))),
    ]
    found = judge_all(runs)
    assert list(found) == ["other", "it"]
    assert (found["it"].reruns, found["it"].leaks) == (3, ("A", "B"))


@pytest.mark.parametrize(
    ("runs", "orders", "expected"),
    [
        (6, "grs", "gggrss"),
        (1, "grs", "g"),
        (2, "grs", "gr"),
        (3, "grs", "ggr"),
        (4, "grs", "ggrs"),
        (10, "grs", "gggggrssss"),
        (3, "g", "ggg"),
        (3, "r", "rrr"),
        (3, "s", "sss"),
        (3, "gr", "ggr"),
        (4, "gs", "ggss"),
        (3, "rs", "rss"),
        (1, "rs", "r"),
    ],
)
def test_plan(runs: int, orders: str, expected: str) -> None:
    planned = plan(runs, tuple(ORDERS[o] for o in orders), 2**32 - 2)
    assert "".join({v: k for k, v in ORDERS.items()}[p.order] for p in planned) == expected
    assert [p.seed for p in planned[:3]] == [2**32 - 2, 2**32 - 1, 0][: len(planned)]
