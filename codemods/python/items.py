"""Items that stand in source text with commas between (imported names, elements of a list): one
more among them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BLANK = r"[ \t]*"


class Item(NamedTuple):
    """Where an item stands: its line, and its start and end in the text."""

    line: int
    start: int
    end: int


def insert_item(
    text: str, items: Sequence[Item], index: int, added: str, opening: int | None
) -> str:
    """The text with ``added`` as the item of that index; ``items`` are those that are there, one at
    least.

    ``opening`` is the index after the opening bracket, None where there is none. Items that
    stand one a line stay so, and comments stay with the items that they are about.
    """
    lines = {item.line for item in items}
    hanging = opening is not None and line_start(text, items[0].start) > opening
    if opening is not None and len(lines) == len(items) and (len(items) > 1 or hanging):
        changed = _on_its_own_line(text, items, index, added, opening)
        if changed is not None:
            return changed
    if not index:
        return _put(text, items[0].start, f"{added}, ")
    trailing = re.compile(rf"{_BLANK},(?={_BLANK}[)\]}}])").match(text, items[0].end)
    if len(items) == 1 and trailing:
        return _put(text, trailing.end(), f" {added}")
    return _put(text, items[index - 1].end, f", {added}")


def _on_its_own_line(
    text: str, items: Sequence[Item], index: int, added: str, opening: int
) -> str | None:
    """The text with the item on a line of its own; None where the commas are not at the ends of
    the lines.
    """
    newline = (_NEWLINE.search(text) or ["\n"])[0]
    first, last = items[0], items[-1]
    indent = re.sub(r"\S", " ", text[line_start(text, last.start) : last.start])
    if index == 0:
        if line_start(text, first.start) <= opening:
            return _put(text, first.start, f"{added},{newline}{indent}")
        return _put(text, line_end(text, opening), f"{indent}{added},{newline}")
    previous = items[index - 1]
    if previous is last and re.compile(rf"{_BLANK},?{_BLANK}[)\]}}]").match(text, last.end):
        return _put(text, last.end, f",{newline}{indent}{added}")
    if re.compile(rf"{_BLANK},").match(text, previous.end):
        return _put(text, line_end(text, previous.end), f"{indent}{added},{newline}")
    if previous is last:
        return _put(
            _put(text, line_end(text, last.end), f"{indent}{added}{newline}"), last.end, ","
        )
    return None


def line_start(text: str, offset: int) -> int:
    """The index of the line that ``offset`` is on."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """The index after the line that ``offset`` is on."""
    found = _NEWLINE.search(text, offset)
    return found.end() if found else len(text)


def _put(text: str, offset: int, added: str) -> str:
    return text[:offset] + added + text[offset:]
