"""The results of earlier runs: used while nothing that they depend on has changed, and never for anything else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.isolator.inside import inside

PATCHED = "import os\n\n\ndef test_a():\n    os.environ['A'] = '1'\n    assert os.environ['A']\n"
CLEAN = "def test_b():\n    assert True\n"
FIXED = "1 finding in 1 file"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.isolator]\n")
    (tmp_path / "app.py").write_text("VALUE = 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(PATCHED)
    (tmp_path / "tests" / "test_b.py").write_text(CLEAN)
    return tmp_path


@pytest.fixture
def run(project: Path) -> Run:
    def run(*words: str) -> tuple[int, str]:
        done = inside(*words, folder=project)
        return done.returncode, done.stdout

    return run


def documents(project: Path) -> list[Path]:
    return sorted((project / ".isolator" / "cache").glob("*.json"))


def mark(project: Path) -> None:
    """Write something into what is kept that no run would find: whoever prints it has not looked again."""
    for path in documents(project):
        path.write_text(path.read_text().replace("never restored", "REMEMBERED"))


def test_a_second_run_says_what_the_first_did(project: Path, run: Run) -> None:
    first = run("check", "tests")
    assert first[0] == 1
    assert run("check", "tests") == first
    mark(project)
    assert "REMEMBERED" in run("check", "tests")[1]
    assert "REMEMBERED" not in run("check", "--no-cache", "tests")[1]


def test_nothing_is_kept_without_a_cache(project: Path, run: Run) -> None:
    run("check", "--no-cache", "tests")
    assert not (project / ".isolator").exists()


def test_git_does_not_see_it(project: Path, run: Run) -> None:
    run("check", "tests")
    assert (project / ".isolator" / ".gitignore").read_bytes() == b"*\n"
    assert len(documents(project)) == 1


def changed_file(project: Path) -> None:
    (project / "tests" / "test_a.py").write_text(f"# another line\n{PATCHED}")


def changed_code(project: Path) -> None:
    (project / "app.py").write_text("import os\nVALUE = 2\n")


def new_module(project: Path) -> None:
    (project / "other.py").write_text("")


def new_conftest(project: Path) -> None:
    (project / "tests" / "conftest.py").write_text("import pytest\n")


def changed_settings(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.isolator]\nunittest = 'convert'\n")


def kept_in_another_shape(project: Path) -> None:
    for path in documents(project):
        path.write_text(json.dumps({"tree": 1, "results": {"tests/test_a.py": ["x"]}}))


def no_json(project: Path) -> None:
    for path in documents(project):
        path.write_text("{")


@pytest.mark.parametrize(
    "change",
    [changed_file, changed_code, new_module, new_conftest, changed_settings, kept_in_another_shape, no_json],
)
def test_what_makes_a_run_look_again(change: Callable[[Path], None], project: Path, run: Run) -> None:
    run("check", "tests")
    mark(project)
    change(project)
    code, out = run("check", "tests")
    assert code == 1
    assert "ISO102" in out
    assert "REMEMBERED" not in out


def test_a_file_that_no_rule_had_to_read_depends_on_itself_alone(project: Path, run: Run) -> None:
    run("check", "tests")
    [path] = documents(project)
    kept = json.loads(path.read_text())["results"]
    assert {name: read for name, (_, read, _) in kept.items()} == {"tests/test_a.py": True, "tests/test_b.py": False}
    changed_code(project)
    assert run("check", "tests")[0] == 1


def test_other_rules_have_results_of_their_own(project: Path, run: Run) -> None:
    assert run("check", "tests")[0] == 1
    assert run("check", "--ignore", "ISO102", "tests") == (0, "")
    assert len(documents(project)) == 2
    assert run("check", "tests")[0] == 1


def test_no_more_than_a_few_documents_are_kept(project: Path, run: Run) -> None:
    run("check", "tests")
    folder = project / ".isolator" / "cache"
    for number in range(12):
        (folder / f"{number}.json").write_text("{}")
        os.utime(folder / f"{number}.json", (number, number))
    run("check", "--ignore", "ISO1", "tests")
    assert len(documents(project)) == 8


def test_a_diff_is_made_of_the_file_itself(project: Path, run: Run) -> None:
    expected = run("fix", "--no-cache", "tests")
    run("check", "tests")
    mark(project)
    assert run("fix", "tests") == expected
    assert "monkeypatch.setenv" in expected[1]


def test_a_file_that_was_written_is_looked_at_again(project: Path, run: Run) -> None:
    run("check", "tests")
    assert run("fix", "--write", "tests")[0] == 0
    assert "monkeypatch.setenv" in (project / "tests" / "test_a.py").read_text()
    assert run("check", "tests") == (0, "")


def test_single_tests_are_not_taken_for_the_file(project: Path, run: Run) -> None:
    assert run("check", "tests/test_a.py::test_a")[0] == 1
    assert not documents(project) or json.loads(documents(project)[0].read_text())["results"] == {}


def test_a_file_that_does_not_parse_fails_each_time(project: Path, run: Run) -> None:
    (project / "tests" / "test_c.py").write_text("import os\nos.environ[\n")
    assert [run("check", "tests")[0] for _ in range(2)] == [2, 2]


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_a_link_in_the_place_of_the_folder_is_not_followed(project: Path, run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / "elsewhere"
    elsewhere.mkdir()
    (project / ".isolator").symlink_to(elsewhere)
    assert run("check", "tests")[0] == 1
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_nothing(project: Path, run: Run) -> None:
    (project / ".isolator").write_text("a file in its place")
    assert run("check", "tests")[0] == 1
    assert run("check", "tests")[0] == 1
