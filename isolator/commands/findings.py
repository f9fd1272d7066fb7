"""The commands: each prints its data on stdout, the rest on stderr, and returns the exit code."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from isolator.commands.output import in_colour, print_diff, print_parts, print_report
from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.scan import scan
from isolator.project.discovery import shown
from isolator.project.installed_rules import usable
from isolator.project.request import Request
from isolator.report.findings import text
from isolator.report.findings.known import known_findings
from isolator.report.findings.tally import Tally
from isolator.system.errors import Failure
from isolator.system.files.workdir import own_folder
from isolator.system.visible import count, tell

if TYPE_CHECKING:
    from codemods.rule import Rule
    from isolator.repair.blame import Blame
    from isolator.report.findings.reported import Alone


def check(request: Request) -> int:
    """Prints the findings: 0 if there are none, 1 if there are, 2 if a file failed. Raises Failure."""
    tally = Tally()
    with scan(request, engine.check) as found:
        known = known_findings(request, found)
        outcomes = tally.of(known.hide(found.outcomes))
        if request.output_format == "text":
            print_findings(request, outcomes)
        else:
            print_in_format(request, outcomes)
    conclude(request, tally, tally.check_summary(unsafe_fixes=request.unsafe_fixes), found.outside)
    for line in () if request.quiet else known.lines():
        tell(line)
    return exit_code_of(tally, unfinished=tally.left > 0)


def fix(request: Request) -> int:
    """Prints the diff, or writes the files: 1 if there is a diff, or if findings are left. Raises Failure."""
    if request.confirm:
        return _fix_confirmed(request)
    tally = Tally()
    with scan(request, engine.rewrite) as found:
        outcomes = tally.of(found.outcomes)
        if request.write:
            outcomes = keeping(outcomes, found.root)
        if request.output_format != "text":
            print_in_format(request, outcomes, found.without)
        elif not request.write:
            print_diff(outcomes, found.root)
        elif request.stdin:
            print_parts(outcome.after or outcome.before or b"" for outcome in outcomes if outcome.error is None)
        else:
            deque(outcomes, maxlen=0)
    conclude(request, tally, tally.fix_summary(written=request.write), found.outside)
    return exit_code_of(tally, unfinished=(tally.left if request.write else tally.changed) > 0)


def _fix_confirmed(request: Request) -> int:
    """Writes the files and keeps what is confirmed: 1 if something is left, or a run was not whole. Raises Failure."""
    if not request.write or request.stdin:
        raise Failure("--confirm needs --write, and cannot be used with stdin")
    from isolator.commands.run_options import Words, project_here
    from isolator.pytest_runs.session import confirm
    from isolator.repair.prove import prove
    from isolator.report.runs.proof import lines

    # The same seeds each time, so that the baseline can be used again.
    words = Words(request.pytest_arguments, request.python, seed=0, quiet=request.quiet)
    # What a test depends on is not searched for here, only whether anything is worse.
    options = replace(words.options(project_here().settings.confirm), bisect=False)
    proof = prove(request, options, confirm, words.tell)
    tally = Tally()
    outcomes = list(tally.of(keeping(proof.outcomes, proof.root, proof.taken_back)))
    if request.output_format != "text":
        print_in_format(request, outcomes)
    for line in lines(proof):
        words.tell(line)
    conclude(request, tally, tally.fix_summary(written=True))
    return exit_code_of(tally, unfinished=tally.left > 0 or bool(proof.problems or proof.uncollected))


def keeping(outcomes: Iterable[Outcome], root: Path, taken_back: Sequence[Blame] = ()) -> Iterator[Outcome]:
    """The outcomes. At their end it keeps what was written, refused and taken back, for a later ``confirm``."""
    folder = own_folder(root)
    if folder is None:
        yield from outcomes
        return
    from isolator.repair import history as changes
    from isolator.report.findings.json import to_json

    made = changes.Changes(taken_back=changes.taken_back(taken_back))
    kept: list[Outcome] = []
    for outcome in outcomes:
        made.add(outcome)
        if outcome.fixed or outcome.left or outcome.errors:
            kept.append(replace(outcome, before=None, after=None))
        yield outcome
    if any(outcome.fixed for outcome in kept):
        changes.keep(folder, "".join(to_json(kept, written=True)), made)


def rules() -> int:
    """Prints the table of the rules: 2 if some that are installed cannot be used."""
    known, exit_code = _all_rules()
    print_report(text.rule_table(known))
    return exit_code


def explain(code: str | None) -> int:
    """Prints the page of a rule, what a reason means, or all reasons. Raises Failure if there is no such code."""
    known, exit_code = _all_rules()
    if code is None:
        print_report(text.refusal_list(known))
        return exit_code
    for rule in known:
        if code.upper() == rule.code or code.lower() == rule.name:
            print_report(text.rule_page(rule))
            return exit_code
    reason = list(text.reason_page(known, code.lower()))
    if not reason:
        raise Failure(_unknown(code, known))
    print_report(reason)
    return exit_code


def _unknown(code: str, known: Sequence[Rule]) -> str:
    """That there is no such rule or reason, with one that is called alike."""
    from difflib import get_close_matches

    reasons = {refusal.code for rule in known for refusal in rule.refusals}
    names = {rule.name: rule.code for rule in known} | {name: name for name in (*reasons, *(r.code for r in known))}
    near = get_close_matches(code, sorted(names), n=1)
    hint = f"did you mean {names[near[0]]}? " if near else ""
    return f"there is no rule or reason {code!r}; {hint}`isolator rules` and `isolator explain` list them"


def _all_rules() -> tuple[list[Rule], int]:
    """The rules, and the exit code: 2, with a line on stderr for each, if packages have some that cannot be used."""
    from codemods.registry import all_rules

    extensions, problems = usable()
    for file, problem in problems:
        tell(f"{shown(Path(file))}: error: {problem}")
    return all_rules(extensions), 2 if problems else 0


def print_findings(request: Request, outcomes: Iterable[Outcome]) -> None:
    """Prints the findings as text."""
    from isolator.report.findings.grouped import grouped

    unsafe, group = request.unsafe_fixes, not request.no_group
    lines = grouped(outcomes, unsafe_fixes=unsafe, group=group, colour=in_colour())
    # A stdout that is closed must not keep files from being written.
    print_report(list(lines) if request.write else lines)


def print_in_format(request: Request, outcomes: Iterable[Outcome], alone: Alone | None = None) -> None:
    """Prints the findings in a format other than text."""
    from isolator.report.findings.formats import render

    parts = render(outcomes, request.output_format, written=request.write, alone=alone)
    # A stdout that is closed must not keep files from being written.
    print_parts(list(parts) if request.write else parts)


def conclude(request: Request, tally: Tally, summary: str, outside: int = 0) -> None:
    """Says on stderr what failed, and the summary."""
    for line in tally.errors:
        tell(line)
    for line in (*tally.skipped, *tally.notes) if request.verbose else ():
        tell(line)
    if outside and not request.quiet:
        tell(f"Not checked: {count(outside, 'test file')} outside of the default paths; see `isolator check .`")
    if not request.quiet:
        tell(summary)


def exit_code_of(tally: Tally, *, unfinished: bool) -> int:
    """2 if a file failed, else 1 if something is left to do."""
    if tally.failed or tally.rejected:
        return 2
    return 1 if unfinished else 0
