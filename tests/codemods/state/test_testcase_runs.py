"""TestCases do the same before and after under unittest itself; what pytest does with their clean-ups."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.codemods.state import cases_testcase
from tests.codemods.state.kit import Case

EACH = pytest.mark.parametrize("case", cases_testcase.CASES, ids=lambda case: case.name)


def run(path: Path, text: str) -> dict[str, Any]:
    """What unittest does with a file in which A is unset and B is set."""
    path.write_text(text, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if len(k) > 1} | {"B": "outer"}
    command = [sys.executable, str(Path(__file__).with_name("in_unittest.py")), str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@EACH
def test_same_under_unittest(case: Case, tmp_path: Path) -> None:
    before, after = run(tmp_path / "before.py", case.before), run(tmp_path / "after.py", case.after)
    assert before["ran"] == after["ran"] > 0
    assert before["failed"] == after["failed"] == []
    assert before["seen"] == after["seen"]
    assert after["left"] == {}


def test_pytest_runs_the_clean_ups_of_a_class_but_not_of_a_module(tmp_path: Path) -> None:
    suite = """
        import os
        import unittest


        def setUpModule():
            unittest.addModuleCleanup(os.environ.pop, "OF_MODULE")
            os.environ["OF_MODULE"] = "1"


        class First(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.addClassCleanup(os.environ.pop, "OF_CLASS")
                os.environ["OF_CLASS"] = "1"

            def test_it(self):
                pass
    """
    after = """
        import os


        def test_it():
            assert "OF_CLASS" not in os.environ
            assert "OF_MODULE" in os.environ
    """
    (tmp_path / "test_a.py").write_text(dedent(suite), encoding="utf-8")
    (tmp_path / "test_b.py").write_text(dedent(after), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
