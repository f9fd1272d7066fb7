"""``isolator check --write-baseline``: findings that were there before are not reported again, new ones are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.isolator.inside import inside

BASELINE = "isolator-baseline.toml"
TESTS = """\
import os


def test_a():
    os.environ["A"] = "1"


class TestB:
    def test_b(self):
        os.environ["B"] = "1"
        os.environ["B"] = "2"
        os.chdir("/")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose findings are in a baseline."""
    (tmp_path / "pyproject.toml").write_text('[tool.isolator]\npaths = ["tests"]\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(TESTS)
    done = inside("check", "--write-baseline", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"{BASELINE}: 4 findings (4 new, 0 removed)\n"
    return tmp_path


def entries(project: Path) -> list[str]:
    return [line for line in (project / BASELINE).read_text().splitlines() if not line.startswith("#")]


def test_what_is_in_it_is_counted_and_not_reported(project: Path) -> None:
    assert entries(project) == [
        "check = [",
        '  { file = "tests/test_a.py", rule = "ISO102", in = "TestB::test_b", about = "B", count = 2 },',
        '  { file = "tests/test_a.py", rule = "ISO102", in = "test_a", about = "A", count = 1 },',
        '  { file = "tests/test_a.py", rule = "ISO401", in = "TestB::test_b", about = "cwd", count = 1 },',
        "]",
    ]
    done = inside("check", folder=project)
    assert (done.returncode, done.stdout) == (0, "")
    hidden = f"4 findings hidden by {BASELINE} (ISO102 3, ISO401 1); --no-baseline shows them"
    assert done.stderr.splitlines() == ["No findings in 1 file.", hidden]
    assert len(inside("check", "--no-baseline", folder=project).stdout.splitlines()) == 4
    assert len(inside("check", "-", "--stdin-filename", "tests/test_a.py", folder=project, stdin=TESTS).stdout) > 0


def test_only_what_is_new_is_reported_wherever_lines_have_moved(project: Path) -> None:
    more = TESTS + '        os.environ["B"] = "3"\n\n\ndef test_c():\n    os.environ["A"] = "1"\n'
    (project / "tests" / "test_a.py").write_text("# moved\n\n" + more)

    done = inside("check", "--output-format", "json", folder=project)

    found = [(each["code"], each["line"]) for each in json.loads(done.stdout)]
    assert found == [("ISO102", 15), ("ISO102", 19)]
    assert done.returncode == 1


def test_what_is_gone_is_told_and_removed(project: Path) -> None:
    (project / "tests" / "test_a.py").write_text(TESTS.replace('        os.chdir("/")\n', ""))
    told = f"1 entry is no longer needed in {BASELINE}: run `isolator check --write-baseline` to remove it"

    assert told in inside("check", folder=project).stderr
    assert told not in inside("check", "--select", "ISO1", folder=project).stderr
    assert told not in inside("check", "tests/test_a.py::test_a", folder=project).stderr

    done = inside("check", "--write-baseline", folder=project)
    assert done.stderr == f"{BASELINE}: 3 findings (0 new, 1 removed)\n"
    assert len(entries(project)) == 4


def test_writing_a_part_keeps_the_rest(project: Path) -> None:
    (project / BASELINE).write_text(
        (project / BASELINE).read_text() + 'gate = [{ test = "t", cell = "c", kind = "heap" }]\n'
    )
    (project / "tests" / "test_b.py").write_text(TESTS)

    inside("check", "--write-baseline", "tests/test_b.py", folder=project)

    assert sum("test_a.py" in line for line in entries(project)) == 3
    assert sum("test_b.py" in line for line in entries(project)) == 3
    assert '  { test = "t", cell = "c", kind = "heap" },' in entries(project)
    (project / "tests" / "test_a.py").unlink()
    assert "3 entries are no longer needed" in inside("check", "tests/test_b.py", folder=project).stderr


def test_nothing_is_written_where_a_file_fails(project: Path) -> None:
    before = (project / BASELINE).read_bytes()
    (project / "tests" / "test_c.py").write_text('import os\n\nos.environ["A"] = (\n')

    done = inside("check", "--write-baseline", "tests/test_c.py", folder=project)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: the baseline is not written, since files failed"
    assert (project / BASELINE).read_bytes() == before


def test_lines_that_two_branches_both_have_are_one(project: Path) -> None:
    header, *lines, end = entries(project)
    (project / BASELINE).write_text("\n".join([header, *lines, *lines, end]) + "\n")

    assert inside("check", folder=project).returncode == 0
    assert inside("check", "--write-baseline", folder=project).stderr == f"{BASELINE}: 4 findings (0 new, 0 removed)\n"
    assert entries(project) == [header, *lines, end]


def test_statistics_show_the_way_left(project: Path) -> None:
    with (project / BASELINE).open("a") as file:
        file.write('gate = [{ test = "t", cell = "c", kind = "heap" }]\n')
    (project / "tests" / "test_b.py").write_text('import os\n\n\ndef test_b():\n    os.environ["B"] = "1"\n')

    done = inside("check", "--statistics", folder=project)

    assert (done.returncode, done.stdout) == (1, "1  ISO102  [*] environ-write\n")
    left = f"Left in {BASELINE}: 4 findings (ISO102 3, ISO401 1) and 1 leak seen by the gate"
    assert done.stderr.splitlines()[1:] == [left]
    counted = json.loads(inside("check", "--statistics", "--output-format", "json", folder=project).stdout)
    assert [(each["code"], each["count"], each["baseline"]) for each in counted] == [("ISO102", 1, 3), ("ISO401", 0, 1)]


def test_after_fixes_only_what_is_new_and_left_is_reported(project: Path) -> None:
    refused = 'import os\n\nos.environ["A"] = "1"\n'  # in no function, and so not fixed
    (project / "tests" / "conftest.py").write_text(refused)
    assert inside("check", "--write-baseline", folder=project).returncode == 0
    (project / "tests" / "test_a.py").write_text("# moved\n" + TESTS)

    done = inside("check", "--fix", folder=project)

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines()[1:] == [
        f"1 finding hidden by {BASELINE} (ISO102 1); --no-baseline shows them",
        f"3 entries are no longer needed in {BASELINE}: run `isolator check --write-baseline` to remove them",
    ]


def test_lines_that_have_not_changed_are_not_taken_to_be_clean(project: Path) -> None:
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "a"]):
        subprocess.run(["git", *words], cwd=project, check=True)
    (project / "tests" / "test_a.py").write_text(TESTS + '\n\ndef test_c():\n    os.environ["C"] = "1"\n')

    done = inside("check", "--since", "HEAD", folder=project)

    assert len(done.stdout.splitlines()) == 1
    assert BASELINE not in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--since", "HEAD"), "--write-baseline cannot be used with stdin, --since or --no-baseline"),
        (("--no-baseline",), "--write-baseline cannot be used with stdin, --since or --no-baseline"),
        (
            ("--statistics",),
            "--write-baseline cannot be used with options that fix, list or count: run `isolator check` with",
        ),
    ],
)
def test_what_does_not_go_together(project: Path, words: tuple[str, ...], problem: str) -> None:
    done = inside("check", "--write-baseline", *words, folder=project)

    assert done.returncode == 2
    assert problem in done.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<<<<<<< ours\n", f"Error: {BASELINE}: is not valid TOML"),
        ('check = [{ file = "a" }]\n', f"Error: {BASELINE}: check #1.rule: is missing"),
    ],
)
def test_one_that_cannot_be_used(project: Path, text: str, problem: str) -> None:
    (project / BASELINE).write_text(text)

    done = inside("check", folder=project)

    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(problem)
