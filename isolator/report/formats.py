"""The findings in the formats that other programs read; a format that is not asked for is not imported."""

from __future__ import annotations

from collections.abc import Sequence

from isolator.batch import Outcome
from isolator.report.text import to_bytes


def render(outcomes: Sequence[Outcome], output_format: str, *, written: bool = False) -> bytes:
    """What goes to stdout in one of the values of ``--output-format``, ``text`` excepted.

    ``written`` says that the files are as the rewrite left them: what it mended is no finding any more. JSON alone
    lists that, too, as applied.
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
    from isolator.report.json import to_json

    return to_json(outcomes, written=written).encode()
