"""The findings as short lines, without advice, for those who know the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isolator.engine.batch import Outcome
from isolator.report.findings.reported import reported


def concise(outcomes: Iterable[Outcome], *, written: bool = False) -> Iterator[str]:
    """``path:line:column: CODE message``, a line for each finding; ``written`` leaves out those that were fixed."""
    for outcome in outcomes:
        for finding in reported(outcome, written):
            yield f"{outcome.file.path}:{finding.span.line}:{finding.span.column}: {finding.code} {finding.brief}"
