"""Packages whose rules cannot be used: a line for each, exit code 2, and what the others find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.isolator.extensions.environments import Environment, here, rules

PATCHED = """\
import os
from unittest.mock import patch


def test_a():  # GOOD1
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""
ADVICE = "fix {0}, or uninstall it"


@pytest.fixture
def project(project: Path) -> Path:
    (project / "test_a.py").write_text(PATCHED)
    return project


@pytest.fixture
def quick(tmp_path: Path) -> Environment:
    """Packages beside those of this process: no environment need be made, and no Python started."""
    return here(tmp_path / "packages")


BAD = {
    "absent": ("a = absent:CODEMOD", None, "cannot be imported: ModuleNotFoundError: No module named 'absent'"),
    "attr": ("a = attr:CODEMOD", "", "cannot be imported: AttributeError: module 'attr' has no attribute 'CODEMOD'"),
    "broken": ("a = broken:C", "def", "cannot be imported: SyntaxError: invalid syntax (broken.py, line 1)"),
    "colon": ("a = colon", rules("COLON1"), "is not of the form module:attribute"),
    "exits": ("a = exits:C", "raise SystemExit(0)", "cannot be imported: SystemExit: 0 (exits.py:1)"),
    "kind": ("a = kind:C", "C = 1", "is not a codemods.rule.Codemod but int"),
    "lower": (
        "a = lower:CODEMOD",
        rules("lower1"),
        "the code 'lower1' is not capital letters followed by digits",
    ),
    "none": (
        "a = none:CODEMOD",
        rules(),
        "its rules are not a tuple of codemods.rule.Rule, each with a name and documentation",
    ),
    "ours": ("a = ours:CODEMOD", rules("ISO101"), "the code ISO101 is taken by isolator"),
    "reserved": (
        "a = reserved:CODEMOD",
        rules("ISO999"),
        "the code ISO999 begins with ISO, which is reserved for isolator",
    ),
    "second": (
        "a = second:CODEMOD",
        rules("GOOD1"),
        "the code GOOD1 is taken by entry point a = good:CODEMOD of good",
    ),
    "twice": ("a = twice:CODEMOD", rules("TW1", "TW1"), "the code TW1 is taken by another of its rules"),
    "undocumented": (
        "a = undocumented:CODEMOD",
        rules("UN1", more="RULES[0] = Rule('UN1', 'un', ' ')"),
        "its rules are not a tuple of codemods.rule.Rule, each with a name and documentation",
    ),
    "listed": (
        "a = listed:CODEMOD",
        "from codemods.rule import Codemod\nCODEMOD = Codemod(1, bool, list)",
        "its rules are not a tuple of codemods.rule.Rule, each with a name and documentation",
    ),
    "uncallable": (
        "a = uncallable:CODEMOD",
        rules("UN2", more="find = 1"),
        "may_apply, find and apply must be functions",
    ),
}


def test_each_has_its_line_and_the_others_go_on(env: Environment, project: Path) -> None:
    expected = []
    for name, (entry_points, code, problem) in sorted(BAD.items()):
        file = env.put(name, entry_points, code) / "entry_points.txt"
        expected.append(f"{file}: error: entry point {entry_points} of {name}: {problem}; {ADVICE.format(name)}")
    env.put("good", "a = good:CODEMOD", rules("GOOD1"))

    check = env.isolator("check", cwd=project)

    assert check.stdout.splitlines() == [
        "test_a.py:5:1: GOOD1 is here",
        "test_a.py:6:10: ISO101 [*] patch.dict on os.environ empties and refills the whole environment",
    ]
    *lines, summary = check.stderr.splitlines()
    assert lines == expected
    assert summary.startswith("Found 2 findings in 1 file")
    assert check.returncode == 2

    listed = env.isolator("rules", cwd=project)
    assert listed.stderr.splitlines() == expected
    assert "GOOD1  good1" in listed.stdout
    assert listed.returncode == 2
    page = env.isolator("explain", "GOOD1", cwd=project)
    assert (page.returncode, page.stdout) == (2, "GOOD1 good1\n\nFinds GOOD1.\n\nA page.\n")

    written = env.isolator("fix", "--write", cwd=project)
    assert written.stderr.splitlines()[:-1] == expected
    assert written.returncode == 2
    assert "monkeypatch.setenv" in (project / "test_a.py").read_text()


def test_the_problem_is_in_the_formats_that_programs_read(env: Environment, project: Path) -> None:
    file = env.put("kind", "a = kind:C", "C = 1") / "entry_points.txt"
    found = json.loads(env.isolator("check", "--output-format", "json", cwd=project).stdout)
    assert [(each["code"], each["path"]) for each in found] == [("ISO101", "test_a.py"), ("ISO000", str(file))]
    log = json.loads(env.isolator("check", "--output-format", "sarif", cwd=project).stdout)
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "is not a codemods.rule.Codemod" in invocation["toolExecutionNotifications"][0]["message"]["text"]


RAISES = """\
def {0}(*_):
    raise ValueError("no, and\\nno")
"""
CONTENT = "def find(source, context):\n    return [{0}]\n"
MATCH = CONTENT.format("Match({0})")
FINDING = "RULES[0].finding(Span({0}, 1, {0}, 2), 'm'{1})"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (RAISES.format("may_apply"), "may_apply failed: ValueError: no, and no (bad.py:20)"),
        (RAISES.format("find"), "find failed: ValueError: no, and no (bad.py:20)"),
        ("def find(*_):\n    raise SystemExit", "find failed: SystemExit (bad.py:20)"),
        ("def find(*_):\n    return None", "find failed: TypeError: 'NoneType' object is not iterable"),
        (CONTENT.format("1"), "find failed: ValueError: it returned 1, which is not a codemods.rule.Match"),
        (MATCH.format("1"), "find failed: ValueError: it returned 1, which is not a finding of its rules"),
        (
            MATCH.format("Rule('OTHER1', 'o', 'o').finding(Span(1, 1, 1, 2), 'm')"),
            "find failed: ValueError: it returned Finding(code='OTHER1'",
        ),
        (
            MATCH.format(FINDING.format(99, "")),
            "find failed: ValueError: GOOD1 is found at (99, 1, 99, 2), in a file of 7 lines",
        ),
        (
            MATCH.format(FINDING.format(1, ", fix='safe'")),
            "find failed: ValueError: GOOD1 is found with the fix 'safe', which does not exist",
        ),
    ],
)
def test_a_function_that_fails_is_an_error_of_the_file(
    quick: Environment, project: Path, more: str, problem: str
) -> None:
    quick.put("bad", "a = bad:CODEMOD", rules("GOOD1", more=more))
    check = quick.isolator("check", cwd=project)
    assert "test_a.py:6:10: ISO101 [*]" in check.stdout
    line = check.stderr.splitlines()[0]
    assert line.startswith(f"test_a.py: error: entry point a = bad:CODEMOD of bad: {problem}")
    assert line.endswith("; fix it, or skip it with --ignore GOOD1")
    assert check.returncode == 2

    written = quick.isolator("fix", "--write", cwd=project)
    assert (written.returncode, (project / "test_a.py").read_text()) == (2, PATCHED)
    assert quick.isolator("fix", "--write", "--ignore", "GOOD1", cwd=project).returncode == 0
    assert "monkeypatch" in (project / "test_a.py").read_text()


def test_it_is_said_of_a_file_that_is_not_python_too(quick: Environment, project: Path) -> None:
    quick.put("bad", "a = bad:CODEMOD", rules("GOOD1", more=RAISES.format("may_apply")))
    (project / "test_a.py").write_text("from unittest.mock import patch\npatch.dict('os.environ')\n(")
    check = quick.isolator("check", cwd=project)
    assert "may_apply failed: ValueError: no, and no (bad.py:20); fix it" in check.stderr
    assert "line 3 does not parse" in check.stderr
    assert check.returncode == 2


FIXES = """\
find_only = find


def find(source, context):
    from dataclasses import replace
    return [Match(replace(m.finding, fix="safe")) for m in find_only(source, context)]


def apply(source, context, matches):
    {0}

Codemod = lambda *words, make=Codemod: make(*words, apply=apply)
"""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise ValueError('x')", "apply failed: ValueError: x (bad.py:28); fix it, or skip it with"),
        ("return source.text", "apply failed: ValueError: it returned no text, or unchanged text"),
        ("return source.text.replace('==', '!=').replace('GOOD1', '')", "the rewrite was rejected by the guard: line "),
        ("return source.text.replace('test_a', 'test_b')", "the rewrite was rejected by the guard: line "),
        ("return source.text + '('", "the rewrite was rejected by the guard: line "),
    ],
)
def test_a_fix_that_fails_or_goes_too_far(quick: Environment, project: Path, body: str, problem: str) -> None:
    quick.put("bad", "a = bad:CODEMOD", rules("GOOD1", more=FIXES.format(body)))
    written = quick.isolator("fix", "--write", cwd=project)
    assert written.stderr.startswith(f"test_a.py: error: entry point a = bad:CODEMOD of bad: {problem}")
    assert (written.returncode, (project / "test_a.py").read_text()) == (2, PATCHED)
    assert "GOOD1" in quick.isolator("check", cwd=project).stdout


@pytest.mark.parametrize("line", [b"nonsense", b"a = \xff:C"])
def test_entry_points_that_cannot_be_read(quick: Environment, project: Path, line: bytes) -> None:
    file = quick.put("odd", "", None) / "entry_points.txt"
    file.write_bytes(b"[isolator.rules]\n" + line)
    check = quick.isolator("check", cwd=project)
    assert check.stderr.startswith(f"{file}: error: holds no entry points: ")
    assert "; install odd again\nFound 1 finding in 1 file" in check.stderr
    assert check.returncode == 2
