"""Files that tests were seen to leave changed, and that make others fail: what is made of that evidence."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context, SharedFile
from isolator.evidence.context import informed
from isolator.evidence.model import Cause, Cell, Evidence
from tests.isolator.evidence.watched import RUNS, contents, fixed, isolator, keep, write

PASS = ("passed", "passed")
A, B, V = (f"tests/test_a.py::test_{name}" for name in ("writes", "calls", "finds_none"))
EVIDENCE = Evidence(
    RUNS,
    {f"{A}[1]": PASS, f"{A}[2]": PASS, B: PASS, V: ("failed", "passed")},
    cells=(
        Cell("./out.csv", (f"{A}[1]", f"{A}[2]"), ("tests/test_a.py:6", "tests/test_a.py:6")),
        Cell("./data/log", (B,), ("app.py:3",)),
        Cell("./harmless", (A,), ("",)),
        Cell("app.REGISTRY", (A,), ("",)),
    ),
    causes=(Cause(V, ("./out.csv", "./data/log", "app.REGISTRY")),),
)
TEXT = """\
import app
import pytest


@pytest.mark.parametrize("number", [1, 2])
def test_writes(number):
    open("out.csv", "x").close()


def test_calls():
    app.log()


def test_finds_none():
    assert app.is_new()
"""
FIXED = TEXT.replace("(number):\n", "(number, tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write(tmp_path, {"pytest.ini": "[pytest]\n", "data/x": "", "tests/conftest.py": "", "tests/test_a.py": TEXT})
    keep(tmp_path, EVIDENCE)
    return tmp_path


def test_what_the_rules_are_told() -> None:
    told = informed(Context(), EVIDENCE)
    assert told.leaked == ("./out.csv", "./data/log", "app.REGISTRY")
    assert told.files == (
        SharedFile("./out.csv", (A,), ("tests/test_a.py:6",)),
        SharedFile("./data/log", (B,), ("app.py:3",)),
    )


def test_a_file_has_one_fix(project: Path) -> None:
    """A test that can has one of its own; the other is put back."""
    said = fixed(project, "--select", "ISO303,ISO409")
    assert "Fixed 3 findings in 2 files" in said
    assert contents(project)["tests/test_a.py"] == FIXED
    assert '_LEAKED_FILES = ["data/log"]\n' in contents(project)["tests/conftest.py"]


@pytest.mark.parametrize("words", [("--select", "ISO303"), ("--ignore", "ISO409")])
def test_without_the_rule_all_are_put_back(project: Path, words: tuple[str, ...]) -> None:
    fixed(project, *words)
    assert contents(project)["tests/test_a.py"] == TEXT
    assert '_LEAKED_FILES = ["out.csv", "data/log"]\n' in contents(project)["tests/conftest.py"]


def test_an_unsafe_fix_that_is_not_made_counts_for_nothing(project: Path) -> None:
    write(project, {"tests/test_a.py": TEXT.replace("open(", "app.save();open(")})
    fixed(project, "--select", "ISO303,ISO409")
    assert '_LEAKED_FILES = ["out.csv", "data/log"]\n' in contents(project)["tests/conftest.py"]


def test_what_is_said(project: Path) -> None:
    done = isolator(project, "check", "--select", "ISO409")
    writes, calls, *_ = done.stdout.splitlines()
    assert (
        writes == "tests/test_a.py:6:5: ISO409 [*] test_writes leaves ./out.csv changed, which makes other tests fail"
    )
    assert calls.startswith(
        "tests/test_a.py:10:5: ISO409 test_calls leaves ./data/log changed, which makes other tests"
    )
    assert "; not fixed: the code under test chooses the path; let it take the directory as an argument" in calls
