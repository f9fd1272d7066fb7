"""The findings in the formats that other programs read; a format that is not asked for is not imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isolator.engine.batch import Outcome
from isolator.report.findings.reported import Alone
from isolator.report.findings.text import line_to_bytes


def render(
    outcomes: Iterable[Outcome], output_format: str, *, written: bool = False, alone: Alone | None = None
) -> Iterator[bytes]:
    """What goes to stdout in one of the values of ``--output-format``, ``text`` excepted, as the outcomes come.

    SARIF and JUnit begin with totals that are known only at the end: they come in one piece.

    ``written`` says that the files are as the rewrite left them: fixed findings are not reported any more. JSON alone
    lists that, too, as applied. ``alone`` works out the rewrite of a file without some of its units, as
    ``Scan.without`` does; only SARIF asks for it.
    """
    if output_format == "concise":
        from isolator.report.findings.concise import concise

        return map(line_to_bytes, concise(outcomes, written=written))
    if output_format == "github":
        from isolator.report.findings.github import workflow_commands

        return map(line_to_bytes, workflow_commands(outcomes, written=written))
    if output_format == "junit":
        from isolator.report.findings.junit_findings import junit

        return iter([junit(outcomes, written=written)])
    if output_format == "sarif":
        from isolator.report.findings.sarif import sarif

        return iter([sarif(outcomes, written=written, alone=alone).encode()])
    from isolator.report.findings.json import to_json

    return map(str.encode, to_json(outcomes, written=written))
