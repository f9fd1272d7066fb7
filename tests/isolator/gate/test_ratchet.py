"""The baseline of the gate: what is in it makes no test fail, what is new does, what is gone is told and removed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.isolator.gate.suites import run, write

BASELINE = "isolator-baseline.toml"
UPDATE = "pytest -p isolator.gate --isolator-update-baseline"
TESTS = """\
import os

from app import registry


def test_first():
    os.environ["MODE"] = "1"


def test_second():
    registry.configure("json")


def test_clean():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a baseline of its two leaks."""
    folder = write(tmp_path / "suite", TESTS)
    done = run(folder, "--isolator-update-baseline")
    assert (done.code, done.section) == (0, [f"{BASELINE}: 2 entries of the gate (2 new, 0 removed)"])
    return folder


def entries(folder: Path) -> list[str]:
    """The lines of the baseline without the comments."""
    return [line for line in (folder / BASELINE).read_text().splitlines() if not line.startswith("#")]


def test_it_is_sorted_with_an_entry_a_line_and_no_line_numbers(project: Path) -> None:
    assert entries(project) == [
        "gate = [",
        '  { test = "test_it.py::test_first", cell = "os.environ[\\"MODE\\"]", kind = "environment" },',
        '  { test = "test_it.py::test_second", cell = "app.registry.HANDLERS[\\"json\\"]", kind = "heap" },',
        "]",
    ]
    before = (project / BASELINE).read_bytes()
    run(project, "--isolator-update-baseline")
    assert (project / BASELINE).read_bytes() == before


def test_only_what_is_new_fails(project: Path) -> None:
    text = TESTS.replace("def test_clean():\n    pass", "def test_clean():\n    registry.NAMES.append(1)")
    (project / "test_it.py").write_text("# lines move\n\n" + text)

    done = run(project)

    assert {*done.errors} == {"test_clean"}
    assert done.section == [
        f"1 test leaves state changed; to accept what is there now, run `{UPDATE}`",
        f"2 entries of {BASELINE} still apply",
    ]


@pytest.mark.usefixtures("named_plugins")
def test_what_is_gone_is_told_and_removed(project: Path) -> None:
    (project / "test_it.py").write_text(TESTS.replace('    os.environ["MODE"] = "1"', "    pass"))
    told = [
        f"1 entry of {BASELINE} still apply".replace("apply", "applies"),
        f"1 entry is no longer needed in {BASELINE}: run `{UPDATE}` to remove it",
    ]

    assert (run(project).section, run(project, "-n", "2").section) == (told, told)
    assert run(project, "-k", "second").section == told[:1], "the other test was not run"

    done = run(project, "--isolator-update-baseline", "-n", "2")
    assert done.section == [f"{BASELINE}: 1 entry of the gate (0 new, 1 removed)"]
    assert [line[:33] for line in entries(project)] == ["gate = [", '  { test = "test_it.py::test_seco', "]"]


def test_a_renamed_test_and_a_file_that_is_gone_need_no_entry(project: Path) -> None:
    (project / "test_it.py").rename(project / "test_other.py")

    assert [*run(project).errors] == ["test_first", "test_second"]
    assert run(project, "--isolator-update-baseline").section == [
        f"{BASELINE}: 2 entries of the gate (2 new, 2 removed)"
    ]


def test_when_all_is_clean_the_file_goes(project: Path) -> None:
    (project / "test_it.py").write_text("def test_clean():\n    pass\n")

    run(project, "--isolator-update-baseline")

    assert not (project / BASELINE).exists()


def test_two_branches_merge(project: Path) -> None:
    def git(*words: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
        done = subprocess.run(["git", *settings, *words], cwd=project, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commit(name: str) -> None:
        git("add", "-A")
        git("commit", "-qm", name)

    (project / ".gitignore").write_text("__pycache__\n")
    git("init", "-q")
    commit("baseline")
    git("checkout", "-qb", "removes")
    (project / "test_it.py").write_text(TESTS.replace('    os.environ["MODE"] = "1"', "    pass"))
    run(project, "--isolator-update-baseline")
    commit("removes one")
    git("checkout", "-q", "main")
    (project / "test_new.py").write_text('import os\n\n\ndef test_new():\n    os.environ["NEW"] = "1"\n')
    run(project, "--isolator-update-baseline")
    commit("adds one")

    git("merge", "-q", "-m", "both", "removes")

    assert len(entries(project)) == 4
    assert run(project).code == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<<<<<<< ours\n", f"{BASELINE}: is not valid TOML"),
        ('gate = [{ test = "a" }]\n', f"{BASELINE}: gate #1.cell: is missing"),
        ("other = []\n", f"{BASELINE}: other: is not a known key"),
    ],
)
def test_one_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    folder = write(tmp_path / "suite", TESTS)
    (folder / BASELINE).write_text(text)

    done = run(folder)

    assert done.code == 4
    assert problem in done.out


def test_its_place_is_a_setting(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", TESTS, '\n[tool.isolator]\nbaseline = "known.toml"\n')

    run(folder, "--isolator-update-baseline")

    assert run(folder).section == ["2 entries of known.toml still apply"]
