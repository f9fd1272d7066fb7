"""Runs in which each test runs two times in a row: a test that only fails the second time is a nio."""

from __future__ import annotations

import json
from pathlib import Path

from isolator.pytest_runs.model import ways
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import plan
from isolator.report.runs.confirm_matrix import matrix
from tests.isolator.confirm.suites import confirmed, verdicts, write
from tests.isolator.inside import inside

SUITE = """
    import unittest

    import pytest

    seen = []


    def test_counts():
        seen.append(1)
        assert len(seen) == 1


    def test_fails():
        assert False


    def test_folder_of_its_own(tmp_path):
        (tmp_path / "x").touch()
        assert len(list(tmp_path.iterdir())) == 1


    @pytest.fixture
    def made():
        return []


    @pytest.mark.parametrize("number", [1, 2])
    def test_parameters(made, number):
        made.append(number)
        assert made == [number]


    @pytest.mark.skip
    def test_skipped():
        pass


    class TestMethods:
        def test_method(self):
            self.count = getattr(self, "count", 0) + 1
            assert self.count == 1


    class Cases(unittest.TestCase):
        made = {}

        def setUp(self):
            self.here = []

        def test_case(self):
            self.here.append(1)
            self.assertEqual(self.here, [1])

        def test_keeps(self):
            self.assertNotIn("key", self.made)
            self.made["key"] = 1
"""


def test_what_fails_the_second_time(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, {"test_it.py": SUITE}), Options(seed=1, runs=2, orders=("given", "twice")))
    assert verdicts(found) == {
        **dict.fromkeys(["test_counts", "test_keeps"], "nio"),
        "test_fails": "failing",
        **dict.fromkeys(
            ["test_folder_of_its_own", "test_parameters[1]", "test_parameters[2]", "test_skipped"], "stable"
        ),
        **dict.fromkeys(["test_method", "test_case"], "stable"),
    }
    assert [run.order for run in found.runs] == ["given", "twice"]
    assert ways("test_it.py::test_counts", found.runs) == {
        "the second time: call: AssertionError at test_it.py:10": [2]
    }
    rows = list(matrix(found, ["test_it.py::test_counts"], colour=False))
    assert rows[1:] == [
        ">=",
        ".2  test_it.py::test_counts  nio, fails when it runs a second time in one process",
        "> given, = twice; . passed, 2 failed the second time",
    ]


def test_a_victim_is_one_first_of_all(tmp_path: Path) -> None:
    text = """
        seen = []


        def test_a():
            seen.append(1)


        def test_b():
            seen.append(1)
            assert len(seen) < 2
    """
    folder = write(tmp_path, {"test_it.py": text})
    found = confirmed(folder, Options(seed=1, runs=3, orders=("given", "reversed", "twice")))
    assert found.tests["test_it.py::test_b"].role == "victim"


def test_which_runs_are_planned() -> None:
    assert [each.order for each in plan(4, ("given", "reversed", "twice"), 1)] == [
        "given",
        "given",
        "reversed",
        "twice",
    ]
    assert [each.order for each in plan(2, ("twice",), 1)] == ["twice"]


def test_deflake_finds_it_with_no_run_more_and_its_cause_with_two_of_the_test(tmp_path: Path) -> None:
    text = "state = make()\n\n\ndef test_it():\n    assert state.next() == 1\n"
    made = "class State:\n    n = 0\n\n    def next(self):\n        self.n += 1\n        return self.n\n"
    write(
        tmp_path,
        {
            "pytest.ini": "[pytest]\npythonpath = .\n",
            "test_it.py": f"from made import State as make\n\n{text}",
            "made.py": made,
        },
    )
    command = ("deflake", "--yes", "--output-format", "json")
    done = inside(*command, folder=tmp_path)
    found = json.loads(done.stdout)
    cause = {"cells": ["test_it.py::state.n"], "places": ["made.py:5"]}
    assert found["tests"] == {"test_it.py::test_it": {"before": "nio", "after": "nio", **cause}}
    assert (done.returncode, found["pytest_runs"]) == (1, 4.3)  # the cause: as it is, with it put back, traced
    once = json.loads(inside(*command, "--no-twice", folder=tmp_path).stdout)
    assert once["tests"] == {"test_it.py::test_it": {"before": "stable", "after": "stable"}}
