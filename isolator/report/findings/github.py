"""The findings as workflow commands: in GitHub Actions each becomes an annotation on its line.

The format is documented at
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from codemods.python.source import Span
from isolator.engine.batch import Outcome
from isolator.report.findings.reported import FAILED, FAILED_NAME, in_tree, reported

_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def workflow_commands(outcomes: Iterable[Outcome], *, written: bool = False) -> Iterator[str]:
    """A line for each finding, as a warning, and for each file that failed, as an error.

    ``written`` leaves out the findings that were fixed.
    """
    for outcome in outcomes:
        for error in outcome.errors:
            yield _command("error", outcome, Span(1, 1, 1, 1), f"{FAILED} {FAILED_NAME}", error)
        for finding in reported(outcome, written):
            yield _command("warning", outcome, finding.span, f"{finding.code} {finding.name}", finding.message)


def _command(kind: str, outcome: Outcome, span: Span, title: str, message: str) -> str:
    properties = {"file": in_tree(outcome.file.path), "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # the runner wants no columns where the lines differ
        properties |= {"col": str(span.column), "endColumn": str(span.end_column)}
    properties["title"] = title
    words = ",".join(f"{name}={value.translate(_IN_PROPERTIES)}" for name, value in properties.items())
    return f"::{kind} {words}::{message.translate(_IN_MESSAGES)}"
