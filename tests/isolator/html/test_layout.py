"""Where the parts of the graph are drawn."""

from __future__ import annotations

from itertools import pairwise

from isolator.report.html.layout import COLUMNS, GAP, HEIGHT, TOTAL, cut, draw
from isolator.report.html.page import Arrow, Graph, Node


def graph(pairs: list[tuple[str, str, str]]) -> Graph:
    """A graph of polluters, what they leave, and victims."""
    places: dict[tuple[int, str], int] = {}
    for pair in pairs:
        for layer, name in enumerate(pair):
            places.setdefault((layer, name), len(places))
    nodes = tuple(Node(layer, name, "", f"to-{name}", "") for layer, name in places)
    arrows = {
        (places[layer, pair[layer]], places[layer + 1, pair[layer + 1]]): None for pair in pairs for layer in (0, 1)
    }
    return Graph(nodes, tuple(Arrow(start, end, True, "", "") for start, end in arrows))


CROSSED = [("p1", "v2", "t4"), ("p1", "v2", "t5"), ("p2", "v1", "t1"), ("p2", "v1", "t2"), ("p3", "v1", "t3")]


def test_three_columns_without_overlaps() -> None:
    drawing = draw(graph(CROSSED))
    for layer in range(3):
        boxes = sorted((box for box in drawing.boxes if box.node.layer == layer), key=lambda box: box.y)
        assert {box.x for box in boxes} == {COLUMNS[layer]}
        assert all(b.y - a.y >= HEIGHT + GAP for a, b in pairwise(boxes))
        assert all(box.y >= 0 and box.y + HEIGHT <= drawing.height for box in boxes)
        assert all(box.x + box.width <= TOTAL for box in boxes)


def test_what_belongs_together_stands_together() -> None:
    ys = {box.node.label: box.y for box in draw(graph(CROSSED)).boxes}
    assert (ys["v1"] < ys["v2"]) == (ys["t1"] < ys["t4"]) == (ys["p2"] < ys["p1"])
    assert min(ys["t1"], ys["t3"]) <= ys["v1"] <= max(ys["t1"], ys["t3"])


def test_the_same_graph_is_drawn_the_same() -> None:
    assert draw(graph(CROSSED)) == draw(graph(CROSSED))


def test_an_arrow_begins_and_ends_at_its_nodes() -> None:
    drawing = draw(graph([("p", "v", "t")]))
    start, end = drawing.boxes[0], drawing.boxes[1]
    assert drawing.curves[0].path.startswith(f"M{start.x + start.width} {start.y + HEIGHT // 2}C")
    assert drawing.curves[0].path.endswith(f" {end.x - 8} {end.y + HEIGHT // 2}")


def test_a_layer_may_be_empty() -> None:
    assert draw(Graph((Node(0, "p", "", "", ""), Node(1, "v", "", "", "")), (Arrow(0, 1, False, "", ""),))).height > 0


def test_long_names_lose_their_middle() -> None:
    assert cut("test_short", 10) == "test_short"
    assert cut("test_a_very_long_name", 11) == "test_…_name"
    assert cut("a\nb" * 20, 9).count("…") == 1


def test_names_are_cut_as_they_are_shown() -> None:
    (box, *_) = draw(graph([("\n" * 40, "v", "t")])).boxes
    assert "\n" not in box.name
    assert len(box.name) <= 34
