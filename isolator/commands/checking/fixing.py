"""``isolator check --fix``: the safe fixes are applied, and what is left is printed as the files are then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from isolator.commands.findings import conclude, exit_code_of, keeping, print_findings, print_in_format
from isolator.commands.output import print_parts
from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.scan import Scan, scan
from isolator.project.request import Request
from isolator.report.findings import text
from isolator.report.findings.known import known_findings
from isolator.report.findings.tally import Tally
from isolator.system.visible import tell

# Where a reader looks for a line in the file as it is now; the other formats say where it was.
_READ_BY_PEOPLE = ("text", "concise")


def fix(request: Request) -> int:
    """Writes the files, and prints the findings that are left: 1 if there are any. Raises Failure."""
    tally = Tally()
    with scan(request, engine.rewrite) as found:
        outcomes = keeping(found.outcomes, found.root)
        if request.output_format in _READ_BY_PEOPLE:
            outcomes = _as_they_are_now(outcomes, found)
        known = known_findings(request, found)
        outcomes = tally.of(known.hide(outcomes))
        if request.output_format != "text":
            print_in_format(request, outcomes)
        elif request.stdin:
            _print_fixed_source(outcomes)
        else:
            print_findings(request, outcomes)
    conclude(request, tally, tally.fixed_summary(unsafe_fixes=request.unsafe_fixes), found.outside)
    for line in () if request.quiet else known.lines():
        tell(line)
    return exit_code_of(tally, unfinished=tally.left > 0)


def _as_they_are_now(outcomes: Iterable[Outcome], found: Scan) -> Iterator[Outcome]:
    """The outcomes, in which the findings that are left stand where they stand in the file that was written."""
    for outcome in outcomes:
        written = outcome.after is not None and outcome.error is None
        # A rewrite that the guard rejected would look as if it could be made.
        yield found.again(outcome) if written and outcome.left and not outcome.problems else outcome


def _print_fixed_source(outcomes: Iterable[Outcome]) -> None:
    """The source that came from stdin goes to stdout, fixed, so that what is left goes to stderr."""
    for outcome in outcomes:
        if outcome.error is None:
            print_parts([outcome.after or outcome.before or b""])
        for line in text.findings([outcome]):
            tell(line)
