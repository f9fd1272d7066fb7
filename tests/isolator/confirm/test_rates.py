"""The bound on how often a test may fail that never did."""

from __future__ import annotations

import pytest

from isolator.pytest_runs.expectations.rates import failure_bound, percent, runs_for


@pytest.mark.parametrize(
    ("passes", "bound"),
    [(0, "100 %"), (1, "95 %"), (2, "78 %"), (6, "39 %"), (59, "5 %"), (299, "1 %"), (999, "0.3 %")],
)
def test_bounds_in_words(passes: int, bound: str) -> None:
    assert percent(failure_bound(passes)) == bound


@pytest.mark.parametrize("passes", [1, 6, 59, 299, 100_000])
def test_a_test_that_fails_as_often_as_the_bound_passes_one_time_in_twenty(passes: int) -> None:
    assert (1 - failure_bound(passes)) ** passes == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("rate", "runs"), [(0.05, 59), (0.4, 6), (0.39, 7), (0.01, 299), (0.99, 1), (1e-9, 2995732273)]
)
def test_runs_for_a_rate(rate: float, runs: int) -> None:
    assert runs_for(rate) == runs


def test_one_run_less_would_not_do() -> None:
    for runs in range(1, 2000):
        assert runs_for(failure_bound(runs)) == runs
        assert runs_for(failure_bound(runs) * 0.9999) == runs + 1


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, float("nan")])
def test_no_number_of_runs_is_for_such_a_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0 and less than 1"):
        runs_for(rate)


def test_nothing_passes_less_than_never() -> None:
    with pytest.raises(ValueError, match="passed -1 times"):
        failure_bound(-1)
