"""The commits of files, in repositories that are real."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from isolator.report.findings.commits import UNCOMMITTED, commits_of


def git(directory: Path, *words: str) -> str:
    identity = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.check_output(["git", *words], cwd=directory, text=True, env=os.environ | identity).strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    git(tmp_path, "init", "-q")
    for name in ("tests/test_a.py", "tests/test_é b.py", "*.py"):
        (tmp_path / name).write_text("a = 1\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", name)
    return tmp_path


def test_each_file_has_the_commit_that_changed_it_last(repository: Path) -> None:
    last, second, first = git(repository, "log", "--format=%h").split()
    names = ["*.py", "tests/test_é b.py", "tests/test_a.py"]
    assert commits_of(names, repository) == dict(zip(names, [last, second, first], strict=True))
    assert commits_of(["test_a.py"], repository / "tests") == {"test_a.py": first}


def test_changes_that_are_not_committed_are_told(repository: Path) -> None:
    (repository / "tests" / "test_a.py").write_text("a = 2\n")
    (repository / "staged.py").touch()
    git(repository, "add", "staged.py")
    (repository / "new.py").touch()
    (repository / "*.py").unlink()
    names = ["tests/test_a.py", "staged.py", "new.py", "*.py"]
    assert commits_of(names, repository) == dict.fromkeys(names, UNCOMMITTED)


def test_what_git_does_not_know_is_left_out(repository: Path) -> None:
    (repository / ".gitignore").write_text("ignored.py\n")
    (repository / "ignored.py").touch()
    assert commits_of(["ignored.py", "gone.py", "../outside.py"], repository) == {}


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").touch()
    assert commits_of(["a.py", "b.py"], tmp_path) == {"a.py": UNCOMMITTED}


def test_no_repository_means_no_commits(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    assert commits_of(["a.py"], tmp_path) == {}


def test_no_git_means_no_commits(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert commits_of(["tests/test_a.py"], repository) == {}


@pytest.mark.usefixtures("repository")
def test_looking_leaves_the_repository_as_it_is(tmp_path: Path) -> None:
    os.utime(tmp_path / "tests" / "test_a.py", (1, 1))
    index = (tmp_path / ".git" / "index").read_bytes()
    assert UNCOMMITTED not in commits_of(["tests/test_a.py"], tmp_path).values()
    assert (tmp_path / ".git" / "index").read_bytes() == index
