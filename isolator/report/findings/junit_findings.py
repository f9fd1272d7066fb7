"""The findings as JUnit XML, for the servers that show test results.

<testsuites name="isolator">
  <testsuite name="tests/test_a.py">  a file that was looked at
    <testcase>                        a finding, which is a failure with the message; a file that failed, which is
                                      an error; one that is not valid Python, and need not be, which is skipped; or one
                                      without findings, which passed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element

from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.report.findings.reported import FAILED, FAILED_NAME, reported
from isolator.report.junit_xml import add, case, document


def junit(outcomes: Iterable[Outcome], *, written: bool = False) -> bytes:
    """The document in UTF-8; ``written`` leaves out the findings that were fixed."""
    return document("isolator", ((outcome.file.path, _cases(outcome, written)) for outcome in outcomes))


def _cases(outcome: Outcome, written: bool) -> Iterator[Element]:
    found = reported(outcome, written)
    for error in outcome.errors:
        text = f"{outcome.file.path}: error: {error}"
        yield _case(outcome, f"{FAILED} {FAILED_NAME}", "error", error, text)
    if outcome.skipped is not None:
        yield _case(outcome, "skipped", "skipped", outcome.skipped, "")
    elif not found and not outcome.errors:
        yield case(_classname(outcome), "no findings")
    for finding in found:
        yield _failure(outcome, finding)


def _failure(outcome: Outcome, finding: Finding) -> Element:
    line, column = finding.span.line, finding.span.column
    name = f"{finding.code} {finding.name} (line {line}, column {column})"
    text = f"{outcome.file.path}:{line}:{column}: {finding.code} {finding.message}"
    return _case(outcome, name, "failure", finding.brief, text)


def _case(outcome: Outcome, name: str, kind: str, message: str, text: str) -> Element:
    element = case(_classname(outcome), name)
    add(element, kind, message, text)
    return element


def _classname(outcome: Outcome) -> str:
    """The name of the module, as pytest's own report has it."""
    return outcome.file.name.removesuffix(".py").replace("/", ".")
