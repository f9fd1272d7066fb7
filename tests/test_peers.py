"""The judge of ``benchmarks.peers``, and the table that it printed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from benchmarks.orders import Judged, Project, judge
from benchmarks.peer_tools import TOOLS

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "comparison.md"
TESTS = """
seen = []


def test_polluter():
    seen.append(1)


def test_other():
    assert True


def test_victim():
    assert not seen


def test_failing():
    assert False
"""


def test_a_test_is_unstable_that_fails_in_some_orders_only(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    project = Project(tmp_path, Path(sys.executable))
    polluter, other, victim, failing = (f"test_it.py::test_{n}" for n in ("polluter", "other", "victim", "failing"))

    judged = judge(project, [[polluter, other, victim, failing], [failing, victim, other, polluter]])

    assert judged.unstable == [victim]
    assert judged.failing_order(victim) == [polluter, other, victim]
    assert judged.passing(other)
    assert not judged.passing(failing)
    assert [path.name for path in tmp_path.iterdir()] == ["test_it.py"]


def test_other_unstable_tests_are_left_out_of_an_order_that_fails() -> None:
    outcomes = [{"a": "passed", "b": "failed", "c": "failed"}, {"a": "passed", "b": "passed", "c": "passed"}]
    judged = Judged([["a", "b", "c"], ["c", "b", "a"]], outcomes)

    assert judged.failing_order("c") == ["a", "c"]


def test_the_page_has_a_line_of_each_tool() -> None:
    """For each project that it compares them on."""
    (table,) = re.findall(r"```text\n(\w+.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    projects = table.strip().split("\n\n")

    assert len(projects) == 4
    for project in projects:
        _, _, *rows = project.splitlines()
        assert [row.split()[0] for row in rows] == list(TOOLS)
        assert all(re.match(r"[\w-]+ [\d.]+( +\d+){8}", row) for row in rows)
