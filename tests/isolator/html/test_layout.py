"""Where the parts of the graph are drawn."""

from __future__ import annotations

from itertools import pairwise

from isolator.report.html.dependencies.layout import COLUMNS, GAP, TOTAL, cut, draw, wrapped
from isolator.report.html.page import Arrow, Graph, Node


def graph(pairs: list[tuple[str, str, str]]) -> Graph:
    """A graph of polluters, what they leave, and victims."""
    places: dict[tuple[int, str], int] = {}
    for pair in pairs:
        for layer, name in enumerate(pair):
            places.setdefault((layer, name), len(places))
    nodes = tuple(Node(layer, (name,), "", f"to-{name}", "") for layer, name in places)
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
        assert all(b.y - a.y >= a.height + GAP for a, b in pairwise(boxes))
        assert all(box.y >= 0 and box.y + box.height <= drawing.height for box in boxes)
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
    assert drawing.curves[0].path.startswith(f"M{start.x + start.width} {start.y + start.height // 2}C")
    assert drawing.curves[0].path.endswith(f" {end.x - 8} {end.y + end.height // 2}")


def test_a_layer_may_be_empty() -> None:
    nodes = (Node(0, ("p",), "", "", ""), Node(1, ("v",), "", "", ""))
    assert draw(Graph(nodes, (Arrow(0, 1, False, "", ""),))).height > 0


def test_an_arrow_from_test_to_test_passes_between_what_stands_in_the_middle() -> None:
    nodes = (Node(0, ("p",), "", "", ""), Node(1, ("v",), "", "", ""), Node(2, ("t",), "", "", "victim"))
    drawing = draw(Graph(nodes, (Arrow(0, 1, True, "", ""), Arrow(1, 2, True, "", ""), Arrow(0, 2, True, "", ""))))
    middle = next(box for box in drawing.boxes if box.node.layer == 1)
    way = int(drawing.curves[2].path.split("H")[0].split()[-1])
    assert not middle.y - 2 < way < middle.y + middle.height + 2


def test_long_names_lose_their_middle() -> None:
    assert cut("test_short", 10) == "test_short"
    assert cut("test_a_very_long_name", 11) == "test_…_name"
    assert cut("a\nb" * 20, 9).count("…") == 1


def test_names_are_whole_where_there_is_room_and_broken_at_their_joints() -> None:
    name = "test_default_secret_key_in_development_is_generated[production]"
    (box, *_) = draw(graph([(name, "v", "t")])).boxes
    assert box.names == ("test_default_secret_key_in_development_is_", "generated[production]")
    assert [text for _, _, text in box.texts] == ["", *box.names]
    assert wrapped("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
    assert wrapped("core.config.Config._instance", 12) == ("core.config.", "Config._", "instance")
    assert "".join(wrapped("ab_" * 40, 10, 2)).count("…") == 1


def test_names_are_broken_as_they_are_shown() -> None:
    (box, *_) = draw(graph([("\n" * 400, "v", "t")])).boxes
    assert not any("\n" in line for line in box.names)
    assert len(box.names) == 4


def test_of_very_many_names_some_are_shown() -> None:
    many = Node(1, tuple(f"V{n}" for n in range(9)), "", "", "variable")
    drawing = draw(Graph((Node(0, ("p",), "", "", ""), many), (Arrow(0, 1, False, "", ""),)))
    assert drawing.boxes[1].names == ("V0", "V1", "V2", "V3", "V4", "V5", "and 3 more")
