"""A confirmation as JUnit XML, for the servers that show test results.

    <testsuites name="isolator confirm">
      <testsuite name="tests">         a testcase a test, with the class and the name that pytest would give it;
                                       a failure where its verdict is neither stable nor new: the verdict is its
                                       message, what each run showed and the shortest commands are its text
      <testsuite name="runs">          a testcase a run of pytest; an error where a run tells nothing, or not all
      <testsuite name="expectations">  a testcase each for what else had to hold, and for each thing that is worse
                                       than the baseline

A suite that would be empty is left out. Characters that XML cannot hold are written ``#x1B``, as pytest does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from isolator.confirm.model import Confirmation, Test
from isolator.report.confirm_matrix import describe

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(confirmation: Confirmation) -> bytes:
    """The document in UTF-8, with a declaration and a newline at its end."""
    root = Element("testsuites", name="isolator confirm")
    for name, cases in (
        ("tests", _tests(confirmation)),
        ("runs", _runs(confirmation)),
        ("expectations", _expectations(confirmation)),
    ):
        suite = Element("testsuite", name=name)
        suite.extend(cases)
        if len(suite):
            _count(suite)
            root.append(suite)
    _count(root)
    indent(root)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _tests(confirmation: Confirmation) -> Iterator[Element]:
    for node_id, test in confirmation.tests.items():
        attempts = [run.attempts[node_id] for run in confirmation.runs if node_id in run.attempts]
        slowest = max((attempt.seconds for attempt in attempts), default=0.0)
        case = _case(*_split(node_id), slowest)
        if test.verdict not in ("stable", "new"):
            _add(case, "failure", describe(test), "\n".join(_told(test, confirmation)))
        elif set(test.outcomes) == {"skipped"}:
            SubElement(case, "skipped")
        yield case


def _told(test: Test, confirmation: Confirmation) -> Iterator[str]:
    for number, (run, outcome) in enumerate(zip(confirmation.runs, test.outcomes, strict=True), 1):
        yield f"run {number} ({run.order}, seed {run.seed}): {outcome or 'not collected'}"
    if test.reruns:
        yield f"reruns: {test.reruns}"
    yield from test.commands
    if test.hung is not None:
        yield test.hung


def _runs(confirmation: Confirmation) -> Iterator[Element]:
    for number, run in enumerate(confirmation.runs, 1):
        case = _case("isolator.runs", f"run {number} ({run.order}, seed {run.seed})", run.seconds)
        if run.problem is not None:
            _add(case, "error", run.problem, run.stack or "")
        yield case


def _expectations(confirmation: Confirmation) -> Iterator[Element]:
    for expectation in confirmation.expectations:
        case = _case("isolator.expectations", expectation.what)
        if not expectation.met:
            _add(case, "failure", "not met", "\n".join(expectation.where))
        yield case
    for sentence in confirmation.worse:
        case = _case("isolator.baseline", sentence)
        _add(case, "failure", "worse than the baseline", "")
        yield case


def _split(node_id: str) -> tuple[str, str]:
    """The class and the name that pytest's own report gives a test."""
    address, bracket, parameters = node_id.partition("[")
    path, *names = address.split("::")
    names.insert(0, path.replace("/", ".").removesuffix(".py"))
    return ".".join(names[:-1]), names[-1] + bracket + parameters


def _case(classname: str, name: str, seconds: float = 0.0) -> Element:
    return Element("testcase", classname=_legal(classname), name=_legal(name), time=f"{seconds:.3f}")


def _add(case: Element, kind: str, message: str, text: str) -> None:
    SubElement(case, kind, message=_legal(message)).text = _legal(text) or None


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite.findall(".//testcase"))))
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f".//{kind}"))))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in suite.iter('testcase')):.3f}")


def _legal(text: str) -> str:
    return _NOT_XML.sub(lambda match: f"#x{ord(match[0]):02X}", text)
