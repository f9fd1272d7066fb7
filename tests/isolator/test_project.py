"""Where the root is, what the rules are told, and where is looked if no path is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Fixture
from isolator.project.project import load_project
from isolator.project.toml import SettingsError


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``repo/package/tests/unit``, a git working tree with ``repo`` for the current directory."""
    repo = tmp_path / "repo"
    (repo / "package" / "tests" / "unit").mkdir(parents=True)
    (repo / ".git").mkdir()
    monkeypatch.chdir(repo)
    return repo


def root_of(*paths: str) -> Path:
    return load_project(paths).root


def test_the_root_is_the_nearest_directory_with_settings(tree: Path) -> None:
    (tree / "isolator.toml").write_text("")
    (tree / "package" / "pytest.ini").write_text("[pytest]\npython_files = check.py\n")
    project = load_project(["package/tests"])
    assert project.root == tree
    assert project.pytest.python_files == ("check.py",)
    (tree / "package" / "pyproject.toml").write_text("[tool.isolator]\n")
    assert root_of("package/tests") == tree / "package"


def test_without_settings_it_is_pytests(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("")
    (tree / "package" / "tox.ini").write_text("[pytest]\n")
    assert root_of("package/tests/unit") == tree / "package"


@pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini"])
def test_without_a_word_about_pytest_it_is_the_nearest_project(tree: Path, name: str) -> None:
    assert root_of("package/tests/unit") == tree
    (tree / "package" / name).write_text("")
    assert root_of("package/tests/unit") == tree / "package"


def test_several_paths_have_the_root_above_them_all(tree: Path) -> None:
    (tree / "package" / "tests" / "unit" / "pytest.ini").write_text("")
    (tree / "package" / "setup.cfg").write_text("")
    assert root_of("package/tests/unit") == tree / "package" / "tests" / "unit"
    assert root_of("package/tests/unit", "package/tests", "package/nowhere") == tree / "package"


def test_outside_of_every_project_the_current_directory_is_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert root_of("b") == tmp_path / "a"
    assert root_of("../c") == tmp_path / "c"
    assert root_of() == tmp_path / "a"


def test_the_rules_are_told_what_settings_and_pytest_say(tree: Path) -> None:
    (tree / "isolator.toml").write_text(
        "critical-env = ['KEY']\nunittest = 'convert'\n[fixture]\nconftest = 'tests/conftest.py'\n"
    )
    (tree / "pytest.ini").write_text("[pytest]\npython_functions = check\npython_classes = Suite\n")
    context = load_project([]).context()
    assert context.root == tree
    assert context.critical_env == ("KEY",)
    assert context.unittest == "convert"
    assert context.fixture == Fixture("tests/conftest.py")
    assert context.python_functions == ("check",)
    assert context.python_classes == ("Suite",)


def test_modules_are_looked_up_where_pytest_finds_them(tree: Path) -> None:
    (tree / "pytest.ini").write_text("[pytest]\npythonpath = lib missing .\n")
    assert load_project([]).context().source_roots == (tree,)
    (tree / "lib").mkdir()
    (tree / "src").mkdir()
    assert load_project([]).context().source_roots == (tree / "lib", tree, tree / "src")


def test_modules_are_looked_up_where_the_settings_say(tree: Path) -> None:
    (tree / "src").mkdir()
    (tree / "isolator.toml").write_text("source = ['package']\n")
    assert load_project([]).context().source_roots == (tree / "package",)


def test_a_source_directory_that_is_missing(tree: Path) -> None:
    (tree / "isolator.toml").write_text("source = ['scr']\n")
    with pytest.raises(SettingsError, match="source: there is no directory 'scr'"):
        load_project([]).context()


def test_paths_by_default(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_project([]).default_paths() == ["."]
    (tree / "tests").mkdir()
    assert load_project([]).default_paths() == ["tests"]
    (tree / "pytest.ini").write_text("[pytest]\ntestpaths = package/*/unit missing\n")
    assert [Path(path) for path in load_project([]).default_paths()] == [Path("package/tests/unit")]
    (tree / "pytest.ini").write_text("[pytest]\ntestpaths = .\n")
    assert load_project([]).default_paths() == ["."]
    monkeypatch.chdir(tree / "package")
    assert load_project([]).default_paths() == ["."]
    (tree / "isolator.toml").write_text("paths = ['tests', 'package/tests']\n")
    assert [Path(path) for path in load_project([]).default_paths()] == [Path("../tests"), Path("tests")]
