"""``isolator confirm`` as a command: its words and the settings in, the reports out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isolator.commands.output import in_colour, print_document, print_report
from isolator.commands.run_options import Words, check_show, project_here
from isolator.project.project import Project
from isolator.project.tables.confirm import Order
from isolator.pytest_runs.document import from_document, to_json
from isolator.pytest_runs.expectations.comparing import against, compare
from isolator.pytest_runs.expectations.expecting import check_files, check_runs
from isolator.pytest_runs.expectations.rates import runs_for
from isolator.pytest_runs.model import CALM, Confirmation
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.spreading import Machines, threads, workers
from isolator.pytest_runs.session import confirm
from isolator.pytest_runs.shards import for_shard, to_shard_json
from isolator.report.findings.json import Entry, read_entries
from isolator.report.runs import confirm_text
from isolator.system.errors import Failure
from isolator.system.files.atomic import write_whole
from isolator.system.files.stored import UnusableError, read_document
from isolator.system.files.workdir import FIXES, work_folder
from isolator.system.files.writing import not_written
from isolator.system.guardian import guarded
from isolator.system.visible import tell_each

if TYPE_CHECKING:
    from isolator.report.runs.summary import Fix


@dataclass(frozen=True)
class ConfirmRequest(Words):
    """The words of the command line; None, or nothing, where the settings or the defaults decide."""

    runs: int | None = None
    orders: tuple[Order, ...] = ()
    max_rate: float | None = None
    confidence: float | None = None
    alone: bool = False
    jobs: int | None = None
    executor: str | None = None
    shard: tuple[int, int] | None = None
    exitfirst: bool = False
    no_bisect: bool = False
    forbid_output: tuple[str, ...] = ()
    max_seconds: float | None = None
    compare: Path | None = None
    junit: Path | None = None
    summary: Path | None = None
    html: Path | None = None
    show: bool = False


def run(request: ConfirmRequest) -> int:
    """Confirms, and prints the report: 0 if all is well, 1 if not. Raises Failure if pytest cannot run."""
    check_show(request.html, request.show)
    project = project_here()
    before = baseline(request.compare) if request.compare is not None else None
    options = _options(request, project)
    with guarded():
        found = confirm(options, Path.cwd(), request.tell, _machines(request, project.root))
    files = check_files(options.expect, project.root)
    expectations = files + check_runs(options.forbid_output, options.max_seconds, found.runs)
    found = replace(found, expectations=tuple(expectations))
    found = found if before is None else against(before, found)
    document = to_json(found) if options.shard is None else to_shard_json(found, options, files)
    conclude(request, found, before, document, options.arguments, project)
    if options.shard is not None:
        request.tell("shard {} of {}: `isolator confirm merge` merges its file with the others".format(*options.shard))
    return 0 if found.ok else 1


def conclude(
    request: ConfirmRequest,
    found: Confirmation,
    before: Confirmation | None,
    document: str,
    arguments: Sequence[str],
    project: Project,
) -> None:
    """Writes the files that are asked for, ``document`` among them, and prints the report. ``arguments`` are pytest's.

    Raises Failure if a file cannot be written.
    """
    try:
        folder = work_folder(project.root)
        write_whole(folder / "confirm.json", document.encode("utf-8", "surrogatepass"))
        if request.junit is not None:
            from isolator.report.runs.junit import junit

            write_whole(request.junit, junit(found))
        if request.html is not None:
            from isolator.report.html.material import from_confirm
            from isolator.report.html.writing import write

            write(from_confirm(found, before, project), request.html, show=request.show)
        if request.summary is not None:
            write_whole(request.summary, _summary(found, before, folder / FIXES).encode("utf-8", "replace"))
    except OSError as error:
        raise Failure(f"{error.filename}: {not_written(error)}") from None
    _print(request, found, before, document, arguments)


def _machines(request: ConfirmRequest, root: Path) -> AbstractContextManager[Machines]:
    if request.executor is None:
        return threads(request.jobs or 1)
    return workers(request.executor, root, request.jobs)


def _options(request: ConfirmRequest, project: Project) -> Options:
    usual = request.options(project.settings.confirm)
    confidence, least = request.confidence or usual.confidence, request.runs or usual.runs
    rate = request.max_rate
    options = replace(
        usual,
        runs=least if rate is None else max(least, runs_for(rate, confidence)),
        least=None if rate is None else least,
        confidence=confidence,
        orders=request.orders or usual.orders,
        alone=request.alone,
        jobs=request.jobs or 1,
        stop_first=request.exitfirst,
        bisect=not request.no_bisect,
        forbid_output=(*usual.forbid_output, *request.forbid_output),
        max_seconds=request.max_seconds or usual.max_seconds,
    )
    return options if request.shard is None else for_shard(options, request.shard, request.seed)


def baseline(path: Path) -> Confirmation:
    """An earlier confirmation to compare with. Raises Failure if the file holds none."""
    try:
        return read_document(path, from_document, "is not a result of `isolator confirm` to compare with")
    except UnusableError as error:
        raise Failure(str(error)) from None


def _summary(found: Confirmation, before: Confirmation | None, fixes: Path) -> str:
    from isolator.report.findings.commits import commits_of
    from isolator.report.runs.summary import Refused, summary

    findings = read_entries(fixes)
    applied = [f for f in findings if f["fix"] == "applied"]
    files = list(dict.fromkeys(f["path"] for f in applied))
    commits = commits_of(files, Path.cwd())
    return summary(
        found,
        None if before is None else compare(before, found),
        fixes=list(_fixes(applied, found if before is None else before)),
        modified={path: commits.get(path) for path in files},
        refused=[Refused(f["path"], f["line"], f["code"], f["message"]) for f in findings if f["refusal"]],
    )


def _fixes(applied: Sequence[Entry], before: Confirmation) -> Iterator[Fix]:
    """Which rewrite fixed which test: its own; else that of its polluter; else those that serve all tests."""
    from isolator.report.runs.summary import Fix

    for name, test in before.tests.items():
        for reason in (name, test.partner, None):
            node_id = None if reason is None else reason.partition("[")[0]
            rewrites = [entry for entry in applied if entry["test"] == node_id]
            if rewrites and (reason == name or test.verdict not in CALM):
                yield from (Fix(name, each["code"], each["path"], each["line"]) for each in rewrites)
                break


def _print(
    request: ConfirmRequest, found: Confirmation, before: Confirmation | None, document: str, arguments: Sequence[str]
) -> None:
    if request.output_format == "json":
        print_document(document)
    else:
        comparison = None if before is None else compare(before, found)
        print_report(confirm_text.report(found, arguments, comparison, colour=in_colour()))
    tell_each(found.uncollected)
    click.echo(confirm_text.summary(found), err=True)
