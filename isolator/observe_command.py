"""``isolator observe`` as a command: its words and the settings in, the report out."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import click

from isolator.confirm.command import project_here, settled
from isolator.confirm.model import Order
from isolator.evidence import to_json
from isolator.observing import ORDERS, has_findings, observe, save
from isolator.report import observe_text
from isolator.report.text import to_bytes
from isolator.request import Failure
from isolator.signals import interrupted_by_signals


@dataclass(frozen=True)
class ObserveRequest:
    """The words of the command line; None, or nothing, where the settings or the defaults decide."""

    pytest_arguments: tuple[str, ...] = ()
    python: str | None = None
    orders: tuple[Order, ...] = ()
    seed: int | None = None
    run_timeout: float | None = None
    test_timeout: float | None = None
    output_format: Literal["text", "json"] = "text"
    quiet: bool = False


def run(request: ObserveRequest) -> int:
    """Observes, and prints the report: 0 if nothing was found, 1 if something was. Raises Failure if pytest cannot."""
    project = project_here()
    usual = settled(project.settings.confirm)
    options = replace(
        usual,
        arguments=request.pytest_arguments,
        python=request.python or "",
        orders=request.orders or ORDERS,
        seed=random.randrange(1_000_000) if request.seed is None else request.seed,
        run_timeout=request.run_timeout or usual.run_timeout,
        test_timeout=request.test_timeout or usual.test_timeout,
        forbid_output=(),
    )

    def tell(line: str) -> None:
        if not request.quiet:
            click.echo(line, err=True)

    with interrupted_by_signals():  # a pytest that goes on alone is no use to anybody
        evidence = observe(options, Path.cwd(), tell)
    try:
        save(evidence, project.root)
    except OSError as error:
        raise Failure(f"{error.filename}: not written: {error.strerror or error}") from None
    if request.output_format == "json":
        _print([to_json(evidence).rstrip("\n")])
    else:
        _print(observe_text.report(evidence, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ))
    click.echo(observe_text.summary(evidence), err=True)
    return 1 if has_findings(evidence) else 0


def _print(lines: Iterable[str]) -> None:
    sys.stdout.buffer.write(to_bytes(lines))
    sys.stdout.buffer.flush()
