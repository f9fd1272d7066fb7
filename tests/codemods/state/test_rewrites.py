"""Each form: rewritten to exactly this, a second pass changes nothing, and both do the same when they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state import (
    cases_assignments,
    cases_attribute,
    cases_cleaning,
    cases_decorators,
    cases_enclosing,
    cases_evaluation,
    cases_finalizers,
    cases_fixtures,
    cases_hoisting,
    cases_hosts,
    cases_item,
    cases_kept,
    cases_keys,
    cases_layout,
    cases_loops,
    cases_managers,
    cases_names,
    cases_nested,
    cases_order,
    cases_outliving,
    cases_restoration,
    cases_restorers,
    cases_saving,
    cases_set_ups,
    cases_several,
    cases_shared,
    cases_stacks,
    cases_system,
    cases_targets,
    cases_testcase,
    cases_with,
    cases_working_directory,
    cases_writes,
)
from tests.codemods.state.kit import Case, Record, run_suites

CASES = [
    *cases_with.CASES,
    *cases_with.CRLF,
    *cases_decorators.CASES,
    *cases_finalizers.CASES,
    *cases_enclosing.CASES,
    *cases_fixtures.CASES,
    *cases_hoisting.CASES,
    *cases_writes.CASES,
    *cases_restoration.CASES,
    *cases_saving.CASES,
    *cases_hosts.CASES,
    *cases_kept.CASES,
    *cases_keys.CASES,
    *cases_layout.CASES,
    *cases_loops.CASES,
    *cases_cleaning.CASES,
    *cases_restorers.CASES,
    *cases_outliving.CASES,
    *cases_names.CASES,
    *cases_evaluation.CASES,
    *cases_assignments.CASES,
    *cases_managers.CASES,
    *cases_order.CASES,
    *cases_set_ups.CASES,
    *cases_shared.CASES,
    *cases_several.CASES,
    *cases_nested.CASES,
    *cases_stacks.CASES,
    *cases_targets.CASES,
    *cases_testcase.CASES,
    *cases_working_directory.CASES,
    *cases_attribute.CASES,
    *cases_item.CASES,
    *cases_system.CASES,
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, Record]:
    """What pytest records over all cases, before and after."""
    folder: Path = tmp_path_factory.mktemp("suites")
    before = run_suites(folder / "before", {case.name: case.before for case in CASES})
    after = run_suites(folder / "after", {case.name: case.after for case in CASES})
    return before, after


@every_case
def test_rewritten_to_the_byte(case: Case) -> None:
    result = rewrite(case.before.encode(), "test_it.py", Context(), Selection(select=("ISO",)))
    assert result.error is None
    assert result.source.decode() == case.after
    assert result.fixed


@every_case
def test_second_pass_changes_nothing(case: Case) -> None:
    result = rewrite(case.after.encode(), "test_it.py", Context(), Selection(select=("ISO",)))
    assert result.error is None
    assert result.source.decode() == case.after
    assert not result.fixed


@every_case
def test_same_environment_at_every_look(case: Case, records: tuple[Record, Record]) -> None:
    before, after = ({k: v for k, v in r.items() if k.startswith(f"test_{case.name}.py::")} for r in records)
    assert before
    assert list(before) == list(after)
    for test in before:
        assert before[test]["outcomes"] == after[test]["outcomes"] == ["setup passed", "call passed", "teardown passed"]
        assert before[test]["seen"] == after[test]["seen"]
        assert after[test]["left"] == (before[test]["left"] if case.leaves else [])
