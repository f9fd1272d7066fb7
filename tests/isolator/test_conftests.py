"""Which conftests the rules are told of, and that a run that rewrites them too decides the same."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.project.conftests import above, conftests
from isolator.project.discovery import find_files
from isolator.project.project import load_project
from tests.isolator.inside import inside

FIXTURE = "import pytest\n\n\n@pytest.fixture\ndef it():\n    return 1\n"
EARLY = """\
import os

import pytest


@pytest.fixture(autouse=True)
def early(monkeypatch):
    monkeypatch.setenv("C", "early")


@pytest.fixture
def env():
    saved = os.environ.get("A")
    os.environ["A"] = "fixture"
    yield
    if saved is None:
        del os.environ["A"]
    else:
        os.environ["A"] = saved
"""
TEST = 'import os\n\n\ndef test_it(env):\n    os.environ["A"] = "1"\n    assert os.environ["C"] == "early"\n'
FIXED = """\
import os

import pytest


def test_it(env):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("A", "1")
        assert os.environ["C"] == "early"
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project below a directory that has a conftest as well."""
    (tmp_path / "conftest.py").write_text(FIXTURE)
    repo = tmp_path / "repo"
    for folder in ("tests/unit", "tests/other", "elsewhere"):
        (repo / folder).mkdir(parents=True)
        (repo / folder / "conftest.py").write_text(FIXTURE)
        (repo / folder / "test_a.py").write_text(TEST)
    (repo / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(repo)
    return repo


def told(*words: str) -> list[str]:
    """The conftests of the files that some words mean, relative to the current directory."""
    project = load_project(words)
    found = conftests(find_files(words, project), project)
    return [Path(each.folder).relative_to(Path.cwd()).as_posix() for each in found]


def test_those_above_the_files_up_to_the_root(tree: Path) -> None:
    assert told("tests/unit/test_a.py") == ["tests/unit"]
    (tree / "conftest.py").write_text(FIXTURE)
    (tree / "tests" / "conftest.py").write_text(FIXTURE)
    assert told("tests/unit/test_a.py") == [".", "tests", "tests/unit"]
    assert told("tests") == [".", "tests", "tests/other", "tests/unit"]


def test_one_that_cannot_be_read_or_has_no_fixture_is_left_out(tree: Path) -> None:
    (tree / "conftest.py").write_bytes(b"# coding: klingon\nfixture\n")
    (tree / "tests" / "conftest.py").write_bytes(b"fixture = '\xff'\n")
    (tree / "tests" / "unit" / "conftest.py").write_text("used = 1\n")
    assert told("tests/unit/test_a.py") == []


def test_up_to_the_root_of_pytest_if_that_is_higher(tree: Path) -> None:
    (tree / "conftest.py").write_text(FIXTURE)
    (tree / "tests" / "isolator.toml").write_text("")
    assert told("tests/unit/test_a.py") == [".", "tests/unit"]


@pytest.mark.parametrize(
    "words", [("tests",), ("tests/unit/test_a.py", "tests"), ("-j1", "tests"), ("tests/unit/test_a.py",)]
)
def test_the_rewrite_of_a_test_is_the_same_if_its_conftest_is_rewritten_first(
    tree: Path, words: tuple[str, ...]
) -> None:
    (tree / "tests" / "conftest.py").write_text(EARLY)
    assert inside("fix", "--write", *words).returncode == 0
    assert (tree / "tests" / "unit" / "test_a.py").read_text() == FIXED
    rewritten = (tree / "tests" / "conftest.py").read_text() != EARLY
    assert rewritten == ("tests" in words)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit"]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_conftest_that_does_not_parse_is_its_own_affair(tree: Path) -> None:
    (tree / "tests" / "conftest.py").write_text(f"{EARLY}def broken(:\n")
    done = inside("check", "-q", "tests/unit")
    assert (done.returncode, done.stderr) == (1, "")


def test_the_source_on_stdin_has_conftests_too(tree: Path) -> None:
    (tree / "tests" / "conftest.py").write_text(EARLY)
    done = inside("fix", "--write", "-q", "-", "--stdin-filename", "tests/unit/test_x.py", stdin=TEST)
    assert done.stdout == FIXED


def test_what_is_sent_with_a_file_is_the_conftests_above_it(tree: Path) -> None:
    (tree / "conftest.py").write_text(FIXTURE)
    project = load_project([])
    files = find_files(["."], project)
    context = replace(project.context(), conftests=conftests(files, project))
    assert len(context.conftests) == 4

    def sent_with(*names: str) -> list[str]:
        some = [file for file in files if file.name in names]
        assert len(some) == len(names)
        return [conftest.folder.removeprefix(tree.as_posix()) for conftest in above(some, context).conftests]

    assert sent_with("tests/unit/test_a.py") == ["/", "/tests/unit/"]
    assert sent_with("tests/unit/test_a.py", "elsewhere/test_a.py") == ["/", "/elsewhere/", "/tests/unit/"]
    assert above(files, context) == context
