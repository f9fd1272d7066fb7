"""A file before and after, side by side, in parts: one for each test or other function that was rewritten."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from isolator.changes import Changed
from isolator.report.html.colours import Pieces, coloured
from isolator.report.html.page import Block, Line
from isolator.units import names_at

_CONTEXT = 3


def parts(file: Changed) -> dict[str, tuple[Block, ...]]:
    """The changed parts of a file by the names of their units; what stands in no function has the file's own name.

    A unit is named as in ``isolator.units``: the file's name, the classes and the outermost function.
    """
    old, new = _Side(file.before or b"", file.name), _Side(file.after, file.name)
    grouped: dict[str, list[tuple[int, int, int, int]]] = {}
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old.lines, new.lines, autojunk=False).get_opcodes():
        if tag != "equal":
            unit = old.unit(i1) if i2 > i1 else new.unit(j1)
            grouped.setdefault(unit, []).append((i1, i2, j1, j2))
    return {unit: tuple(_blocks(ranges, old, new)) for unit, ranges in grouped.items()}


class _Side:
    """A file as it was, or as it is: its lines, their colours, and the unit that each stands in."""

    def __init__(self, data: bytes, name: str) -> None:
        text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        self.lines = text.split("\n")
        self._name = name
        self._colours: list[Pieces] | None = None
        self._text = text
        self._names_at = _finder(text)

    def unit(self, index: int) -> str:
        """The unit that holds the line with this number, from 0."""
        return "::".join([self._name, *self._names_at(index + 1)])

    def shown(self, start: int, end: int) -> tuple[Line, ...]:
        """Some lines, coloured."""
        if self._colours is None:
            self._colours = coloured(self._text)
        return tuple(Line(number + 1, _without_return(self._colours[number])) for number in range(start, end))


def _without_return(pieces: Pieces) -> Pieces:
    """A line without the half of its end that Windows writes."""
    if not pieces or not pieces[-1][1].endswith("\r"):
        return pieces
    name, text = pieces[-1]
    return (*pieces[:-1], (name, text[:-1])) if text != "\r" else pieces[:-1]


def _finder(text: str) -> Callable[[int], Sequence[str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the code is not ours to warn about
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return lambda _: ()
    return lambda line: names_at(line, body)


def _blocks(ranges: Sequence[tuple[int, int, int, int]], old: _Side, new: _Side) -> Iterator[Block]:
    """The changed lines with some around them; ``ranges`` are in order, as difflib has them."""
    at: int | None = None
    for number, (i1, i2, j1, j2) in enumerate(ranges):
        # Between two ranges of a unit another unit's may lie: no more is shown than is the same on both sides.
        length = _same_before(old.lines, new.lines, i1, j1, min(_CONTEXT, i1 - (at or 0)))
        skipped = 0 if at is None else i1 - length - at
        if length:
            yield Block(old.shown(i1 - length, i1), new.shown(j1 - length, j1), True, skipped)
        yield Block(old.shown(i1, i2), new.shown(j1, j2), False, 0 if length else skipped)
        following = ranges[number + 1][0] if number + 1 < len(ranges) else len(old.lines)
        tail = _same_after(old.lines, new.lines, i2, j2, min(_CONTEXT, following - i2))
        if tail:
            yield Block(old.shown(i2, i2 + tail), new.shown(j2, j2 + tail), True)
        at = i2 + tail


def _same_before(old: Sequence[str], new: Sequence[str], i: int, j: int, most: int) -> int:
    length = 0
    while length < min(most, i, j) and old[i - length - 1] == new[j - length - 1]:
        length += 1
    return length


def _same_after(old: Sequence[str], new: Sequence[str], i: int, j: int, most: int) -> int:
    length = 0
    while length < most and i + length < len(old) and j + length < len(new) and old[i + length] == new[j + length]:
        length += 1
    return length
