"""Unsafe fixes: only made when asked for, to exactly this, and then the tests see what the decorators say."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.batch import Outcome
from isolator.engine.engine import Selection, check, rewrite
from isolator.project.discovery import File
from isolator.report.findings.text import findings
from tests.codemods.state.cases_unsafe import CASES, MIXED, REFUSED
from tests.codemods.state.kit import HEAD, Case, run_suites

every_case = pytest.mark.parametrize("case", [*CASES, *MIXED], ids=lambda case: case.name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_left_alone_unless_asked_for(case: Case) -> None:
    result = rewrite(case.before.encode(), "test_it.py", Context(), Selection())
    assert (result.source.decode(), result.fixed, result.error) == (case.before, (), None)
    assert {finding.fix for finding in result.left} == {"unsafe"}


@every_case
def test_rewritten_to_the_byte(case: Case) -> None:
    result = rewrite(case.before.encode(), "test_it.py", Context(), Selection(unsafe_fixes=True))
    assert result.error is None
    assert result.source.decode() == case.after
    assert not result.left


@every_case
def test_second_pass_changes_nothing(case: Case) -> None:
    result = rewrite(case.after.encode(), "test_it.py", Context(), Selection(unsafe_fixes=True))
    assert (result.source.decode(), result.fixed, result.error) == (case.after, (), None)


def test_the_decorators_do_what_they_say_afterwards(tmp_path: Path) -> None:
    seen = run_suites(tmp_path / "after", {case.name: case.after for case in [*CASES, *MIXED]})
    assert len(seen) > len(CASES)
    for test, record in seen.items():
        assert (test, record["outcomes"]) == (test, ["setup passed", "call passed", "teardown passed"])
        assert (test, record["left"]) == (test, [])


def test_the_message_says_what_is_wrong() -> None:
    text = CASES[0].before
    messages = [f.message for f in rewrite(text.encode(), "test_it.py", Context(), Selection()).left]
    assert messages == [
        "patch.dict on a generator fixture does not cover its body",
        "patch.dict on a generator fixture does not cover its body",
        "patch.dict above @pytest.fixture is never applied",
        "patch.dict on a generator fixture does not cover its body",
        "patch.dict on a generator fixture does not cover its body",
    ]


def test_the_report_says_why_each_is_unsafe() -> None:
    text = HEAD + dedent(
        """\
        @patch.dict(os.environ, {"A": "1"})
        class TestIt:
            def test_it(self):
                pass


        @pytest.fixture
        @patch.dict(os.environ, {"A": "1"})
        def env():
            yield


        def helper():
            os.environ["A"] = "1"


        def test_helper():
            helper()
        """
    )
    left = check(text.encode(), "test_it.py", Context(), Selection()).left
    lines = findings([Outcome(File("test_it.py", "test_it.py"), left=left)])
    assert [line.partition("needs --unsafe-fixes: ")[2] for line in lines] == [
        "a fixture covers the set-up methods and the other fixtures of the tests too, which the decorator did not",
        "the decorator had no effect, and now has one",
        "another file may import the helper, and would have to pass monkeypatch too",
    ]
    assert [finding.cells for finding in left] == [(), (), ("A",)]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, expected = REFUSED[name]
    before = (HEAD + dedent(body).lstrip("\n")).encode()
    result = rewrite(before, "test_it.py", Context(), Selection(unsafe_fixes=True))
    assert (result.error, result.source) == (None, before)
    assert [f"{finding.code} {finding.refusal}" for finding in result.left] == expected
