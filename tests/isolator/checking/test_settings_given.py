"""Settings of the command line (``--config``, ``--exclude``, ``--per-file-ignores``), and what shows which count."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.isolator.inside import inside

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PATCHED = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def helper():
    os.environ["C"] = "1"
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a test file, an old one, and a project inside it; the current directory."""
    for name in ("tests/test_a.py", "tests/old/test_b.py", "inner/tests/test_c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PATCHED)
    (tmp_path / "pyproject.toml").write_text("[tool.isolator]\nignore = ['ISO102']\n")
    (tmp_path / "inner" / "isolator.toml").write_text("select = ['ISO102']\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*words: str) -> set[tuple[str, str]]:
    """The file and the code of each finding."""
    done = inside("check", *words, "--output-format", "concise", "-q")
    assert done.stderr == ""
    lines = (line.split() for line in done.stdout.splitlines())
    return {(Path(place.split(":")[0]).as_posix(), code) for place, code, *_ in lines}


A, B, C = "tests/test_a.py", "tests/old/test_b.py", "inner/tests/test_c.py"


def test_each_file_goes_by_its_own_settings_if_nothing_is_given() -> None:
    assert found(".") == {(A, "ISO101"), (B, "ISO101"), (C, "ISO102")}


def test_a_setting_comes_before_those_of_every_file() -> None:
    assert found(".", "--config", "ignore = ['ISO1']") == set()
    both = ("--config", "ignore = []", "--config", 'select = ["ISO101"]')
    assert found(".", *both) == {(A, "ISO101"), (B, "ISO101"), (C, "ISO101")}


def test_a_setting_counts_where_there_is_no_file() -> None:
    Path("pyproject.toml").unlink()
    assert found(A, "--config", "select = ['ISO102']") == {(A, "ISO102")}


@pytest.mark.parametrize("text", ["select = ['ISO102']\n", "[tool.isolator]\nselect = ['ISO102']\n"])
def test_a_file_takes_the_place_of_all_that_would_be_found(text: str) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/mine.toml").write_text(text)
    assert found(".", "--config", "elsewhere/mine.toml") == {(A, "ISO102"), (B, "ISO102"), (C, "ISO102")}


def test_patterns_of_a_file_elsewhere_are_relative_to_the_current_directory() -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/isolator.toml").write_text("select = ['ISO101']\nexclude = ['/tests/old', '/inner']\n")
    assert found(".", "--config", "elsewhere/isolator.toml") == {(A, "ISO101")}


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("nothing.toml", "there is no such file, and it is not a setting"),
        ("select = [", "is not valid TOML"),
        ("selct = []", "selct: is not a known key; did you mean 'select'?"),
        ("select = 'ISO1'", "select: expected an array"),
        ("select = ['XYZ']", "there is no rule 'XYZ'"),
    ],
)
def test_what_cannot_be_used_says_why(word: str, problem: str) -> None:
    done = inside("check", "--config", word)
    assert done.returncode == 2
    assert "--config" in done.stderr
    assert problem in done.stderr


def test_a_file_that_is_wrong_itself_is_named_and_not_the_option() -> None:
    Path("pyproject.toml").write_text("[tool.isolator]\nselct = []\n")
    done = inside("check", "--config", "ignore = []")
    assert done.returncode == 2
    assert done.stderr.startswith("pyproject.toml: error: tool.isolator.selct: is not a known key")


def test_exclude_takes_the_place_of_the_setting(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pyproject.toml").write_text("[tool.isolator]\nselect = ['ISO101']\nexclude = ['inner']\n")
    assert found(".") == {(A, "ISO101"), (B, "ISO101")}
    assert found(".", "--exclude", "tests/old,nothing") == {(A, "ISO101"), (C, "ISO102")}
    assert found(".", "--exclude", "test_a.py", "--exclude", "inner") == {(B, "ISO101")}
    assert found("--exclude", "tests") == set()
    assert found("tests/test_a.py", "--exclude", "tests") == {(A, "ISO101")}, "who names a file wants it"
    monkeypatch.chdir(project / "tests")
    assert found(".", "--exclude", "/old") == {("test_a.py", "ISO101")}, "relative to the current directory"


def test_rules_that_do_not_count_in_some_files() -> None:
    Path("pyproject.toml").write_text(
        "[tool.isolator.per-file-ignores]\n'tests/old/*' = ['ISO1']\n'*_a.py' = ['ISO102']\n"
    )
    assert found(".") == {(A, "ISO101"), (C, "ISO102")}
    others = ("--per-file-ignores", "!tests/old:ISO1")
    assert found(".", *others) == {(B, "ISO101"), (B, "ISO102")}
    assert found("tests", "--per-file-ignores", "tests/old/*:ISO101,tests/test_a.py:ISO101,ISO102") == {(B, "ISO102")}


@pytest.mark.parametrize("word", ["ISO101", ":ISO101", "tests/*:", "!:ISO101"])
def test_ignores_without_a_pattern_or_a_code_are_an_error(word: str) -> None:
    done = inside("check", "--per-file-ignores", word)
    assert done.returncode == 2
    assert "is not a pattern and a code, such as 'tests/old/*:ISO101'" in done.stderr


def test_codes_for_some_files_must_exist() -> None:
    assert "there is no rule 'F401'" in inside("check", "--per-file-ignores", "tests/*:F401").stderr
    Path("pyproject.toml").write_text("[tool.isolator.per-file-ignores]\n'tests/*' = ['F401']\n")
    assert "there is no rule 'F401'" in inside("check").stderr


def test_what_is_ignored_in_a_file_is_not_fixed_either() -> None:
    inside("check", "--fix", "tests", "--per-file-ignores", "tests/old/*:ISO101")
    assert Path(B).read_text() == PATCHED
    assert "monkeypatch" in Path(A).read_text()


def test_the_files_that_would_be_checked_are_listed() -> None:
    done = inside("check", "--show-files", ".", "--exclude", "tests/old")
    assert (done.returncode, done.stderr) == (0, "")
    assert [Path(line).as_posix() for line in done.stdout.splitlines()] == [C, A]
    missing = inside("check", "--show-files", "tests/old", "nothing.py")
    assert missing.returncode == 2
    assert missing.stderr == "nothing.py: error: no such file or directory\n"


def test_settings_are_shown_with_where_each_comes_from() -> None:
    words = ("--select", "ISO1", "--config", "paths = ['tests']", "--exclude", "old")
    done = inside("check", "--show-settings", "tests", *words)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert 'select = ["ISO1"]  # --select' in lines
    assert 'paths = ["tests"]  # --config' in lines
    assert 'exclude = ["old"]  # --exclude' in lines
    assert "ignore = []  # --select, which replaces it" in lines
    assert 'unittest = "keep"  # default' in lines
    assert "# settings: pyproject.toml" in lines
    assert tomllib.loads(done.stdout)["select"] == ["ISO1"]


def test_settings_of_a_project_inside_are_shown_as_well() -> None:
    outer, inner = inside("check", "--show-settings", ".").stdout.split("\n\n")
    assert 'ignore = ["ISO102"]  # pyproject.toml' in outer.splitlines()
    assert f'select = ["ISO102"]  # {Path("inner/isolator.toml")}' in inner.splitlines()
    assert f"# root: {Path('inner').resolve()}" in inner.splitlines()


def test_tables_of_a_file_and_of_the_command_line_are_put_together() -> None:
    Path("pyproject.toml").write_text("[tool.isolator.confirm]\nruns = 3\nmax-seconds = 9\n")
    shown = inside("check", "--show-settings", "--config", "confirm.runs = 5").stdout
    assert "confirm = { runs = 5, max-seconds = 9 }  # pyproject.toml and --config" in shown.splitlines()


def test_statistics_count_the_findings_of_each_rule() -> None:
    Path("pyproject.toml").unlink()
    done = inside("check", "--statistics", "tests")
    assert done.stdout == "2  ISO101  [*] patch-dict-environ\n2  ISO102  [ ] environ-write\n"
    assert done.returncode == 1
    as_json = inside("check", "--statistics", "--output-format", "json", "--select", "ISO101", "tests").stdout
    assert '"count": 2' in as_json
    assert inside("check", "--statistics", "--output-format", "sarif").returncode == 2
    assert inside("check", "--statistics", "--select", "ISO2").stdout == ""
