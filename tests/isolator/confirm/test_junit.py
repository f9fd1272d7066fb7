"""The JUnit XML: read back, and next to what pytest itself writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from isolator.pytest_runs.model import Attempt, Confirmation, Expectation, Run, Test
from isolator.report.runs.junit import junit

A = "tests/test_a.py::test_a"
B = "tests/test_a.py::TestB::test_b[x/y::z]"
RUNS = (
    Run("given", 11, 1.2, 0, {A: Attempt("passed", seconds=0.25), B: Attempt("passed")}),
    Run("reversed", 12, 1.25, None, {A: Attempt("passed", seconds=0.5)}, problem="was ended", stack="File a"),
)
TESTS = {
    A: Test("stable", ("passed", "passed")),
    B: Test(
        "hanging",
        ("passed", None),
        reruns=2,
        role="victim",
        partner=A,
        commands=("pytest a b",),
        hung="File a\nFile b",
    ),
    "tests/test_a.py::test_c": Test("stable", ("skipped", "skipped")),
}
EXPECTATIONS = (Expectation("a.py defines <it>", True), Expectation("no test prints 'a'", False, ("run 1", "run 2")))

DOCUMENT = """\
<?xml version='1.0' encoding='utf-8'?>
<testsuites name="isolator confirm" tests="8" failures="3" errors="1" skipped="1" time="2.950">
  <testsuite name="tests" tests="3" failures="1" errors="0" skipped="1" time="0.500">
    <testcase classname="tests.test_a" name="test_a" time="0.500" />
    <testcase classname="tests.test_a.TestB" name="test_b[x/y::z]" time="0.000">
      <failure message="hanging, a victim of tests/test_a.py::test_a">run 1 (given, seed 11): passed
run 2 (reversed, seed 12): not collected
reruns: 2
pytest a b
File a
File b</failure>
    </testcase>
    <testcase classname="tests.test_a" name="test_c" time="0.000">
      <skipped />
    </testcase>
  </testsuite>
  <testsuite name="runs" tests="2" failures="0" errors="1" skipped="0" time="2.450">
    <testcase classname="isolator.runs" name="run 1 (given, seed 11)" time="1.200" />
    <testcase classname="isolator.runs" name="run 2 (reversed, seed 12)" time="1.250">
      <error message="was ended">File a</error>
    </testcase>
  </testsuite>
  <testsuite name="expectations" tests="3" failures="2" errors="0" skipped="0" time="0.000">
    <testcase classname="isolator.expectations" name="a.py defines &lt;it&gt;" time="0.000" />
    <testcase classname="isolator.expectations" name="no test prints 'a'" time="0.000">
      <failure message="not met">run 1
run 2</failure>
    </testcase>
    <testcase classname="isolator.baseline" name="t.py::test_x is gone" time="0.000">
      <failure message="worse than the baseline" />
    </testcase>
  </testsuite>
</testsuites>
"""


def test_the_whole_document() -> None:
    assert junit(Confirmation(RUNS, TESTS, EXPECTATIONS, ("t.py::test_x is gone",))).decode() == DOCUMENT


def test_a_suite_without_cases_is_left_out() -> None:
    root = ElementTree.fromstring(junit(Confirmation((), {A: Test("new", ())})))
    assert [suite.get("name") for suite in root] == ["tests"]
    assert root.get("failures") == "0"
    assert list(ElementTree.fromstring(junit(Confirmation((), {})))) == []


@pytest.mark.parametrize("verdict", ["failing", "flaky", "order-dependent", "rerun", "hanging", "missing", "gone"])
def test_every_verdict_but_stable_and_new_is_a_failure(verdict: str) -> None:
    test = Test(verdict, ("failed",))  # type: ignore[arg-type]  # the words are those of Verdict
    failure = ElementTree.fromstring(junit(Confirmation((Run("given", 1, 1.0, 1),), {A: test}))).find(".//failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == (verdict, "run 1 (given, seed 1): failed")


def test_what_xml_cannot_hold_is_escaped() -> None:
    stack = "\x00\x1b[31m \udcff \uffff \ud800 ]]> é 🙂 & <\t>"
    tests = {"t\udcff.py::test[\x07\n]": Test("hanging", ("hung",), hung=stack)}
    root = ElementTree.fromstring(junit(Confirmation((Run("given", 1, 1.0, None),), tests)))
    case = root.find(".//testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == ("t#xDCFF", "test[#x07\n]")
    failure = case.find("failure")
    assert failure is not None and failure.text is not None
    assert failure.text.splitlines()[1:] == ["#x00#x1B[31m #xDCFF #xFFFF #xD800 ]]> é 🙂 & <\t>"]


def test_names_are_those_that_pytest_writes(tmp_path: Path) -> None:
    (tmp_path / "sub.py").mkdir()
    (tmp_path / "sub.py" / "test_a.py").write_text(
        "import pytest\n"
        "def test_a(): pass\n"
        "class TestB:\n"
        "    class TestC:\n"
        "        @pytest.mark.parametrize('x', ['a::b', 'x/y.py', '[', '\\x1b', 'é'])\n"
        "        def test_b(self, x): pass\n"
    )
    (tmp_path / "test_a.txt").write_text(">>> 1\n1\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_finish(session):\n"
        "    open('ids', 'w').write('\\n'.join(item.nodeid for item in session.items))\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--junit-xml=theirs.xml", "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    tests = {node_id: Test("stable", ()) for node_id in (tmp_path / "ids").read_text().split("\n")}
    assert len(tests) == 7
    ours = ElementTree.fromstring(junit(Confirmation((), tests)))
    assert _names(ours) == _names(ElementTree.parse(tmp_path / "theirs.xml").getroot())


def _names(root: ElementTree.Element) -> list[tuple[str, str]]:
    return sorted((case.get("classname") or "", case.get("name") or "") for case in root.iter("testcase"))
