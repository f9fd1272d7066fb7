"""Text that comes from elsewhere, as one line that can be looked at: names of files may hold anything."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from isolator.system.wrapping import cut, width_of

# What moves the cursor, ends a line, or turns the direction of reading: C0 except the tab, DEL, C1, LS and PS, bidi.
_HIDDEN = re.compile("[\x00-\x08\n-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Painted(str):
    """A line with colours of our own, in which all that comes from elsewhere is visible already."""


def visible(text: str) -> str:
    """The text with such characters as Python writes them: ``\\x1b`` for an escape, ``\\n`` for a newline."""
    if isinstance(text, Painted):
        return text
    return _HIDDEN.sub(lambda match: ascii(match[0])[1:-1], text)


def wrapped(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """The lines, visible, none wider than ``width`` where that can be helped."""
    for line in lines:
        yield from map(Painted, cut(visible(line), width))


def tell(line: str) -> None:
    """Prints one line on stderr; on a terminal it is cut where that ends."""
    for part in cut(visible(line), width_of(sys.stderr)):
        click.echo(part, err=True)


def tell_each(lines: Sequence[str], most: int = 50) -> None:
    """Prints some lines on stderr; of very many the first."""
    for line in lines[:most]:
        tell(line)
    if len(lines) > most:
        tell(f"… and {len(lines) - most} more")


def count(number: int, noun: str) -> str:
    """The number and the noun, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
