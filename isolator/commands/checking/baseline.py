"""``isolator check --write-baseline``: what is found now is known from then on, and not reported again."""

from __future__ import annotations

from collections import deque

from isolator.commands.findings import exit_code_of
from isolator.engine import engine
from isolator.engine.scan import scan
from isolator.project.request import Request
from isolator.report.findings.known import known_findings
from isolator.report.findings.tally import Tally
from isolator.system.errors import Failure
from isolator.system.visible import tell


def write_baseline(request: Request) -> int:
    """Writes what is found into the baseline: 0, or 2 if a file failed, and then nothing. Raises Failure."""
    if request.stdin or request.since is not None or request.no_baseline:
        raise Failure("--write-baseline cannot be used with stdin, --since or --no-baseline")
    tally = Tally()
    with scan(request, engine.check) as found:
        known = known_findings(request, found)
        deque(tally.of(known.hide(found.outcomes)), maxlen=0)
    for line in tally.errors:
        tell(line)
    if tally.failed:
        raise Failure("the baseline is not written, since files failed")
    written = known.write()
    if not request.quiet:
        tell(written)
    return exit_code_of(tally, unfinished=False)
