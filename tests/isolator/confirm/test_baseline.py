"""The baseline holds for as long as nothing has changed that decides how the tests end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.pytest_runs.document import from_json
from isolator.pytest_runs.expectations.baseline import baseline, fingerprint
from isolator.pytest_runs.model import Confirmation, Run, Test
from isolator.pytest_runs.options import Options

OPTIONS = Options(arguments=("-q",), python=sys.executable)
FOUND = Confirmation((Run("given", 0, 1.0, 0),), {"test_a.py::test_a": Test("stable", ("passed",))})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("a = 1\n")
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    return tmp_path


def of(root: Path, options: Options = OPTIONS) -> str:
    return fingerprint(root, options, root)


@pytest.mark.parametrize(
    "name", ["src/app.py", "test_a.py", "src/new.py", "pytest.ini", ".pytest.ini", "pyproject.toml", "src/tox.ini"]
)
def test_a_file_that_counts(root: Path, name: str) -> None:
    before = of(root)
    assert of(root) == before
    (root / name).write_text("b = 2\n")
    assert of(root) != before


@pytest.mark.parametrize(
    "name", ["notes.txt", ".git/hook.py", "venv/lib/x.py", "src/__pycache__/x.py", ".isolator/x.py"]
)
def test_a_file_that_does_not(root: Path, name: str) -> None:
    (root / "venv").mkdir()
    (root / "venv" / "pyvenv.cfg").touch()
    before = of(root)
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("b = 2\n")
    assert of(root) == before


def test_files_that_change_places(root: Path) -> None:
    before = of(root)
    (root / "src" / "app.py").rename(root / "app.py")
    assert of(root) != before


def test_options_and_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(root)
    assert of(root, replace(OPTIONS, seed=1)) != before
    assert of(root, replace(OPTIONS, arguments=("-q", "-x"))) != before
    assert of(root, replace(OPTIONS, python="/nowhere/python")) != before
    monkeypatch.setenv("SHLVL", "17")
    assert of(root) == before
    monkeypatch.setenv("SOME_SECRET", "a")
    named = of(root)
    assert named != before
    monkeypatch.setenv("SOME_SECRET", "b")
    assert of(root) == named  # no value goes into it


class Counted:
    """A confirmation that is counted."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, _: Options, __: Path, ___: Callable[[str], None]) -> Confirmation:
        self.times += 1
        return FOUND


def test_it_is_kept_and_read_again(root: Path) -> None:
    confirm, said = Counted(), list[str]()
    for _ in range(2):
        assert baseline(root, OPTIONS, root, confirm, said.append).tests == FOUND.tests
    assert confirm.times == 1
    assert said == ["baseline: the tests before the rewrites", "baseline: as before, in .isolator/baseline.json"]
    file = root / ".isolator" / "baseline.json"
    assert from_json(file.read_text()).tests == FOUND.tests  # as `isolator confirm` writes it
    for broken in ("", "{", "[]", json.dumps({"fingerprint": of(root)}), file.read_text().replace("stable", "\\")):
        file.write_text(broken)
        baseline(root, OPTIONS, root, confirm, said.append)
    assert confirm.times == 6


def test_tests_that_write_python_files_have_no_lasting_baseline(root: Path) -> None:
    times = []

    def confirm(_: Options, folder: Path, __: Callable[[str], None]) -> Confirmation:
        times.append(folder)
        (folder / "generated.py").write_text(f"n = {len(times)}\n")
        return FOUND

    for _ in range(2):
        baseline(root, OPTIONS, root, confirm, print)
    assert len(times) == 2
