"""``unittest = "convert"``: patch.dict in TestCases is rewritten too; by default it is left, without a finding."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemods.context import Context
from codemods.rules.environ import CODEMOD
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state import cases_convert
from tests.codemods.state.cases_testcase import HEAD
from tests.codemods.state.kit import Case, run_suites
from tests.codemods.state.test_testcase_runs import run

CONVERT = Context(unittest="convert")
CASES = [*cases_convert.CASES, *cases_convert.ENTERED]
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
RUN = cases_convert.CASES if sys.version_info < (3, 11) else CASES


@EACH
def test_rewritten_to_the_byte(case: Case) -> None:
    result = rewrite(case.before.encode(), "test_it.py", CONVERT, Selection())
    assert (result.error, result.left) == (None, ())
    assert result.source.decode() == case.after


@EACH
def test_second_pass_changes_nothing(case: Case) -> None:
    result = rewrite(case.after.encode(), "test_it.py", CONVERT, Selection())
    assert (result.error, result.fixed, result.left) == (None, (), ())
    assert result.source.decode() == case.after


def test_same_under_pytest(tmp_path: Path) -> None:
    before = run_suites(tmp_path / "before", {case.name: case.before for case in RUN})
    after = run_suites(tmp_path / "after", {case.name: case.after for case in RUN})
    assert list(before) == list(after)
    for test, record in after.items():
        assert record["outcomes"] == before[test]["outcomes"] == ["setup passed", "call passed", "teardown passed"]
        assert record["seen"] == before[test]["seen"]
        assert record["left"] == []


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.name)
def test_same_under_unittest(case: Case, tmp_path: Path) -> None:
    before, after = run(tmp_path / "before.py", case.before), run(tmp_path / "after.py", case.after)
    assert before["failed"] == after["failed"] == []
    assert before["seen"] == after["seen"]
    assert after["left"] == {}


@EACH
def test_patches_are_left_by_default(case: Case) -> None:
    result = rewrite(case.before.encode(), "test_it.py", Context(), Selection(select=("ISO101",)))
    assert (result.source, result.fixed, result.left, result.error) == (case.before.encode(), (), (), None)


def test_what_a_test_changes_under_a_started_patcher_is_left_by_default() -> None:
    text = next(case.before for case in CASES if case.name == "patchers_that_are_started")
    result = rewrite(text.encode(), "test_it.py", Context(), Selection())
    assert (result.source, result.left) == (text.encode(), ())


@pytest.mark.parametrize("name", cases_convert.REFUSED)
def test_refused(name: str) -> None:
    body, expected = cases_convert.REFUSED[name]
    before = (HEAD + body).encode()
    result = rewrite(before, "test_it.py", CONVERT, Selection())
    assert (result.error, result.source) == (None, before)
    assert [f"{finding.code} {finding.refusal}" for finding in result.left] == expected
    for rule in CODEMOD.rules:
        listed = {refusal.code for refusal in rule.refusals}
        assert {given.split()[1] for given in expected if given.startswith(rule.code)} <= listed
