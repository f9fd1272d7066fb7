"""The findings in the formats that other programs read; a format that is not asked for is not imported."""

from __future__ import annotations

from collections.abc import Sequence

from isolator.batch import Outcome
from isolator.report.reported import Alone
from isolator.report.text import to_bytes


def render(
    outcomes: Sequence[Outcome], output_format: str, *, written: bool = False, alone: Alone | None = None
) -> bytes:
    """What goes to stdout in one of the values of ``--output-format``, ``text`` excepted.

    ``written`` says that the files are as the rewrite left them: what it mended is no finding any more. JSON alone
    lists that, too, as applied. ``alone`` works out the rewrite of a file without some of its units, as
    ``Scan.without`` does; only SARIF asks for it.
    """
    if output_format == "concise":
        from isolator.report.concise import concise

        return to_bytes(concise(outcomes, written=written))
    if output_format == "github":
        from isolator.report.github import workflow_commands

        return to_bytes(workflow_commands(outcomes, written=written))
    if output_format == "junit":
        from isolator.report.junit_findings import junit

        return junit(outcomes, written=written)
    if output_format == "sarif":
        from isolator.report.sarif import sarif

        return sarif(outcomes, written=written, alone=alone).encode()
    from isolator.report.json import to_json

    return to_json(outcomes, written=written).encode()
