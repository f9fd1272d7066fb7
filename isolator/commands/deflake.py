"""``isolator deflake`` as a command: its words and the settings in, the diff, the question and the report out."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import click

from isolator.commands.output import print_document, print_lines, print_parts
from isolator.commands.run_options import Words, check_show, project_here
from isolator.engine import engine
from isolator.engine.scan import scan
from isolator.project.request import Request
from isolator.pytest_runs.failed_run.model import FailedRun, UnreadableError
from isolator.pytest_runs.failed_run.reading import decoded, read
from isolator.repair.deflake import deflake
from isolator.repair.history import keep
from isolator.system.errors import Failure
from isolator.system.files.workdir import own_folder
from isolator.system.guardian import guarded
from isolator.system.visible import tell_each


@dataclass(frozen=True)
class DeflakeRequest(Words):
    """The words of the command line; None where the settings or the defaults decide."""

    yes: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    accept_initializers: bool = False
    no_twice: bool = False
    all: bool = False
    from_run: Path | None = None
    html: Path | None = None
    show: bool = False

    def wanted(self, request: Request) -> bool:
        """Show the diff, and ask whether to continue."""
        from isolator.report.findings.diff import diff

        with scan(request, engine.rewrite) as found:
            shown = list(diff(found.outcomes, found.root))
        if self.output_format == "text":
            print_parts(shown)
        return self.yes or not shown or click.confirm("Write this, and confirm it?", err=True)


def run(request: DeflakeRequest) -> int:
    """Fix what it can: 0 if nothing is flaky any more, 1 if something is, or was not wanted, 2 for a file that failed.

    Raises Failure.
    """
    from isolator.report.runs import deflake as report

    check_show(request.html, request.show)
    failed = None if request.from_run is None else _failed_run(request.from_run)
    project = project_here()
    options = replace(request.options(project.settings.confirm), twice=not request.no_twice)
    fix = Request(
        select=request.select,
        ignore=request.ignore,
        unsafe_fixes=request.unsafe_fixes,
        accept_initializers=request.accept_initializers,
    )
    with guarded():
        done = deflake(project.root, fix, options, request.wanted, request.tell, everything=request.all, failed=failed)
    folder = own_folder(project.root)
    if done.kept and folder is not None:
        keep(folder, report.findings(done), done.changes)
    if request.output_format == "json":
        print_document(report.to_json(done))
    else:
        print_lines(report.report(done))
    tell_each((*done.uncollected, *done.errors))
    click.echo(report.summary(done), err=True)
    if request.html is not None:
        from isolator.report.html.material import from_deflake
        from isolator.report.html.writing import write

        write(from_deflake(done, project), request.html, show=request.show)
    return 2 if done.errors else 0 if done.ok else 1


def _failed_run(path: Path) -> tuple[str, FailedRun]:
    """The run that a file tells of, or stdin, and what it is called. Raises Failure if it tells of none."""
    name = "stdin" if str(path) == "-" else str(path)
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return name, read(decoded(data))
    except OSError as error:
        raise Failure(f"{name}: {error.strerror}") from None
    except UnreadableError as error:
        raise Failure(f"{name} {error}") from None
