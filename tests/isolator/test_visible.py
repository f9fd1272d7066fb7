"""Names of files with characters that a terminal would obey: no format of output lets one through."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from codemods.python.source import Span
from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.project.discovery import File
from isolator.pytest_runs.model import Confirmation, Expectation, Run, Test
from isolator.report import markdown
from isolator.report.findings.formats import render
from isolator.report.findings.tally import Tally
from isolator.report.findings.text import findings, line_to_bytes, to_bytes
from isolator.report.runs import confirm_text
from isolator.system.errors import Failure
from isolator.system.visible import visible

NAME = "test_\x1b[31m\r\n\x9b\x7f\u202e\u2028.py"
SHOWN = r"test_\x1b[31m\r\n\x9b\x7f\u202e\u2028.py"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def outcomes(error: str | None = None) -> list[Outcome]:
    finding = Finding("ISO102", "environ-write", "os.environ is written", Span(1, 1, 1, 2))
    return [Outcome(File(NAME, NAME), left=(finding,), error=error)]


def test_a_name_is_shown_as_python_writes_it() -> None:
    assert visible(NAME) == SHOWN
    assert visible("tests/tést\t🙂_\udcff.py") == "tests/tést\t🙂_\udcff.py"


@pytest.mark.parametrize("output_format", ["concise", "github", "junit", "json", "sarif"])
@pytest.mark.parametrize("error", [None, f"is a link to {NAME!r}", f"is a link to {NAME}"])
def test_formats(output_format: str, error: str | None) -> None:
    text = b"".join(render(outcomes(error), output_format)).decode()
    assert not OBEYED.search(text)
    if output_format in ("concise", "github"):
        assert len(text.splitlines()) == 1 + (error is not None and output_format == "github")
    if output_format == "junit":
        ElementTree.fromstring(text)


def test_findings_and_errors_are_one_line_each() -> None:
    text = b"".join(map(line_to_bytes, findings(outcomes()))).decode()
    assert text == f"{SHOWN}:1:1: ISO102 os.environ is written\n"
    tally = Tally()
    list(tally.of(outcomes("does not parse")))
    assert [visible(line) for line in tally.errors] == [f"{SHOWN}: error: does not parse"]


def test_markdown() -> None:
    for written in (markdown.code(NAME), markdown.prose(NAME)):
        assert not OBEYED.search(written)
        assert "\n" not in written


def test_failures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Failure(f"{tmp_path / NAME}: cannot be read").show()
    err = capfd.readouterr().err
    assert SHOWN in err
    assert len(err.splitlines()) == 1


def test_colours_are_ours_only() -> None:
    """A name that holds a colour is shown, not obeyed: on a terminal too, where the report has some."""
    test = Test("order-dependent", ("passed", "failed"), partner=NAME, role="victim")
    runs = (Run("given", 1, 1.0, 0), Run("reversed", 2, 1.0, 1))
    found = Confirmation(runs, {NAME: test}, expectations=(Expectation(f"no {NAME}", met=False),))
    plain = to_bytes(confirm_text.report(found, ())).decode()
    assert not OBEYED.search(plain)
    coloured = to_bytes(confirm_text.report(found, (), colour=True)).decode()
    ours = re.compile("\x1b\\[(?:1|31|32|33|35|36|0)m")
    assert ours.search(coloured)
    assert ours.sub("", coloured) == plain
    assert coloured.count("\x1b[31m") == len(["the cell of the failed run", "the mark of what was not met"])


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_the_program(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("def test_a(:\n    os.environ['K'] = '1'\n")
    (tmp_path / f"test_2{NAME}").write_text("import os\n\n\ndef test_a():\n    os.environ['K'] = '1'\n")
    command = [sys.executable, "-m", "isolator", "check", "-v"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 2
    for text in (done.stdout.decode(), done.stderr.decode()):
        assert SHOWN in text
        assert not OBEYED.search(text)
