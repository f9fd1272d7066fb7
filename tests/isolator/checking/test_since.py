"""``isolator check --since REV``: findings on lines that have changed since, and their fixes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.isolator.inside import inside

OLD = "import os\n\n\ndef test_old():\n    os.environ['A'] = '1'\n"
NEW = "\n\ndef test_new():\n    os.environ['B'] = '1'\n"


def git(*words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words], check=True, capture_output=True
    )


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two committed files; one has changed, and a third one is new. The current directory."""
    monkeypatch.chdir(tmp_path)
    Path("pytest.ini").write_text("[pytest]\n")
    Path("tests").mkdir()
    for name in ("tests/test_a.py", "tests/test_b.py"):
        Path(name).write_text(OLD)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    Path("tests/test_a.py").write_text(OLD.replace("import os\n", "import os\nimport sys\n") + NEW)
    Path("tests/test_ä c.py").write_text(OLD)
    return tmp_path


def found(*words: str) -> list[str]:
    done = inside("check", "--output-format", "concise", "-q", *words)
    assert done.stderr == ""
    return [line.split(" is changed")[0].replace("\\", "/") for line in done.stdout.splitlines()]


def test_only_lines_that_have_changed_count() -> None:
    assert found() == [
        "tests/test_a.py:6:5: ISO102 A",
        "tests/test_a.py:10:5: ISO102 B",
        "tests/test_b.py:5:5: ISO102 A",
        "tests/test_ä c.py:5:5: ISO102 A",
    ]
    expected = ["tests/test_a.py:10:5: ISO102 B", "tests/test_ä c.py:5:5: ISO102 A"]
    assert found("--since", "HEAD") == found("--since", "main") == expected
    git("add", ".")
    git("commit", "-q", "-m", "second")
    assert found("--since", "HEAD") == []
    assert found("--since", "HEAD~1") == expected


def test_only_files_that_have_changed_are_shown() -> None:
    shown = inside("check", "--show-files", "--since", "HEAD").stdout.splitlines()
    assert [Path(each).as_posix() for each in shown] == ["tests/test_a.py", "tests/test_ä c.py"]


def test_what_others_did_since_on_the_other_branch_is_not_a_change_here() -> None:
    git("checkout", "-q", "-b", "mine")
    git("add", ".")
    git("commit", "-q", "-m", "mine")
    git("checkout", "-q", "main")
    Path("tests/test_b.py").write_text("import os\n")
    git("commit", "-q", "-a", "-m", "theirs")
    git("checkout", "-q", "mine")
    assert found("--since", "main") == ["tests/test_a.py:10:5: ISO102 B", "tests/test_ä c.py:5:5: ISO102 A"]


def test_from_a_folder_below_and_with_a_path(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "tests")
    assert found("--since", "HEAD", "test_a.py") == ["test_a.py:10:5: ISO102 B"]
    assert found("--since", "HEAD", "test_b.py") == []


def test_the_project_may_lie_below_the_top_of_the_repository(project: Path) -> None:
    (project / "tests" / "isolator.toml").write_text("")
    assert found("--since", "HEAD", "tests") == ["tests/test_a.py:10:5: ISO102 B", "tests/test_ä c.py:5:5: ISO102 A"]


def test_projects_inside_the_project_are_asked_as_well(project: Path) -> None:
    (project / "tests" / "isolator.toml").write_text("")
    (project / "isolator.toml").write_text("select = ['ISO2']\n")
    assert found("--since", "HEAD") == ["tests/test_a.py:10:5: ISO102 B", "tests/test_ä c.py:5:5: ISO102 A"]


def test_only_what_has_changed_is_fixed() -> None:
    done = inside("check", "--fix", "--since", "HEAD", "tests/test_a.py", "tests/test_b.py")
    assert (done.returncode, done.stdout) == (0, "")
    text = Path("tests/test_a.py").read_text()
    assert "def test_old():\n    os.environ['A'] = '1'\n" in text
    assert "def test_new(monkeypatch):\n    monkeypatch.setenv('B', '1')\n" in text
    assert Path("tests/test_b.py").read_text() == OLD


def test_what_is_left_stands_where_it_is_after_the_fix() -> None:
    patched = (
        "from unittest.mock import patch\n\n\ndef test_c():\n    with patch.dict('os.environ', A='1'):\n        pass\n"
    )
    helper = "\n\nimport os\n\n\ndef helper():\n    os.environ['C'] = '1'\n"
    Path("tests/test_b.py").write_text(patched + helper)
    done = inside("check", "--fix", "--since", "HEAD", "tests/test_b.py")
    lines = Path("tests/test_b.py").read_text().splitlines()
    number = 1 + lines.index("    os.environ['C'] = '1'")
    assert done.stdout.replace("\\", "/").startswith(f"tests/test_b.py:{number}:5: ISO102 C is changed")


def test_only_what_has_changed_is_ignored() -> None:
    inside("check", "--add-ignore", "--since", "HEAD", "tests/test_a.py")
    assert Path("tests/test_a.py").read_text().splitlines()[5] == "    os.environ['A'] = '1'"
    assert (
        Path("tests/test_a.py").read_text().splitlines()[9] == "    os.environ['B'] = '1'  # isolator: ignore[ISO102]"
    )


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD:tests"])
def test_a_revision_that_there_is_not_says_so(revision: str) -> None:
    done = inside("check", f"--since={revision}")
    assert done.returncode == 2
    assert done.stderr == (
        f"Error: --since {revision}: there is no such revision in the git repository of the current directory\n"
    )


def test_where_there_is_no_repository_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.chdir(tmp_path / "other")
    done = inside("check", "--since", "HEAD")
    assert done.returncode == 2
    assert "there is no such revision" in done.stderr


def test_stdin_has_no_revisions() -> None:
    assert inside("check", "--since", "HEAD", "-", stdin=OLD).returncode == 2
