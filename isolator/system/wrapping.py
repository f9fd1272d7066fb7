"""Lines that are wider than the terminal: cut at blanks, never in a word, a path or a colour."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TextIO

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LEAST = 20  # columns; in fewer nothing could be read


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal that a stream leads to; None if it is none. COLUMNS comes before what it says."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def cut(line: str, width: int | None) -> Iterator[str]:
    """The line, in parts no wider than ``width`` where that can be helped; those that follow are indented."""
    if width is None or width < _LEAST or _columns(line) <= width:
        yield line
        return
    indent = " " * min(len(line) - len(line.lstrip(" ")) + 4, width // 2)
    current, used = "", 0
    for gap, word in re.findall(r"( *)([^ ]+)", line):
        columns = _columns(word)
        if current and used + len(gap) + columns > width:
            yield current
            current, used = indent + word, len(indent) + columns
        else:
            current, used = current + gap + word, used + len(gap) + columns
    yield current


def _columns(text: str) -> int:
    return len(_COLOUR.sub("", text))
