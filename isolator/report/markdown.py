"""What Markdown needs so that a text comes out as it is, in a table too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from isolator.system.visible import visible

# A run of underscores inside a word means nothing to Markdown, at its edge it may be emphasis. Brackets make a link
# only before parentheses.
_SPECIAL = re.compile(r"(`[^`]*`)|(?<!\w)_+|_+(?!\w)|[\\*<]|\[(?=[^]]*]\()")


def prose(text: str) -> str:
    """A sentence, in one line; what stands in backticks stays code."""
    return _SPECIAL.sub(
        lambda match: match[1] or "".join("\\" + each for each in match[0]), visible(" ".join(text.split()))
    )


def code(text: str) -> str:
    """A name as code, in one line, in more backticks than stand in it."""
    line = visible(" ".join(text.split()))
    ticks = "`" * (max(map(len, re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in line else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; nothing without rows."""
    every = list(rows)
    if every:
        yield _row(heads)
        yield _row(["---"] * len(heads))
        yield from map(_row, every)


def _row(cells: Sequence[str]) -> str:
    # A table is cut into cells before anything else is read: a bar is escaped in code as well.
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
