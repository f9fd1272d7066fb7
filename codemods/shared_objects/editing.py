"""Edits of a text, at places that ``ast`` gives."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from typing import NamedTuple

from codemods.edit.layout import lines_in_strings
from codemods.python.source import Source, first_line


class Edit(NamedTuple):
    """A part of a text, which another text takes the place of."""

    start: int
    end: int
    new: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with some parts of it replaced, which do not overlap; of two at one place the first
    stands first.
    """
    for start, end, new in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def replacing(node: ast.expr | ast.stmt | ast.arg, new: str, source: Source) -> Edit:
    """Another text in the place of a node."""
    end_line, end = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Edit(source.offset(node.lineno, node.col_offset), source.offset(end_line, end), new)


def above(node: ast.stmt, source: Source) -> int:
    """The number of the line above which new ones go: that of a comment on a statement, if any."""
    number = first_line(node)
    while number > 1 and source.lines[number - 2].startswith(f"{indent_of(node, source)}#"):
        number -= 1
    return number


def indent_of(node: ast.stmt, source: Source) -> str:
    """What the line of a statement begins with."""
    line = source.lines[node.lineno - 1]
    return line[: len(line) - len(line.lstrip())]


def newline_of(source: Source) -> str:
    """What the lines of a file end with."""
    return "\r\n" if source.lines[0].endswith("\r\n") else "\n"


def at_line(number: int, source: Source) -> int:
    """Where a line begins in the text, the one after the last, too."""
    return source.extent(1, number - 1)[1] if number > 1 else 0


def indented(code: str, was: str, now: str, value: str, value_line: int) -> str:
    """Some lines with another indent, except those in strings of the value, whose first is given
    by its index.
    """
    inside = {line - 1 + value_line for line in lines_in_strings(value)}
    lines = code.splitlines(keepends=True)
    return "".join(
        now + line[len(was) :]
        if n not in inside and line.startswith(was) and line.strip()
        else line
        for n, line in enumerate(lines)
    )


def without(statements: Collection[ast.stmt], first: ast.stmt, source: Source) -> list[Edit]:
    """The removal of some statements, with the comments on them, and the empty lines after those
    that would be left with other empty ones, or none, above. ``first`` is the first of the block.
    """
    edits: list[Edit] = []
    begin = above(first, source)
    gone: set[int] = set()
    for statement in sorted(statements, key=lambda each: each.lineno):
        start, end = above(statement, source), statement.end_lineno or statement.lineno
        before = start - 1
        while before in gone:
            before -= 1
        if before < begin or not source.lines[before - 1].strip():
            while end < len(source.lines) and not source.lines[end].strip():
                end += 1
        gone |= {*range(start, end + 1)}
        edits.append(Edit(at_line(start, source), at_line(end + 1, source), ""))
    return edits
