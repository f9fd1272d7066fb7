"""``isolator observe`` as a command: its words and the settings in, the report out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from isolator.commands.output import in_colour, print_document, print_lines, print_report
from isolator.commands.run_options import Words, project_here
from isolator.evidence.model import to_json
from isolator.evidence.observe import ORDERS, has_findings, incomplete, observe, save
from isolator.project.tables.confirm import Order
from isolator.report.runs import observe_text
from isolator.system.errors import Failure
from isolator.system.files.writing import not_written
from isolator.system.guardian import guarded
from isolator.system.visible import tell_each


@dataclass(frozen=True)
class ObserveRequest(Words):
    """The words of the command line; None, or nothing, where the settings or the defaults decide."""

    orders: tuple[Order, ...] = ()
    no_heap: bool = False


def run(request: ObserveRequest) -> int:
    """Observes, and prints the report: 0 if nothing was found, 1 if something was, or a run was not whole.

    Raises Failure if pytest cannot run.
    """
    project = project_here()
    usual = request.options(project.settings.confirm)
    options = replace(usual, orders=request.orders or ORDERS, heap=not request.no_heap, forbid_output=())
    with guarded():
        evidence = observe(options, Path.cwd(), request.tell)
    try:
        save(evidence, project.root)
    except OSError as error:
        raise Failure(f"{error.filename}: {not_written(error)}") from None
    if request.output_format == "json":
        print_document(to_json(evidence))
    else:
        print_report(observe_text.report(evidence, colour=in_colour()))
        if evidence.initializers:
            from isolator.evidence.suggestions import suggestions

            print_lines(_pasted(suggestions(evidence, project.context())))
    tell_each(evidence.uncollected)
    click.echo(observe_text.summary(evidence), err=True)
    return 1 if has_findings(evidence) or incomplete(evidence) else 0


def _pasted(settings: str) -> list[str]:
    """Settings for pyproject.toml, with a heading; nothing for none."""
    return ["", "For pyproject.toml, if these tests should not reach them:", *settings.splitlines()] if settings else []
