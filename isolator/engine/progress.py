"""A progress bar, where somebody is there to see it and has waited."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import click

from isolator.engine.batch import Outcome

_WAITED = 2.0  # seconds


def with_progress(outcomes: Iterable[Outcome], length: int) -> Iterator[Outcome]:
    """The outcomes as they come; after two seconds a bar on stderr, if that is a terminal.

    It makes room for what is printed of an outcome, if stdout is a terminal, too.
    """
    if not sys.stderr.isatty():
        yield from outcomes
        return
    started = time.monotonic()
    with ExitStack() as stack:
        bar = None
        for done, outcome in enumerate(outcomes, 1):
            if bar is not None:
                bar.update(1)
            elif time.monotonic() - started > _WAITED:
                bar = stack.enter_context(click.progressbar(length=length, label="files", file=sys.stderr))
                bar.update(done)
            if bar is not None and sys.stdout.isatty() and (outcome.left or outcome.after is not None):
                click.echo("\r\x1b[K", err=True, nl=False)
            yield outcome
