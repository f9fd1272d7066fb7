"""From text that was written for a terminal, or for people who read the code, to Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence


def prose(text: str, language: str = "") -> str:
    """A docstring as Markdown: indented blocks become fenced ones, ``name`` becomes `name`.

    ``language`` is that of the indented blocks. What is fenced already stays as it is.
    """
    lines = list(_fenced(inspect.cleandoc(text).splitlines(), language))
    return re.sub(r"``([^`\n]+)``", r"`\1`", "\n".join(lines))


def _fenced(lines: Sequence[str], language: str) -> Iterator[str]:
    block: list[str] = []
    verbatim = item = False
    for number, line in enumerate([*lines, ""]):
        verbatim ^= line.startswith("```")
        item = (item and line[:1] in ("", " ")) or line.startswith(("- ", "1. "))
        inside = not verbatim and not item and line.startswith("    ")
        if inside or (block and not line and number < len(lines)):
            block.append(line[4:])
            continue
        if block:
            yield from _fence(block, language)
            block = []
        if number < len(lines):
            yield line


def _fence(block: list[str], language: str) -> Iterator[str]:
    blanks = len(block) - len("\n".join(block).rstrip("\n").splitlines())
    yield f"```{language}"
    yield from block[: len(block) - blanks]
    yield "```"
    yield from [""] * blanks


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell is one line of Markdown, without `|`."""
    written = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in row) + " |" for row in written)


def code(text: str) -> str:
    """Text as it stands, in a line."""
    return f"`{text}`"
