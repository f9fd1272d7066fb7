"""What pytest collects decides which functions are tests, and which files must parse. Each time pytest is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.isolator.inside import inside

BROKEN = 'import os\nos.environ["A"] = "1"\ndef broken(:\n'
LATIN = 'import os\nos.environ["A"] = "\xe9"\n'.encode("latin-1")
IMPORTS = "import os\nfrom unittest.mock import patch\n\nused = (os, patch)\n\n\n"
BODY = '    with patch.dict(os.environ, {"A": "1"}):\n        assert os.environ["A"] == "1"\n'


def run(*words: str) -> str:
    """What pytest prints."""
    return subprocess.run([sys.executable, "-m", "pytest", *words], capture_output=True, text=True, check=False).stdout


def isolator(*words: str) -> tuple[int, list[str]]:
    """The exit code, and the lines about files on stderr."""
    done = inside("check", *words)
    return done.returncode, [line for line in done.stderr.splitlines() if "error: " in line or "skipped: " in line]


def failed(lines: list[str]) -> list[str]:
    return sorted(line.partition(":")[0] for line in lines if ": error: " in line)


def pytest_fails_on() -> list[str]:
    """The files that pytest tries to import, and cannot."""
    out = run("-q", "--collect-only", "-p", "no:cacheprovider")
    return sorted(re.findall(r"^ERROR (\S+)", out, re.MULTILINE))


def passed(*texts: str) -> list[list[str]]:
    """The tests of some files that pytest runs with success, all in one run, as node ids without the paths."""
    names = [f"it_{number}_test.py" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        Path(name).write_text(text)
    out = run("-v", "--no-header", "-p", "no:cacheprovider", *names)
    assert "failed" not in out
    return [re.findall(rf"^{re.escape(name)}::(\S+) PASSED", out, re.MULTILINE) for name in names]


def written() -> str:
    """What ``it_test.py`` becomes."""
    assert inside("fix", "--write", "it_test.py").returncode == 0
    return Path("it_test.py").read_text()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current directory, with one file in each place that does not parse."""
    monkeypatch.chdir(tmp_path)
    for name in ("tests/test_a.py", "tests/b_test.py", "tests/data.py", "tests/data/test_c.py", "build/test_d.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(BROKEN)
    (tmp_path / "tests" / "data" / "test_latin.py").write_bytes(LATIN)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


@pytest.mark.usefixtures("here")
def test_what_pytest_would_collect_must_parse() -> None:
    code, lines = isolator(".")
    assert code == 2
    assert failed(lines) == pytest_fails_on()
    assert failed(lines) == ["tests/b_test.py", "tests/data/test_c.py", "tests/data/test_latin.py", "tests/test_a.py"]


def test_a_conftest_must_parse(here: Path) -> None:
    (here / "tests" / "conftest.py").write_text(BROKEN)
    assert "tests/conftest.py" in failed(isolator("tests")[1])


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -ra --ignore=tests/data --ignore tests/b_test.py\n"),
        ("pytest.ini", "[pytest]\naddopts = --ignore-glob='*/data*' --ignore-glob=*b_test.py\n"),
        ("tests/conftest.py", "collect_ignore = ['data']\nif used:\n    collect_ignore.append('b_test.py')\n"),
        ("tests/conftest.py", "collect_ignore_glob = ['data/*']\ncollect_ignore_glob += ['b_*']\n"),
        ("pytest.ini", "[pytest]\nnorecursedirs = data\npython_files = test_*.py\n"),
    ],
    ids=["ignore", "ignore_glob", "collect_ignore", "collect_ignore_glob", "norecursedirs"],
)
def test_data_that_pytest_is_told_to_ignore_is_skipped(here: Path, file: str, text: str) -> None:
    (here / file).write_text(f"used = 1\n{text}" if file.endswith(".py") else text)
    (here / "build" / "test_d.py").unlink()
    code, lines = isolator(".")
    assert code == 2
    assert failed(lines) == pytest_fails_on() == ["tests/test_a.py"]
    assert len(lines) == 1
    (here / "tests" / "test_a.py").write_text("")
    assert isolator(".") == (0, [])
    code, lines = isolator("-v", ".")
    assert code == 0
    told = ["tests/b_test.py", "tests/data/test_c.py", "tests/data/test_latin.py"] if "ignore" in text else []
    assert [line.partition(": skipped: ")[0] for line in sorted(lines)] == told


@pytest.mark.parametrize("word", ["tests/data/test_c.py", "tests/data/test_c.py::test_it", "tests/data.py"])
def test_a_file_that_is_named_must_parse(here: Path, word: str) -> None:
    (here / "tests" / "data" / "test_c.py").write_text(f"{BROKEN}test_it\n")
    (here / "pytest.ini").write_text("[pytest]\naddopts = --ignore=tests/data\n")
    code, lines = isolator(word)
    assert (code, failed(lines)) == (2, [word.partition("::")[0]])
    code, lines = isolator("tests", word)
    assert word.partition("::")[0] in failed(lines)


def test_data_that_is_ignored_is_fixed_if_it_parses(here: Path) -> None:
    (here / "pytest.ini").write_text("[pytest]\naddopts = --ignore=tests/data\n")
    (here / "tests" / "data" / "test_c.py").write_text(f"{IMPORTS}def test_it():\n{BODY}")
    assert inside("check", "tests/data").stdout.startswith("tests/data/test_c.py:8:10: ISO101 [*]")


@pytest.mark.parametrize(
    ("settings", "signature", "fixed"),
    [
        ("python_classes = test_", "class test_X:\n    def test_it(self):", "test_X::test_it"),
        ("python_classes = *Suite Check", "class MySuite:\n    def test_it(self):", "MySuite::test_it"),
        ("python_functions = check", "def check_it():", "check_it"),
        ("python_functions = *_works", "class TestX:\n    def it_works(self):", "TestX::it_works"),
        ("python_files = it_*.py", "def test_it():", "test_it"),
        ("", "def test_it():", "test_it"),
    ],
)
def test_tests_that_only_the_settings_make_tests(here: Path, settings: str, signature: str, fixed: str) -> None:
    (here / "pytest.ini").write_text(f"[pytest]\n{settings}\n")
    *outer, function = signature.splitlines()
    indent = "    " * len(outer)
    body = "".join(f"{indent}{line}\n" for line in BODY.splitlines())
    before = f"{IMPORTS}{signature}\n{body}"
    Path("it_test.py").write_text(before)
    after = written()
    assert after == IMPORTS + "\n".join(
        [
            *outer,
            function.replace("(self)", "(self, monkeypatch)").replace("()", "(monkeypatch)"),
            f'{indent}    monkeypatch.setenv("A", "1")',
            f'{indent}    assert os.environ["A"] == "1"',
            "",
        ]
    )
    assert passed(before, after) == [[fixed], [fixed]]
    assert written() == after


def test_functions_that_the_settings_make_none_are_helpers(here: Path) -> None:
    (here / "pytest.ini").write_text("[pytest]\npython_functions = check\n")
    before = f"{IMPORTS}def test_it():\n{BODY}\n\ndef check_it():\n    test_it()\n"
    Path("it_test.py").write_text(before)
    after = written()
    assert "def test_it():\n    with pytest.MonkeyPatch.context() as monkeypatch:\n" in after
    assert passed(before, after) == [["check_it"], ["check_it"]]
