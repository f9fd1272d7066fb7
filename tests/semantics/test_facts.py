"""What mock and pytest do to the environment, row by row, and that a rewrite respects it.

Every suite is run as it stands and once more after its rewrite. Rows that cannot be a suite stand in
``test_whole_environment.py``, and forms of which only the rewrite is of interest in ``test_forms.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.semantics import facts_environment, facts_fixtures, facts_hosts
from tests.semantics.kit import Fact, Ran, run_suites

FACTS = [*facts_environment.FACTS, *facts_hosts.FACTS, *facts_fixtures.FACTS]

Runs = dict[str, dict[str, Ran]]


@pytest.fixture(scope="module")
def rewrites() -> dict[str, Rewrite]:
    """Each suite as the engine leaves it."""
    selected = Selection(ignore=("ISO402", "ISO403"))  # the suites keep lists of their own
    return {fact.row: rewrite(fact.suite.encode(), "test_it.py", Context(), selected) for fact in FACTS}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """What was recorded over all suites as they stand."""
    folder: Path = tmp_path_factory.mktemp("facts")
    return run_suites(folder / "before", {fact.row: fact.suite for fact in FACTS})


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, rewrites: dict[str, Rewrite]) -> Runs:
    """What was recorded over all suites after their rewrite."""
    folder: Path = tmp_path_factory.mktemp("facts")
    return run_suites(folder / "after", {row: result.source.decode() for row, result in rewrites.items()})


def compare(expected: dict[str, Ran], seen: dict[str, Ran]) -> None:
    assert set(seen) == set(expected)
    assert {test: seen[test] for test in seen if not expected[test].fits(seen[test])} == {}


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.row)
def test_fact(fact: Fact, before: Runs) -> None:
    compare(fact.expected, before[fact.row])


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.row)
def test_rewrite(fact: Fact, rewrites: dict[str, Rewrite], after: Runs) -> None:
    result = rewrites[fact.row]
    assert result.error is None
    assert tuple(finding.code for finding in result.fixed) == fact.codes
    assert tuple(finding.refusal or finding.fix for finding in result.left) == fact.refused
    assert (result.source == fact.suite.encode()) is not bool(fact.codes)
    compare(fact.expected | fact.rewritten, after[fact.row])
