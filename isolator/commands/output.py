"""What a command prints: its result goes to stdout, as bytes, and is there when the command returns."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from isolator.report.findings.text import encoded, line_to_bytes, to_bytes
from isolator.system.visible import wrapped
from isolator.system.wrapping import width_of

if TYPE_CHECKING:
    from isolator.engine.batch import Outcome


def print_parts(parts: Iterable[bytes]) -> None:
    """Prints the parts as they come: each at once where somebody watches."""
    stdout = sys.stdout.buffer
    watched = sys.stdout.isatty()
    for part in parts:
        stdout.write(part)
        if watched:
            stdout.flush()
    stdout.flush()


def print_lines(lines: Iterable[str]) -> None:
    """Prints the lines of a report, which may have colours."""
    print_parts([to_bytes(lines)])


def print_report(lines: Iterable[str]) -> None:
    """Prints lines for people: on a terminal none is wider than it is, where that can be helped."""
    print_parts(map(line_to_bytes, wrapped(lines, width_of(sys.stdout))))


def print_diff(outcomes: Iterable[Outcome], root: Path) -> None:
    """Prints the unified diff of all files, relative to ``root`` where they are below it."""
    from isolator.report.findings.diff import coloured, diff

    parts = diff(outcomes, root)
    print_parts(map(coloured, parts) if in_colour(forced=False) else parts)


def print_document(text: str) -> None:
    """Prints a document as it stands in its file, with one newline at its end."""
    print_parts([encoded(text.rstrip("\n") + "\n")])


def in_colour(*, forced: bool = True) -> bool:
    """Whether what goes to stdout has colours: ``--color`` decides, then NO_COLOR, FORCE_COLOR, and the terminal.

    Not ``forced`` is what programs read as well, such as a diff: FORCE_COLOR is not asked.
    """
    context = click.get_current_context(silent=True)
    if context is not None and context.color is not None:
        return context.color
    if os.environ.get("NO_COLOR"):
        return False
    if forced and os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
