"""Where the parts of the graph are drawn: three columns, with few crossings; the same for the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from isolator.report.html.page import Arrow, Graph, Node
from isolator.report.html.visible import visible

WIDTH, HEIGHT, GAP = 270, 44, 14
COLUMNS = (8, 400, 712)
TOTAL = 990
_SHARED_WIDTH = 190
_STEP = HEIGHT + GAP
_SWEEPS = 4
_LETTERS = {WIDTH: (34, 41), _SHARED_WIDTH: (23, 28)}  # of its name and its detail that a node has room for


@dataclass(frozen=True)
class Box:
    """A node and its place, in the units of the drawing; ``name`` and ``detail`` are cut to what there is room for."""

    node: Node
    x: int
    y: int
    width: int
    name: str
    detail: str


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


def draw(graph: Graph) -> Drawing:
    """Lay the graph out."""
    beside = _beside(graph)
    layers = _ordered(graph, beside)
    height = max(map(len, layers)) * _STEP + GAP
    heights = _heights(layers, beside, height)
    boxes = {number: _box(graph.nodes[number], heights[number]) for numbers in layers for number in numbers}
    curves = tuple(Curve(arrow, _path(boxes[arrow.start], boxes[arrow.end])) for arrow in graph.arrows)
    return Drawing(tuple(boxes.values()), curves, height)


def cut(text: str, room: int) -> str:
    """The text, without its middle if it is too long: a name's beginning and end tell most."""
    if len(text) <= room:
        return text
    head = (room - 1) // 2
    return f"{text[:head]}…{text[head + 1 - room :]}"


def _box(node: Node, y: int) -> Box:
    width = _SHARED_WIDTH if node.layer == 1 else WIDTH
    name, detail = _LETTERS[width]
    return Box(node, COLUMNS[node.layer], y, width, _fit(node.label, name), _fit(_below(node), detail))


def _below(node: Node) -> str:
    """What stands below the name of a node: what it is, and where."""
    return ", ".join(filter(None, (node.mark, node.detail)))


def _fit(text: str, room: int) -> str:
    return cut(visible(text), room)


def _beside(graph: Graph) -> dict[int, list[int]]:
    """The nodes that each has to do with."""
    beside: dict[int, list[int]] = {number: [] for number in range(len(graph.nodes))}
    for arrow in graph.arrows:
        beside[arrow.start].append(arrow.end)
        beside[arrow.end].append(arrow.start)
    return beside


def _ordered(graph: Graph, beside: dict[int, list[int]]) -> list[list[int]]:
    """The nodes of each layer, each near those that it has to do with: the mean of their places, back and forth."""
    layers = [[n for n, node in enumerate(graph.nodes) if node.layer == layer] for layer in range(3)]
    for sweep in range(_SWEEPS):
        there = (1, 2) if sweep % 2 == 0 else (1, 0)
        for layer in there:
            near = layers[layer - 1 if sweep % 2 == 0 else layer + 1]
            places = {number: place for place, number in enumerate(near)}
            layers[layer] = _sorted(layers[layer], beside, places)
    return layers


def _sorted(numbers: Sequence[int], beside: dict[int, list[int]], places: dict[int, int]) -> list[int]:
    def mean(item: tuple[int, int]) -> tuple[float, int]:
        place, number = item
        found = [places[other] for other in beside[number] if other in places]
        return (sum(found) / len(found) if found else place, place)

    return [number for _, number in sorted(enumerate(numbers), key=mean)]


def _heights(layers: Sequence[Sequence[int]], beside: dict[int, list[int]], height: int) -> dict[int, int]:
    """How far down each node is: those of the fullest layer evenly, the others beside what they have to do with."""
    fullest = max(range(3), key=lambda layer: len(layers[layer]))
    ys = {number: GAP // 2 + place * _STEP for place, number in enumerate(layers[fullest])}
    for layer in sorted(set(range(3)) - {fullest}, key=lambda layer: abs(layer - fullest)):
        numbers = layers[layer]
        wanted = [_mean([ys[other] for other in beside[number] if other in ys]) for number in numbers]
        top = 0
        for place, each in enumerate(wanted):
            wanted[place] = top = max(each, top)
            top += _STEP
        bottom = height - _STEP
        for place in reversed(range(len(wanted))):
            wanted[place] = bottom = min(wanted[place], bottom)
            bottom -= _STEP
        ys |= dict(zip(numbers, wanted, strict=True))
    return ys


def _mean(values: Sequence[int]) -> int:
    return sum(values) // len(values) if values else 0


def _path(start: Box, end: Box) -> str:
    x1, y1 = start.x + start.width, start.y + HEIGHT // 2
    x2, y2 = end.x - 8, end.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
