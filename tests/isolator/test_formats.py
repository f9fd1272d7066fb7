"""The formats for other programs: exact lines, and what the command line makes of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from codemods.python.source import Span
from codemods.rule import Finding, Refusal, Rule
from isolator.commands.options import FORMATS
from isolator.engine.batch import Outcome
from isolator.project.discovery import File
from isolator.report.findings import formats
from isolator.report.findings.reported import in_tree
from tests.isolator.inside import inside

RULE = Rule("ISO999", "a-rule", "Finds it.\n")
SAFE = RULE.finding(Span(4, 1, 4, 9), "safe", fix="safe", test="tests/a.py::test_a")
REFUSED = RULE.finding(Span(2, 5, 3, 9), "100% sure: a, b", refusal=Refusal("import-time", "move it\ninto a fixture"))
FILE = File("tests/a,b:c.py", "tests/a,b:c.py")
FAILED = Outcome(File("tests/broken.py", "tests/broken.py"), error="line 1 does not parse: invalid syntax")
SKIPPED = Outcome(File("data.py", "data.py"), skipped="line 1 does not parse")
CLEAN = Outcome(File("tests/clean.py", "tests/clean.py"))
PATCHED = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""


def of(*left: Finding, fixed: tuple[Finding, ...] = (), error: str | None = None) -> Outcome:
    return Outcome(FILE, b"old", b"new" if fixed else None, fixed, left, error)


def render(outcomes: list[Outcome], output_format: str, *, written: bool = False) -> bytes:
    return b"".join(formats.render(outcomes, output_format, written=written))


def test_concise_lines_have_no_advice() -> None:
    outcomes = [of(REFUSED, fixed=(SAFE,)), FAILED, SKIPPED, CLEAN]
    left = "tests/a,b:c.py:2:5: ISO999 100% sure: a, b\n"
    assert render(outcomes, "concise").decode() == f"{left}tests/a,b:c.py:4:1: ISO999 safe\n"
    assert render(outcomes, "concise", written=True).decode() == left
    assert render([], "concise") == b""


def test_what_could_not_be_written_is_still_a_finding() -> None:
    outcome = of(fixed=(SAFE,), error="not written: is read-only")
    assert render([outcome], "concise", written=True) == b"tests/a,b:c.py:4:1: ISO999 safe\n"


def test_github_escapes_messages_and_properties(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert render([of(REFUSED, SAFE), FAILED, SKIPPED, CLEAN], "github").decode().splitlines() == [
        (
            "::warning file=tests/a%2Cb%3Ac.py,line=2,endLine=3,title=ISO999 a-rule"
            "::100%25 sure: a, b; not fixed: move it%0Ainto a fixture"
        ),
        "::warning file=tests/a%2Cb%3Ac.py,line=4,endLine=4,col=1,endColumn=9,title=ISO999 a-rule::safe",
        (
            "::error file=tests/broken.py,line=1,endLine=1,col=1,endColumn=1,title=ISO000 error"
            "::line 1 does not parse: invalid syntax"
        ),
    ]


def test_paths_are_those_of_the_working_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "tree" / "tests"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert in_tree("a.py") == "a.py"
    (tmp_path / "tree" / ".git").mkdir()
    assert in_tree("a.py") == "tests/a.py"
    assert in_tree(str(inside / "a.py")) == "tests/a.py"
    assert in_tree("../../a.py") == (tmp_path / "a.py").resolve().as_posix()


DOCUMENT = """\
<?xml version='1.0' encoding='utf-8'?>
<testsuites name="isolator" tests="5" failures="2" errors="1" skipped="1" time="0.000">
  <testsuite name="tests/a,b:c.py" tests="2" failures="2" errors="0" skipped="0" time="0.000">
    <testcase classname="tests.a,b:c" name="ISO999 a-rule (line 2, column 5)" time="0.000">
      <failure message="100% sure: a, b">tests/a,b:c.py:2:5: ISO999 100% sure: a, b; not fixed: move it
into a fixture</failure>
    </testcase>
    <testcase classname="tests.a,b:c" name="ISO999 a-rule (line 4, column 1)" time="0.000">
      <failure message="safe">tests/a,b:c.py:4:1: ISO999 safe</failure>
    </testcase>
  </testsuite>
  <testsuite name="tests/broken.py" tests="1" failures="0" errors="1" skipped="0" time="0.000">
    <testcase classname="tests.broken" name="ISO000 error" time="0.000">
      <error message="line 1 does not parse: invalid syntax">\
tests/broken.py: error: line 1 does not parse: invalid syntax</error>
    </testcase>
  </testsuite>
  <testsuite name="data.py" tests="1" failures="0" errors="0" skipped="1" time="0.000">
    <testcase classname="data" name="skipped" time="0.000">
      <skipped message="line 1 does not parse" />
    </testcase>
  </testsuite>
  <testsuite name="tests/clean.py" tests="1" failures="0" errors="0" skipped="0" time="0.000">
    <testcase classname="tests.clean" name="no findings" time="0.000" />
  </testsuite>
</testsuites>
"""


def test_junit_has_a_suite_for_each_file() -> None:
    document = render([of(REFUSED, SAFE), FAILED, SKIPPED, CLEAN], "junit").decode()
    assert document == DOCUMENT
    ElementTree.fromstring(document)


def test_junit_holds_what_xml_can_hold() -> None:
    name = "test_\x1b\udcff.py"
    document = render([Outcome(File(name, name))], "junit").decode()
    assert '<testsuite name="test_#x1B#xDCFF.py"' in document


@pytest.fixture
def patched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one finding; the current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_a.py").write_text(PATCHED)
    return tmp_path


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("output_format", FORMATS)
def test_the_format_changes_neither_exit_code_nor_talk(output_format: str) -> None:
    check = inside("check", "--output-format", output_format)
    assert (check.returncode, "ISO101" in check.stdout) == (1, True)
    assert check.stderr == "Found 1 finding in 1 file of 1 (1 fixable with `isolator fix`).\n"
    fix = inside("fix", "--output-format", output_format)
    assert (fix.returncode, "ISO101" in fix.stdout) == (1, output_format != "text")
    assert fix.stderr == "Would fix 1 finding in 1 file.\n"
    assert Path("test_a.py").read_text() == PATCHED
    written = inside("fix", "--write", "-q", "--output-format", output_format)
    assert (written.returncode, written.stderr) == (0, "")
    assert "monkeypatch.setenv" in Path("test_a.py").read_text()


LOADED = """
import sys
from isolator.cli import main
sys.argv = ["isolator", *sys.argv[1:]]
try:
    main()
except SystemExit:
    print(*sorted({name.partition(".")[0] for name in sys.modules} | {n for n in sys.modules if "isolator" in n}))
"""


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("output_format", FORMATS)
def test_a_format_imports_only_what_it_uses(output_format: str) -> None:
    command = [sys.executable, "-c", LOADED, "check", "-q", "--no-cache", "--output-format", output_format]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    loaded = set(out.splitlines()[-1].split())
    assert not {"libcst", "pathspec", "pytest", "concurrent", "isolator.report.runs.junit"} & loaded
    assert ("json" in loaded) is (output_format in ("json", "sarif"))
    assert ("xml" in loaded) is (output_format == "junit")
