"""Where the parts of the graph are drawn: three columns, with few crossings; the same for the same graph.

A polluter is a sign that points to the right, what it leaves a pill, a test that fails for it a stone with its corners
cut off, one that only reads a plain box. Each has its word on top; names are broken into lines where they are long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from isolator.report.html.page import Arrow, Graph, Node
from isolator.report.html.visible import visible

GAP = 14
COLUMNS, WIDTHS = (8, 468, 838), (380, 290, 340)
TOTAL = 1186
WORD, NAME, DETAIL = 14, 16, 13  # the heights of lines
INSIDE = 12  # from the left edge of a box to its lines
_ABOVE, _BELOW = 5, 9
_POINT, _ROUND, _CORNER = 14, 18, 10
_NAME_WIDTH, _DETAIL_WIDTH = 7.3, 6.1  # of a letter
_MOST_LINES, _MOST_NAMES = 4, 6
_PASSAGE = 6  # the height of what an arrow needs to get through the middle column
_SWEEPS = 4
_PIECES = re.compile(r"\[?[^_./:\[\], -]*[_./:\], -]*")


@dataclass(frozen=True)
class Box:
    """A node and its place, in the units of the drawing, with its lines; ``outline`` is its shape as SVG has it."""

    node: Node
    x: int
    y: int
    width: int
    height: int
    names: tuple[str, ...]
    details: tuple[str, ...]
    outline: str

    @property
    def texts(self) -> list[tuple[str, int, str]]:
        """The lines, each with the class of its style, how far down it stands, and its text."""
        y = self.y + _ABOVE
        found = []
        for style, step, lines in (
            ("word", WORD, (self.node.word,)),
            ("name", NAME, self.names),
            ("detail", DETAIL, self.details),
        ):
            for line in lines:
                y += step
                found.append((style, y, line))
        return found


@dataclass(frozen=True)
class Curve:
    """An arrow, and its path as SVG has it."""

    arrow: Arrow
    path: str


@dataclass(frozen=True)
class Drawing:
    """All of it, and how high it is; it is ``TOTAL`` wide."""

    boxes: tuple[Box, ...]
    curves: tuple[Curve, ...]
    height: int


@dataclass(frozen=True)
class _Item:
    """What takes up room in a column: a node, or an arrow that passes through it."""

    layer: int
    height: int
    names: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def draw(graph: Graph) -> Drawing:
    """Lay the graph out."""
    items = [_item(node) for node in graph.nodes]
    passages: dict[int, int] = {}
    beside: dict[int, list[int]] = {number: [] for number in range(len(items))}
    for number, arrow in enumerate(graph.arrows):
        through = [arrow.start, arrow.end]
        if graph.nodes[arrow.end].layer - graph.nodes[arrow.start].layer > 1:
            passages[number] = len(items)
            through.insert(1, len(items))
            beside[len(items)] = []
            items.append(_Item(1, _PASSAGE))
        for one, other in pairwise(through):
            beside[one].append(other)
            beside[other].append(one)
    layers = _ordered(items, beside)
    height = max(sum(items[n].height + GAP for n in numbers) for numbers in layers)
    tops = _tops(layers, items, beside, height)
    boxes = [_box(node, items[number], tops[number]) for number, node in enumerate(graph.nodes)]
    curves = []
    for number, arrow in enumerate(graph.arrows):
        start, end = boxes[arrow.start], boxes[arrow.end]
        way = tops[passages[number]] + _PASSAGE // 2 if number in passages else None
        curves.append(Curve(arrow, _path(start, end, way)))
    drawn = (boxes[number] for numbers in layers for number in numbers if number < len(boxes))
    return Drawing(tuple(drawn), tuple(curves), height)


def cut(text: str, room: int) -> str:
    """The text, without its middle if it is too long: a name's beginning and end tell most."""
    if len(text) <= room:
        return text
    head = (room - 1) // 2
    return f"{text[:head]}…{text[head + 1 - room :]}"


def wrapped(text: str, room: int, most: int = _MOST_LINES) -> tuple[str, ...]:
    """The text in lines, broken where a name has a joint; what does not even fit into so many loses its middle."""
    lines = [""]
    for piece in _PIECES.findall(text):
        while len(lines[-1]) + len(piece) > room:
            if not lines[-1]:
                lines[-1], piece = piece[:room], piece[room:]
            lines.append("")
        lines[-1] += piece
    lines = [line for line in lines if line]
    if len(lines) <= most:
        return tuple(lines)
    whole = cut(text, room * most)
    return tuple(whole[start : start + room] for start in range(0, len(whole), room))


def _item(node: Node) -> _Item:
    room = WIDTHS[node.layer] - 2 * INSIDE - (_POINT if node.layer == 0 else 0)
    shown = node.names[: _MOST_NAMES if len(node.names) > _MOST_NAMES + 1 else None]
    names = [line for name in shown for line in wrapped(visible(name), int(room / _NAME_WIDTH))]
    more = len(node.names) - len(shown)
    names += [f"and {more} more"] if more else []
    details = wrapped(visible(node.detail), int(room / _DETAIL_WIDTH)) if node.detail else ()
    height = _ABOVE + WORD + NAME * len(names) + DETAIL * len(details) + _BELOW
    return _Item(node.layer, height, tuple(names), details)


def _box(node: Node, item: _Item, y: int) -> Box:
    x, width = COLUMNS[node.layer], WIDTHS[node.layer]
    outline = _outline(node, x, y, width, item.height)
    return Box(node, x, y, width, item.height, item.names, item.details, outline)


def _outline(node: Node, x: int, y: int, width: int, height: int) -> str:
    right, low = x + width, y + height
    if node.layer == 0:
        edge = right - _POINT
        return f"M{x} {y}H{edge}L{right} {y + height // 2}L{edge} {low}H{x}Z"
    if node.layer == 1:
        r = _ROUND
        turn = f"A{r} {r} 0 0 1 "
        sides = (f"{right} {y + r}V{low - r}", f"{right - r} {low}H{x + r}", f"{x} {low - r}V{y + r}", f"{x + r} {y}Z")
        return f"M{x + r} {y}H{right - r}" + "".join(turn + side for side in sides)
    c = _CORNER if node.word in ("victim", "brittle") else 0
    return (
        f"M{x + c} {y}H{right - c}L{right} {y + c}V{low - c}L{right - c} {low}H{x + c}L{x} {low - c}V{y + c}Z"
        if c
        else f"M{x} {y}H{right}V{low}H{x}Z"
    )


def _ordered(items: Sequence[_Item], beside: Mapping[int, list[int]]) -> list[list[int]]:
    """The items of each layer, each near those that it has to do with: the mean of their places, back and forth."""
    layers = [[n for n, item in enumerate(items) if item.layer == layer] for layer in range(3)]
    for sweep in range(_SWEEPS):
        there = (1, 2) if sweep % 2 == 0 else (1, 0)
        for layer in there:
            near = layers[layer - 1 if sweep % 2 == 0 else layer + 1]
            places = {number: place for place, number in enumerate(near)}
            layers[layer] = _sorted(layers[layer], beside, places)
    return layers


def _sorted(numbers: Sequence[int], beside: Mapping[int, list[int]], places: Mapping[int, int]) -> list[int]:
    def mean(item: tuple[int, int]) -> tuple[float, int]:
        place, number = item
        found = [places[other] for other in beside[number] if other in places]
        return (sum(found) / len(found) if found else place, place)

    return [number for _, number in sorted(enumerate(numbers), key=mean)]


def _tops(
    layers: Sequence[Sequence[int]], items: Sequence[_Item], beside: Mapping[int, list[int]], height: int
) -> dict[int, int]:
    """How far down each item is: those of the fullest layer evenly, the others beside what they have to do with."""
    fullest = max(range(3), key=lambda layer: sum(items[n].height + GAP for n in layers[layer]))
    tops: dict[int, int] = {}
    y = GAP // 2
    for number in layers[fullest]:
        tops[number] = y
        y += items[number].height + GAP
    for layer in sorted(set(range(3)) - {fullest}, key=lambda layer: abs(layer - fullest)):
        numbers = layers[layer]
        wanted = [
            _mean(tops[other] + items[other].height // 2 for other in beside[number] if other in tops)
            - items[number].height // 2
            for number in numbers
        ]
        top = GAP // 2
        for place, number in enumerate(numbers):
            wanted[place] = max(wanted[place], top)
            top = wanted[place] + items[number].height + GAP
        bottom = height - GAP // 2
        for place in reversed(range(len(numbers))):
            wanted[place] = min(wanted[place], bottom - items[numbers[place]].height)
            bottom = wanted[place] - GAP
        tops |= dict(zip(numbers, wanted, strict=True))
    return tops


def _mean(values: Iterable[int]) -> int:
    found = list(values)
    return sum(found) // len(found) if found else 0


def _path(start: Box, end: Box, way: int | None) -> str:
    x1, y1 = start.x + start.width, start.y + start.height // 2
    x2, y2 = end.x - 8, end.y + end.height // 2
    if way is None:
        return f"M{x1} {y1}{_curve(x1, y1, x2, y2)}"
    left, right = COLUMNS[1], COLUMNS[1] + WIDTHS[1]
    return f"M{x1} {y1}{_curve(x1, y1, left, way)}H{right}{_curve(right, way, x2, y2)}"


def _curve(x1: int, y1: int, x2: int, y2: int) -> str:
    middle = (x1 + x2) // 2
    return f"C{middle} {y1} {middle} {y2} {x2} {y2}"
