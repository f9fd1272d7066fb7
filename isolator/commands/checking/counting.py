"""``isolator check --statistics``: how many findings each rule has, and how many are left in the baseline."""

from __future__ import annotations

from isolator.commands.findings import conclude, exit_code_of
from isolator.commands.output import print_document, print_lines
from isolator.engine import engine
from isolator.engine.scan import scan
from isolator.project.request import Request
from isolator.report.findings.known import known_findings
from isolator.report.findings.statistics import as_json, as_text, statistics
from isolator.report.findings.tally import Tally
from isolator.system.errors import Failure
from isolator.system.visible import tell


def count_findings(request: Request) -> int:
    """Prints a line for each rule that has findings: 1 if there are any. Raises Failure."""
    if request.output_format not in ("text", "json"):
        raise Failure("--statistics needs --output-format text or json")
    tally = Tally()
    with scan(request, engine.check) as found:
        known = known_findings(request, found)
        counted = statistics(tally.of(known.hide(found.outcomes)), unsafe_fixes=request.unsafe_fixes)
    if request.output_format == "json":
        print_document(as_json(counted, known.by_rule))
    else:
        print_lines(as_text(counted))
    conclude(request, tally, tally.check_summary(unsafe_fixes=request.unsafe_fixes), found.outside)
    for line in () if request.quiet else known.way_left():
        tell(line)
    return exit_code_of(tally, unfinished=tally.left > 0)
