"""A file before and after, side by side, in parts: one for each test or other function that was rewritten."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import SequenceMatcher

from isolator.engine.units import names_at
from isolator.repair.history import Changed
from isolator.report.html.colours import Pieces, coloured
from isolator.report.html.page import Block, Line

_CONTEXT = 3
_Range = tuple[int, int, int, int]  # of lines before, and of lines after


class Diff:
    """The changes of a file. A unit is named as in ``engine.units``: the file's name, classes, outermost function."""

    def __init__(self, file: Changed) -> None:
        self._name = file.name
        self._old, self._new = _Side(file.before or b"", file.name), _Side(file.after, file.name)

    def unit_at(self, line: int) -> str:
        """The unit in which a line stood, which counts from 1; the file's name, if in none."""
        return self._old.unit(line - 1)

    def parts(self, wanted: Collection[str]) -> dict[str, tuple[Block, ...]]:
        """The changes of these units, of those that changed, and all the others under the file's name."""
        grouped: dict[str, list[_Range]] = {}
        for tag, i1, i2, j1, j2 in SequenceMatcher(
            None, self._old.lines, self._new.lines, autojunk=False
        ).get_opcodes():
            if tag != "equal":
                for unit, part in _split(self._old.units(i1, i2), self._new.units(j1, j2), i1, j1):
                    _append(grouped.setdefault(unit if unit in wanted else self._name, []), part)
        return {unit: tuple(_blocks(ranges, self._old, self._new)) for unit, ranges in grouped.items()}


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
        """The unit of the line with this number, from 0."""
        return "::".join([self._name, *self._names_at(index + 1)])

    def units(self, start: int, end: int) -> list[tuple[str, int]]:
        """The units of some lines, one after the other, each with the line that it ends before."""
        found: list[tuple[str, int]] = []
        for index in range(start, end):
            blank = not self.lines[index].strip()
            unit = found[-1][0] if blank and found else self.unit(index)
            if found and found[-1][0] == unit:
                found[-1] = (unit, index + 1)
            else:
                found.append((unit, index + 1))
        return found

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


def _split(old: list[tuple[str, int]], new: list[tuple[str, int]], i: int, j: int) -> Iterator[tuple[str, _Range]]:
    """Lines that were replaced, by units: what was and what is of the same one stand beside each other."""
    while old or new:
        unit = old[0][0] if old else new[0][0]
        if old and new and new[0][0] != unit and any(unit == later for later, _ in new):
            unit = new[0][0]
        i2 = old.pop(0)[1] if old and old[0][0] == unit else i
        j2 = new.pop(0)[1] if new and new[0][0] == unit else j
        yield unit, (i, i2, j, j2)
        i, j = i2, j2


def _append(ranges: list[_Range], part: _Range) -> None:
    """Add a range, to the one before it if nothing lies between them."""
    if ranges and (ranges[-1][1], ranges[-1][3]) == (part[0], part[2]):
        part = (ranges[-1][0], part[1], ranges[-1][2], part[3])
        ranges.pop()
    ranges.append(part)


def _blocks(ranges: Sequence[_Range], old: _Side, new: _Side) -> Iterator[Block]:
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
