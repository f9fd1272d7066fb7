"""pytest's configuration is read as pytest reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.project.pytest_config import PytestConfig, find_pytest_config
from isolator.project.toml import SettingsError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npython_files = check_*.py\n    spec_*.py\n"),
        (".pytest.ini", "[pytest]\npython_files: check_*.py spec_*.py\n"),
        ("tox.ini", "[tox]\nenvlist = py\n[pytest]\npython_files = 'check_*.py' spec_*.py\n"),
        ("setup.cfg", "\ufeff[metadata]\nname = x\n[tool:pytest]\npython_files = check_*.py spec_*.py ; %(x)s\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npython_files = 'check_*.py spec_*.py'\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npython_files = ['check_*.py', 'spec_*.py']\n"),
        ("pyproject.toml", "[tool.pytest]\npython_files = ['check_*.py', 'spec_*.py']\n"),
        ("pytest.toml", "[pytest]\npython_files = ['check_*.py', 'spec_*.py']\n"),
    ],
)
def test_patterns_from_every_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    config = find_pytest_config(tmp_path)
    assert config.file == tmp_path / name
    assert config.python_files[:2] == ("check_*.py", "spec_*.py")
    assert config.python_functions == ("test",)


def test_every_option(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\npython_classes = Describe *Suite\npython_functions = it_ test\ntestpaths = unit 'with blank'\n"
        "pythonpath = src lib\nnorecursedirs = data\n"
    )
    assert find_pytest_config(tmp_path) == PytestConfig(
        file=tmp_path / "pytest.ini",
        python_classes=("Describe", "*Suite"),
        python_functions=("it_", "test"),
        norecursedirs=("data",),
        testpaths=("unit", "with blank"),
        pythonpath=("src", "lib"),
    )


def test_the_nearest_file_counts_and_files_that_say_nothing_do_not(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "tox.ini").write_text("[pytest]\npython_files = far.py\n")
    (tmp_path / "a" / "setup.cfg").write_text("[tool:pytest]\npython_files = near.py\n")
    (below / "tox.ini").write_text("[tox]\n")
    (below / "pyproject.toml").write_text("[project]\nname = 'pytest-thing'\n")
    assert find_pytest_config(below).python_files == ("near.py",)


def test_in_one_directory_pytest_ini_comes_before_pyproject_even_if_empty(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\npython_files = 'x.py'\n")
    assert find_pytest_config(tmp_path) == PytestConfig(file=tmp_path / "pytest.ini")


def test_defaults(tmp_path: Path) -> None:
    assert find_pytest_config(tmp_path).python_files == ("test_*.py", "*_test.py")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("pytest.ini", "[pytest]\npython_files = a\npython_files = b\n", "line 3: duplicate name 'python_files'"),
        ("pytest.ini", "[pytest]\npython_files = 'a\n", "python_files: No closing quotation"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npython_files = [1]\n", "python_files: expected a string or an"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npython_files = 1\n", "python_files: expected a string or an"),
        ("pyproject.toml", "tool.pytest = 1\n", "tool.pytest: expected a table"),
        ("pyproject.toml", "[tool.pytest\n", "is not valid TOML"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path: Path, name: str, text: str, problem: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError) as caught:
        find_pytest_config(tmp_path)
    assert caught.value.path == tmp_path / name
    assert caught.value.problem.startswith(problem)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_bytes(b"[pytest]\npython_files = \xff\n")
    with pytest.raises(SettingsError, match="is not UTF-8"):
        find_pytest_config(tmp_path)
