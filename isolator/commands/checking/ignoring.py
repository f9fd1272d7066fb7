"""``isolator check --add-ignore``: the comments are written, or with ``--diff`` shown."""

from __future__ import annotations

from isolator.commands.findings import conclude, exit_code_of, print_findings
from isolator.commands.output import print_diff
from isolator.engine.choosing.ignoring import add_ignores
from isolator.engine.scan import scan
from isolator.project.request import Request
from isolator.report.findings.tally import Tally
from isolator.system.errors import Failure
from isolator.system.visible import count


def add_ignore(request: Request) -> int:
    """Writes a comment for each finding and prints those that can have none: 1 if there are any. Raises Failure."""
    if request.stdin or request.fix or request.output_format != "text":
        raise Failure("--add-ignore works on files only, needs --output-format text, and cannot be used with --fix")
    tally = Tally()
    with scan(request, add_ignores) as found:
        outcomes = tally.of(found.outcomes)
        if request.write:
            print_findings(request, outcomes)
        else:
            print_diff(outcomes, found.root)
    added = f"{'Added' if request.write else 'Would add'} comments for {count(tally.fixed, 'finding')}"
    left = f"; {tally.left} left, where no comment is possible" if tally.left else ""
    conclude(request, tally, f"{added} in {count(tally.changed, 'file')}{left}.", found.outside)
    return exit_code_of(tally, unfinished=(tally.left if request.write else tally.changed) > 0)
