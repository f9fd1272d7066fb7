"""The guard is silent about good rewrites, and catches whatever is done to spoil them."""

from __future__ import annotations

import pytest

from tests.isolator.rewrites.cases import CASES, Case
from tests.isolator.rewrites.pairs import pairs
from tests.isolator.rewrites.spoiling import spoil

PAIRS = pairs()
# Those of a normal run: each file of texts, and one case in ten.
FEW = [*CASES[::4], *PAIRS[len(CASES) :: 12]]


@pytest.mark.parametrize("case", PAIRS, ids=[case.title.replace(" ", "-") for case in PAIRS])
def test_a_good_rewrite_passes(case: Case) -> None:
    assert case.said(case.after) is None


def test_mutations_are_caught() -> None:
    """One in eight of them; the slow tests below try more."""
    count = spoil(FEW, step=8)

    assert count.missed == [], count.line()
    assert len(count.kinds) > 25
    assert count.kinds.total() > 400


@pytest.mark.slow
def test_more_mutations_are_caught() -> None:
    count = spoil(FEW, step=4)

    assert count.missed == [], count.line()
    assert len(count.kinds) > 25
    assert count.kinds.total() > 800


@pytest.mark.slow
def test_thousands_of_mutations_are_caught(capsys: pytest.CaptureFixture[str]) -> None:
    count = spoil(PAIRS, step=9)

    with capsys.disabled():
        print(f"\n{count.line()}")  # noqa: T201 - the line that sums it up
    assert count.missed == [], count.line()
    assert count.kinds.total() > 3_000
