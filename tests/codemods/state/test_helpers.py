"""A helper whose change persists takes ``monkeypatch``, if all its callers can pass it: an unsafe fix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state import cases_helpers
from tests.codemods.state.kit import HEAD, Case, run_suites

UNSAFE = Selection(unsafe_fixes=True)
EACH = pytest.mark.parametrize("case", cases_helpers.CASES, ids=lambda case: case.name)


@EACH
def test_rewritten_to_the_byte(case: Case) -> None:
    result = rewrite(case.before.encode(), "tests/test_it.py", Context(), UNSAFE)
    assert (result.error, result.left) == (None, ())
    assert result.source.decode() == case.after
    assert {finding.fix for finding in result.fixed} <= {"safe", "unsafe"}


@EACH
def test_second_pass_changes_nothing(case: Case) -> None:
    result = rewrite(case.after.encode(), "tests/test_it.py", Context(), UNSAFE)
    assert (result.error, result.fixed, result.left) == (None, (), ())


@EACH
@pytest.mark.parametrize("length", [19, 20, 40])
def test_the_same_whatever_a_helper_is_called(case: Case, length: int) -> None:
    """LibCST does not see long expressions that stay unchanged: the name of a helper is not one, however long."""
    helpers = set(re.findall(r"(\w+)\([^()]*monkeypatch=monkeypatch", case.after))
    assert helpers
    named = rf"\b({'|'.join(sorted(helpers))})\b"

    def renamed(text: str) -> str:
        return re.sub(named, lambda name: name[0].ljust(length, "x"), text)

    result = rewrite(renamed(case.before).encode(), "tests/test_it.py", Context(), UNSAFE)
    assert (result.error, result.problems) == (None, ())
    assert "".join(result.source.decode().split()) == "".join(renamed(case.after).split())


@EACH
def test_only_callers_are_fixed_without_unsafe_fixes(case: Case) -> None:
    result = rewrite(case.before.encode(), "tests/test_it.py", Context(), Selection())
    assert result.error is None
    assert {finding.fix for finding in result.fixed} == {"safe"}
    assert {finding.fix for finding in result.left} == {"unsafe"}
    assert "monkeypatch=monkeypatch" not in result.source.decode()


def test_same_when_it_runs(tmp_path: Path) -> None:
    before = run_suites(tmp_path / "before", {case.name: case.before for case in cases_helpers.CASES})
    after = run_suites(tmp_path / "after", {case.name: case.after for case in cases_helpers.CASES})
    assert list(before) == list(after)
    for test, record in after.items():
        assert record["outcomes"] == before[test]["outcomes"] == ["setup passed", "call passed", "teardown passed"]
        assert record["seen"] == before[test]["seen"]
        assert (record["left"], bool(before[test]["left"])) == ([], True)


@pytest.mark.parametrize("name", cases_helpers.REFUSED)
def test_refused(name: str) -> None:
    before = HEAD + cases_helpers.REFUSED[name]
    result = rewrite(before.encode(), "tests/test_it.py", Context(), UNSAFE)
    assert result.error is None
    assert "helper" in [finding.refusal for finding in result.left]
    assert 'def helper(name="A"):\n    os.environ[name]' in result.source.decode()


@pytest.mark.parametrize(("path", "taken"), [("conftest.py", False), ("tests/tools.py", False), ("a_test.py", True)])
def test_only_in_files_of_tests(path: str, taken: bool) -> None:
    text = f"{HEAD}def helper():\n    os.environ['A'] = '1'\n\n\ndef test_it():\n    helper()\n"
    result = rewrite(text.encode(), path, Context(), UNSAFE)
    assert bool(result.fixed) is taken


def test_not_for_one_test_alone() -> None:
    text = f"{HEAD}def helper():\n    os.environ['A'] = '1'\n\n\ndef test_it():\n    helper()\n"
    result = rewrite(text.encode(), "test_it.py", Context(), UNSAFE, tests=("test_it",))
    assert (result.source, result.left) == (text.encode(), ())


def test_a_caller_that_is_ignored_passes_it_all_the_same() -> None:
    text = (
        f"{HEAD}def helper():\n    os.environ['A'] = '1'\n\n\n"
        "def test_it():\n    os.environ['C'] = '1'  # isolator: ignore\n    helper()\n"
    )
    result = rewrite(text.encode(), "test_it.py", Context(), UNSAFE)
    assert result.error is None
    assert (
        "    os.environ['C'] = '1'  # isolator: ignore\n    helper(monkeypatch=monkeypatch)\n" in result.source.decode()
    )
