"""What a command prints: its result goes to stdout, as bytes, and is there when the command returns."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from isolator.report.findings.text import encoded, to_bytes


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


def print_document(text: str) -> None:
    """Prints a document as it stands in its file, with one newline at its end."""
    print_parts([encoded(text.rstrip("\n") + "\n")])


def in_colour() -> bool:
    """Whether a report has colours: only on a terminal, and where the user does not mind."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
