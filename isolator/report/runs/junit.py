"""A confirmation as JUnit XML, for the servers that show test results.

    <testsuites name="isolator confirm">
      <testsuite name="tests">         a testcase a test, with the class and the name that pytest would give it;
                                       a failure where its verdict is neither stable nor new: the verdict is its
                                       message, what each run showed and the shortest commands are its text
      <testsuite name="runs">          a testcase a run of pytest; an error where a run tells nothing, or not all
      <testsuite name="expectations">  a testcase each for what else had to hold, and for each thing that is worse
                                       than the baseline

A suite that would be empty is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from isolator.pytest_runs.model import STABLE, Confirmation, Run, Test
from isolator.report.junit_xml import add, case, document
from isolator.report.runs.confirm_matrix import describe


def junit(confirmation: Confirmation) -> bytes:
    """The document in UTF-8, with a declaration and a newline at its end."""
    suites = {
        "tests": _tests(confirmation),
        "runs": _runs(confirmation),
        "expectations": _expectations(confirmation),
    }
    return document("isolator confirm", suites.items())


def _tests(confirmation: Confirmation) -> Iterator[Element]:
    for node_id, test in confirmation.tests.items():
        attempts = [run.attempts[node_id] for run in confirmation.runs if node_id in run.attempts]
        slowest = max((attempt.seconds for attempt in attempts), default=0.0)
        element = case(*_split(node_id), slowest)
        if test.verdict not in STABLE:
            add(element, "failure", describe(test), "\n".join(_told(test, confirmation)))
        elif set(test.outcomes) == {"skipped"}:
            SubElement(element, "skipped")
        yield element


def _told(test: Test, confirmation: Confirmation) -> Iterator[str]:
    for number, (run, outcome) in enumerate(zip(confirmation.runs, test.outcomes, strict=True), 1):
        yield f"{_name(number, run)}: {outcome or 'not collected'}"
    if test.reruns:
        yield f"reruns: {test.reruns}"
    yield from test.commands
    if test.hung is not None:
        yield test.hung


def _runs(confirmation: Confirmation) -> Iterator[Element]:
    for number, run in enumerate(confirmation.runs, 1):
        element = case("isolator.runs", _name(number, run), run.seconds)
        if run.problem is not None:
            add(element, "error", run.problem, run.stack or "")
        yield element


def _name(number: int, run: Run) -> str:
    return f"run {number} ({run.order}, seed {run.seed})"


def _expectations(confirmation: Confirmation) -> Iterator[Element]:
    for expectation in confirmation.expectations:
        element = case("isolator.expectations", expectation.what)
        if not expectation.met:
            add(element, "failure", "not met", "\n".join(expectation.where))
        yield element
    for sentence in confirmation.worse:
        element = case("isolator.baseline", sentence)
        add(element, "failure", "worse than the baseline", "")
        yield element


def _split(node_id: str) -> tuple[str, str]:
    """The class and the name that pytest's own report gives a test."""
    address, bracket, parameters = node_id.partition("[")
    path, *names = address.split("::")
    names.insert(0, path.replace("/", ".").removesuffix(".py"))
    return ".".join(names[:-1]), names[-1] + bracket + parameters
