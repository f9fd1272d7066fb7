"""Finding what changed between two texts without parsing the second: only the statements that differ are parsed.

Top-level statements that stand in both texts, line for line and in the same order, cut them into chunks. If each chunk
parses by itself, the texts parse to the concatenation of what the chunks parse to.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass
class Chunks:
    """The pairs of chunks that differ, and the statements of the second text: new ones, or those they are equal to."""

    pairs: list[tuple[list[ast.stmt], list[ast.stmt]]] = field(default_factory=list)
    body: list[ast.stmt] = field(default_factory=list)


def split_lines(text: str) -> list[str]:
    """The lines as Python counts them, without their ends."""
    return _LINE_END.split(text) if "\r" in text else text.split("\n")


def first_line(statement: ast.stmt) -> int:
    """The line that a statement begins on, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


def chunks(tree: ast.Module, before: list[str], after: list[str]) -> Chunks | None:
    """The chunks of two texts, ``tree`` being that of the first, which is only read; None if this cannot be told."""
    spans = [(first_line(s) - 1, s.end_lineno or s.lineno) for s in tree.body]
    if any(start < end for (start, _), (_, end) in zip(spans[1:], spans, strict=False)):
        return None  # two statements on one line
    try:
        return _chunks(tree.body, spans, before, after)
    except (SyntaxError, ValueError):
        return None


def _chunks(body: list[ast.stmt], spans: list[tuple[int, int]], before: list[str], after: list[str]) -> Chunks:
    places = defaultdict(list)
    for number, line in enumerate(after):
        places[line].append(number)
    found = Chunks()
    index = position = 0
    while index < len(spans) or position < len(after):
        until, at = _next_equal(spans[index:], before, after, places, position)
        if until or after[position:at]:
            old = _parsed(before, spans[index][0], spans[index + until - 1][1]) if until else []
            new = _parsed(after, position, at)
            found.pairs += [(old, new)] if old or new else []
            found.body += new
        index += until
        if index == len(spans):
            break
        found.body.append(body[index])
        position = at + spans[index][1] - spans[index][0]
        index += 1
    return found


def _next_equal(
    spans: list[tuple[int, int]], before: list[str], after: list[str], places: dict[str, list[int]], position: int
) -> tuple[int, int]:
    """The next statement that stands in both texts: how many come before it, and its line in the second text."""
    for count, (start, end) in enumerate(spans):
        for at in places.get(before[start], ()):
            if at >= position and after[at : at + end - start] == before[start:end]:
                return count, at
    return len(spans), len(after)


def _parsed(lines: list[str], start: int, end: int) -> list[ast.stmt]:
    """The statements of some lines, with the line numbers they have in the file."""
    if all(not line.strip() or line.startswith("#") for line in lines[start:end]):
        return []
    return ast.parse("\n" * start + "\n".join(lines[start:end])).body
