"""Modules made at random that change attributes, items and what ``sys`` holds: see ``generated_kinds``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.codemods.state.generated_kinds import compared


@pytest.mark.parametrize(
    "first", [pytest.param(4_000_000, id="a few"), pytest.param(5_000_000, marks=pytest.mark.slow)]
)
def test_the_same_is_seen_and_nothing_more_is_left(first: int, tmp_path: Path) -> None:
    few = first == 4_000_000
    found = compared(range(first, first + (6 if few else 300)), tmp_path)

    assert found.wrong == []
    assert found.changed > (4 if few else 250)
    assert found.fixed > (40 if few else 3000)
