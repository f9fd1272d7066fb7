"""The hooks, run by pre-commit itself on a repository that is made for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOOKS = ".pre-commit-hooks.yaml"
PACKAGE = ("isolator", "codemods", "fixtures_templates", "pyproject.toml", "README.md", "LICENSE", HOOKS)
PATCHED = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""
FIXED = """\
import os


def test_a(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert os.environ["A"] == "1"
"""
FINDING = "test_a.py:6:10: ISO101 [*] patch.dict on os.environ empties and refills the whole environment"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git and pre-commit read and write nothing of the user's; `isolator` is the one under test."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "PRE_COMMIT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


def git(where: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *who, *words], cwd=where, check=True, capture_output=True, text=True).stdout.strip()


def repository(where: Path) -> str:
    """Makes a folder a repository with one commit, the name of which is returned."""
    git(where, "init", "-q")
    git(where, "add", "-A")
    git(where, "commit", "-qm", "All")
    return git(where, "rev-parse", "HEAD")


def project(tmp_path: Path, names: Sequence[str], overrides: str = "") -> Path:
    """A repository with a test that can be fixed, and the two hooks of another that holds these files of ours."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, hooks / name)
    made = tmp_path / "project"
    made.mkdir()
    (made / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks.as_posix()}\n  rev: {repository(hooks)}\n  hooks:\n"
        f"  - {{id: isolator-check{overrides}}}\n  - {{id: isolator-fix{overrides}}}\n"
    )
    for name in ("test_a.py", "code.py", "a_test.txt"):
        (made / name).write_text(PATCHED)
    repository(made)
    return made


def pre_commit(where: Path, hook: str) -> tuple[int, list[str]]:
    """The exit code of a hook on all files, and what it said, without the dots that fill its first line."""
    command = [sys.executable, "-m", "pre_commit", "run", hook, "--all-files", "--color", "never"]
    done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith("[INFO]")]
    return done.returncode, [" ".join(lines[0].replace(".", " ").split()), *lines[1:]]


def tried(made: Path) -> None:
    code, said = pre_commit(made, "isolator-check")
    assert (code, said) == (
        1,
        [
            "isolator check Failed",
            "- hook id: isolator-check",
            "- exit code: 1",
            FINDING,
            "Found 1 finding in 1 file of 1 (1 fixable with `isolator fix`).",
        ],
    )
    code, said = pre_commit(made, "isolator-fix")
    assert (code, said) == (
        1,
        [
            "isolator fix Failed",
            "- hook id: isolator-fix",
            "- files were modified by this hook",
            "Fixed 1 finding in 1 file.",
        ],
    )
    assert (made / "test_a.py").read_text() == FIXED
    assert (made / "code.py").read_text() == PATCHED
    assert pre_commit(made, "isolator-check") == (0, ["isolator check Passed"])
    assert pre_commit(made, "isolator-fix") == (0, ["isolator fix Passed"])


def test_the_hooks_find_and_fix(tmp_path: Path) -> None:
    # With the isolator that is installed here: pre-commit would need an index to install another.
    tried(project(tmp_path, [HOOKS], ", language: system"))


@pytest.mark.slow  # and it needs a package index
def test_the_hooks_install_isolator_and_find_and_fix(tmp_path: Path) -> None:
    tried(project(tmp_path, PACKAGE))


def test_a_commit_is_stopped(tmp_path: Path) -> None:
    made = project(tmp_path, [HOOKS], ", language: system")
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=made, check=True, capture_output=True)
    (made / "test_b.py").write_text(PATCHED)
    git(made, "add", "test_b.py")
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        git(made, "commit", "-qm", "More")
    assert "test_b.py:6:10: ISO101 [*]" in stopped.value.stderr
    assert git(made, "log", "--format=%s") == "All"
