"""``isolator check`` with the options that ruff's users know: what is printed, what is written, the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.isolator.inside import inside

BEFORE = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def helper():
    os.environ["C"] = "1"
"""
AFTER = """\
import os


def test_a(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert os.environ["A"] == "1"


def helper():
    os.environ["C"] = "1"
"""
UNSAFE = """\
import os


def helper():
    os.environ["C"] = "1"


def test_a():
    helper()
    assert os.environ["C"] == "1"
"""
CLEAN = "def test_a():\n    assert True\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one test file; the current directory."""
    monkeypatch.chdir(tmp_path)
    Path("pytest.ini").write_text("[pytest]\n")
    Path("test_a.py").write_text(BEFORE)
    return tmp_path


def places(out: str) -> list[str]:
    return [" ".join(line.split()[:2]) for line in out.splitlines()]


def test_fix_applies_what_is_safe_and_prints_what_is_left_where_it_stands_then() -> None:
    done = inside("check", "--fix")
    assert Path("test_a.py").read_text() == AFTER
    assert places(done.stdout) == ["test_a.py:10:5: ISO102"]
    assert done.stderr == "Found 2 findings in 1 file: 1 fixed, 1 left.\n"
    assert done.returncode == 1
    again = inside("check", "--fix")
    assert Path("test_a.py").read_text() == AFTER
    assert again.stdout == done.stdout
    assert again.returncode == 1


def test_fix_exits_with_0_if_nothing_is_left() -> None:
    done = inside("check", "--fix", "--ignore", "ISO102")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Found 1 finding in 1 file: 1 fixed, 0 left.\n"


def test_fix_in_another_format_says_what_was_applied() -> None:
    done = inside("check", "--fix", "--output-format", "json")
    assert [(each["code"], each["fix"]) for each in json.loads(done.stdout)] == [
        ("ISO101", "applied"),
        ("ISO102", None),
    ]


def test_fix_of_stdin_prints_the_source_and_says_the_rest_on_stderr() -> None:
    done = inside("check", "--fix", "-", stdin=BEFORE)
    assert done.stdout == AFTER
    assert "<stdin>:10:5: ISO102" in done.stderr
    assert Path("test_a.py").read_text() == BEFORE


@pytest.mark.parametrize("more", [(), ("--fix",)])
def test_diff_prints_what_fix_would_apply_and_writes_nothing(more: tuple[str, ...]) -> None:
    done = inside("check", "--diff", *more)
    assert done.stdout == inside("fix").stdout != ""
    assert done.returncode == 1
    assert Path("test_a.py").read_text() == BEFORE


def test_diff_of_what_cannot_be_fixed_is_none() -> None:
    done = inside("check", "--diff", "--select", "ISO102")
    assert (done.returncode, done.stdout) == (0, "")


def test_exit_zero_is_for_findings_and_not_for_failures() -> None:
    assert inside("check").returncode == 1
    assert inside("check", "--exit-zero").returncode == 0
    assert inside("check", "--diff", "--exit-zero").returncode == 0
    assert inside("check", "--exit-zero", "nothing.py").returncode == 2


def test_unsafe_fixes_are_marked_counted_and_applied_only_if_asked_for() -> None:
    Path("test_a.py").write_text(UNSAFE)
    plain, unsafe = inside("check"), inside("check", "--unsafe-fixes")
    assert "needs --unsafe-fixes" in plain.stdout
    assert "[*]" not in plain.stdout
    assert "ISO102 [*] C is changed and never restored; the fix is unsafe: " in unsafe.stdout
    assert unsafe.stderr == "Found 1 finding in 1 file of 1 (1 fixable with `isolator fix --unsafe-fixes`).\n"
    assert inside("check", "--fix").returncode == 1
    assert Path("test_a.py").read_text() == UNSAFE
    assert inside("check", "--fix", "--unsafe-fixes").returncode == 0
    assert 'monkeypatch.setenv("C", "1")' in Path("test_a.py").read_text()


def test_the_version_has_a_short_option() -> None:
    assert inside("-V").stdout == inside("--version").stdout
    assert inside("-V").stdout.startswith("isolator, version ")


def test_a_file_that_is_named_and_is_not_python_says_so() -> None:
    Path("README.md").write_text("# Valid as Python, too\n")
    Path("LICENSE").write_text("MIT License (c) 2026\n")
    Path("script").write_text(f"#!/usr/bin/env python3\n{CLEAN}")
    done = inside("check", "README.md", "LICENSE", "script", "nowhere.py")
    assert done.returncode == 2
    assert done.stderr.splitlines()[:3] == [
        "README.md: error: is not a Python file: its name ends in .md, not in .py",
        "LICENSE: error: is not a Python file: its name does not end in .py, and it is not valid Python",
        "nowhere.py: error: no such file or directory",
    ]
