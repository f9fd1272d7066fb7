"""The bound on how often a test may fail that never did."""

from __future__ import annotations

import pytest

from isolator.pytest_runs.expectations.rates import exact_percent, failure_bound, percent, runs_for


@pytest.mark.parametrize(
    ("passes", "bound"),
    [(0, "100 %"), (1, "95 %"), (2, "78 %"), (6, "39 %"), (59, "5 %"), (299, "1 %"), (999, "0.3 %")],
)
def test_bounds_in_words(passes: int, bound: str) -> None:
    assert percent(failure_bound(passes, 0.95)) == bound


# 1/2 and 1/4: a test that fails half the time passes twice in a row one time in four; so it goes on.
@pytest.mark.parametrize(
    ("passes", "confidence", "bound"), [(2, 0.75, 0.5), (3, 0.875, 0.5), (1, 0.9, 0.9), (2, 0.99, 0.9), (0, 0.5, 1)]
)
def test_bounds_that_can_be_told_by_hand(passes: int, confidence: float, bound: float) -> None:
    assert failure_bound(passes, confidence) == pytest.approx(bound)


@pytest.mark.parametrize("confidence", [1e-18, 0.5, 0.95, 0.999999])
@pytest.mark.parametrize("passes", [1, 6, 59, 299, 100_000])
def test_a_test_that_fails_as_often_as_the_bound_passes_as_seldom_as_the_confidence_leaves(
    passes: int, confidence: float
) -> None:
    bound = failure_bound(passes, confidence)
    assert bound > 0
    assert (1 - bound) ** passes == pytest.approx(1 - confidence)


@pytest.mark.parametrize(
    ("rate", "confidence", "runs"),
    [
        (0.05, 0.95, 59),
        (0.4, 0.95, 6),
        (0.39, 0.95, 7),
        (0.01, 0.95, 299),
        (0.99, 0.95, 1),
        (1e-9, 0.95, 2995732273),
        (0.5, 0.75, 2),  # 1/4 is 1/2 squared,
        (0.5, 0.76, 3),  # and 0.24 is less
        (0.9, 0.99, 2),
        (0.5, 0.9, 4),  # 1/8 is more than 0.1, and 1/16 less
        (0.05, 0.99, 90),  # log 0.01 / log 0.95 is 89.8
    ],
)
def test_runs_for_a_rate(rate: float, confidence: float, runs: int) -> None:
    assert runs_for(rate, confidence) == runs


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_one_run_less_would_not_do(confidence: float) -> None:
    for runs in range(1, 2000):
        assert runs_for(failure_bound(runs, confidence), confidence) == runs
        assert runs_for(failure_bound(runs, confidence) * 0.9999, confidence) == runs + 1


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_no_number_of_runs_is_for_such_a_rate_or_confidence(share: float) -> None:
    with pytest.raises(ValueError, match="a rate must be more than 0 and less than 1"):
        runs_for(share, 0.95)
    with pytest.raises(ValueError, match="a confidence must be more than 0 and less than 1"):
        runs_for(0.05, share)
    with pytest.raises(ValueError, match="a confidence must be more than 0 and less than 1"):
        failure_bound(6, share)


def test_nothing_passes_less_than_never() -> None:
    with pytest.raises(ValueError, match="passed -1 times"):
        failure_bound(-1, 0.95)


@pytest.mark.parametrize(
    ("confidence", "words"), [(0.95, "95 %"), (99.9 / 100, "99.9 %"), (0.57, "57 %"), (0.999999, "99.9999 %")]
)
def test_a_confidence_is_not_rounded(confidence: float, words: str) -> None:
    assert exact_percent(confidence) == words
