"""The commands: each prints its data on stdout, the rest on stderr, and returns the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isolator import engine
from isolator.batch import Outcome
from isolator.extensions import usable
from isolator.folder import NAME as FOLDER
from isolator.report import text
from isolator.request import Failure, Request
from isolator.scan import scan
from isolator.walk import shown

if TYPE_CHECKING:
    from codemods.rule import Rule
    from isolator.blame import Blame
    from isolator.report.reported import Alone


def check(request: Request) -> int:
    """Prints the findings: 0 if there are none, 1 if there are, 2 if a file failed. Raises Failure."""
    outcomes = scan(request, engine.check).outcomes
    if request.output_format == "text":
        _print(text.to_bytes(text.findings(outcomes)))
    else:
        _print_in_format(request, outcomes)
    _tell(request, outcomes, text.check_summary(outcomes))
    return _exit_code(outcomes, any(outcome.left for outcome in outcomes))


def fix(request: Request) -> int:
    """Prints the diff, or writes the files: 1 if there is a diff, or if findings are left. Raises Failure."""
    if request.confirm:
        return _fix_confirmed(request)
    result = scan(request, engine.rewrite)
    outcomes = result.outcomes
    if request.write:
        _keep_findings(outcomes, result.root / FOLDER)
    if request.output_format != "text":
        _print_in_format(request, outcomes, result.without)
    elif not request.write:
        from isolator.report.diff import diff

        _print(b"".join(diff(outcomes, result.root)))
    elif request.stdin:
        _print(b"".join(outcome.after or outcome.before or b"" for outcome in outcomes if outcome.error is None))
    _tell(request, outcomes, text.fix_summary(outcomes, written=request.write))
    return _exit_code(outcomes, any(o.left if request.write else o.after is not None for o in outcomes))


def _fix_confirmed(request: Request) -> int:
    """Writes the files and keeps what is confirmed: 1 if something is taken back or left. Raises Failure."""
    if not request.write or request.stdin:
        raise Failure("--confirm goes with --write, and not with stdin")
    from isolator.confirm.session import confirm
    from isolator.confirm.words import Words, project_here
    from isolator.proving import prove
    from isolator.report.proof import lines

    # The same seeds each time, so that the baseline can be used again.
    words = Words(request.pytest_arguments, request.python, seed=0, quiet=request.quiet)
    # Who depends on whom is not asked here, only whether anything is worse.
    options = replace(words.options(project_here().settings.confirm), bisect=False)
    proof = prove(request, options, confirm, words.tell)
    _keep_findings(proof.outcomes, proof.root / FOLDER, proof.taken_back)
    if request.output_format != "text":
        _print_in_format(request, proof.outcomes)
    for line in lines(proof):
        words.tell(line)
    _tell(request, proof.outcomes, text.fix_summary(proof.outcomes, written=True))
    return _exit_code(proof.outcomes, any(outcome.left for outcome in proof.outcomes))


def _keep_findings(outcomes: Sequence[Outcome], folder: Path, taken_back: Sequence[Blame] = ()) -> None:
    """Keep what was written, refused and taken back, for the reports of one who uses ``isolator confirm``."""
    from isolator import changes
    from isolator.report.json import to_json

    if folder.is_dir() and any(outcome.fixed for outcome in outcomes):
        made = changes.Changes(taken_back=changes.taken_back(taken_back))
        for outcome in outcomes:
            made.add(outcome)
        changes.keep(folder, to_json(outcomes, written=True), made)


def rules() -> int:
    """Prints the table of the rules: 2 if some that are installed cannot be used."""
    known, exit_code = _all_rules()
    _print(text.to_bytes(text.rule_table(known)))
    return exit_code


def explain(code: str | None) -> int:
    """Prints the page of a rule, or the refusals of all. Raises Failure if there is no such rule."""
    known, exit_code = _all_rules()
    if code is None:
        _print(text.to_bytes(text.refusal_list(known)))
        return exit_code
    for rule in known:
        if rule.code == code.upper():
            _print(text.to_bytes(text.rule_page(rule)))
            return exit_code
    raise Failure(f"there is no rule {code!r}; `isolator rules` lists them")


def _all_rules() -> tuple[list[Rule], int]:
    """The rules, and the exit code: 2, with a line on stderr for each, if packages have some that cannot be used."""
    from codemods.registry import all_rules

    extensions, problems = usable()
    for file, problem in problems:
        click.echo(f"{shown(Path(file))}: error: {problem}", err=True)
    return all_rules(extensions), 2 if problems else 0


def _print(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _print_in_format(request: Request, outcomes: Sequence[Outcome], alone: Alone | None = None) -> None:
    from isolator.report.formats import render

    _print(render(outcomes, request.output_format, written=request.write, alone=alone))


def _tell(request: Request, outcomes: Sequence[Outcome], summary: str) -> None:
    for line in text.errors(outcomes):
        click.echo(line, err=True)
    for line in text.passed_over(outcomes) if request.verbose else ():
        click.echo(line, err=True)
    if not request.quiet:
        click.echo(summary, err=True)


def _exit_code(outcomes: Sequence[Outcome], unfinished: bool) -> int:
    if any(outcome.error is not None for outcome in outcomes):
        return 2
    return 1 if unfinished else 0
