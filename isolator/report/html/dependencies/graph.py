"""The graph of the links: tests that leave something changed, what that is, and the tests that read it.

State with the same arrows is one node, and so are tests that harm nobody, or read without harm. Where it is not known
what a test leaves, its arrow leads to the other test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from isolator.report.html.dependencies.links import Link
from isolator.report.html.dependencies.wrong import POLLUTER, SETTER
from isolator.report.html.page import Arrow, Graph, Node, last_part
from isolator.report.html.rewrites import Rewrites
from isolator.report.rules import code_for

# In a column: of what makes tests fail as many as can be looked at, of all else as many as stay readable.
MOST_STRONG, MOST = 40, 16
POLLUTERS, SHARED, READERS = range(3)
READER = "reader"
_Key = tuple[int, str]


@dataclass
class _Node:
    """A node while it is found out: what it shows, where it leads, and how much speaks for it."""

    anchor: str
    words: dict[str, None] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    strong: int = 0
    weight: int = 0
    left: bool = False


def graph(links: Sequence[Link], rewrites: Rewrites) -> Graph | None:
    """The graph, of the most important nodes in each column; None if there is nothing to draw."""
    nodes: dict[_Key, _Node] = {}
    arrows: dict[tuple[_Key, _Key], Arrow] = {}
    merged = _merged(links)
    for link in sorted(links, key=lambda each: each.role is None):
        path = [merged[key] for key in _keys(link)]
        for own, key in zip(_keys(link), path, strict=True):
            node = nodes.setdefault(key, _Node(_anchor(key, link, rewrites)))
            if key[0] == SHARED and not link.reader and not node.left:  # where it is left changed tells most
                node.anchor, node.left = _anchor(key, link, rewrites), True
            node.names[own[1]] = None
            node.weight += 1
            if link.role is not None or not node.words or key[0] == SHARED:
                node.words[_word(key, link)] = None
        for start, end in pairwise(path):
            told = link.read if end[0] == READERS else link.left
            anchor = nodes[start].anchor if start[0] == POLLUTERS else nodes[end].anchor
            arrows.setdefault((start, end), Arrow(0, 0, link.role is not None, told, anchor))
    return _chosen(nodes, arrows) if arrows else None


def _keys(link: Link) -> list[_Key]:
    """The nodes that a link goes through."""
    return [key for key in enumerate((link.polluter, link.cell, link.reader)) if key[1]]


def _merged(links: Iterable[Link]) -> Mapping[_Key, _Key]:
    """For each node the first of those that have the same arrows, if it is state, or a test that harms nobody."""
    arrows: dict[tuple[_Key, _Key], bool] = {}
    for link in links:
        for pair in pairwise(_keys(link)):
            arrows[pair] = arrows.get(pair, False) or link.role is not None
    keys = dict.fromkeys(key for link in links for key in _keys(link))
    strong = {key for pair, is_strong in arrows.items() if is_strong for key in pair}
    state = _alike(keys, arrows, lambda key: key[0] == SHARED)
    merged = {(state[start], state[end]): is_strong for (start, end), is_strong in arrows.items()}
    tests = _alike(keys, merged, lambda key: key[0] != SHARED and key not in strong)
    return {key: tests[state[key]] for key in keys}


def _alike(
    keys: Iterable[_Key], arrows: Mapping[tuple[_Key, _Key], bool], may_merge: Callable[[_Key], bool]
) -> dict[_Key, _Key]:
    """For each node the first with the same arrows; for those that may not merge themselves."""
    beside: dict[_Key, set[tuple[_Key, bool]]] = {}
    for (start, end), is_strong in arrows.items():
        beside.setdefault(start, set()).add((end, is_strong))
        beside.setdefault(end, set()).add((start, is_strong))
    first: dict[tuple[int, frozenset[tuple[_Key, bool]]], _Key] = {}
    return {
        key: first.setdefault((key[0], frozenset(beside.get(key, ()))), key) if may_merge(key) else key for key in keys
    }


def _word(key: _Key, link: Link) -> str:
    if key[0] == SHARED:
        return link.kind
    if key[0] == READERS:
        return link.role or READER
    return SETTER if link.role == "brittle" else POLLUTER


def _anchor(key: _Key, link: Link, rewrites: Rewrites) -> str:
    """Where a node leads to: the rewrite that fixes it, or where it was seen."""
    layer, name = key
    if layer == SHARED:
        return (rewrites.naming(code_for("cache"), name) if link.kind == "cache" else None) or link.anchor
    return rewrites.of(name) or link.anchor


def _chosen(nodes: dict[_Key, _Node], arrows: dict[tuple[_Key, _Key], Arrow]) -> Graph:
    """The nodes that most speaks for, and the arrows between them."""
    for (start, end), arrow in arrows.items():
        for key in (start, end):
            nodes[key].strong += arrow.strong
    shown: list[_Key] = []
    hidden = [0, 0, 0]
    for layer in (POLLUTERS, SHARED, READERS):
        keys = [key for key in nodes if key[0] == layer]
        best = sorted(keys, key=lambda key: (-nodes[key].strong, -nodes[key].weight))
        strong = sum(nodes[key].strong > 0 for key in keys)
        kept = set(best[: min(MOST_STRONG, max(MOST, strong))])
        shown += [key for key in keys if key in kept]
        hidden[layer] = sum(len(nodes[key].names) for key in keys if key not in kept)
    places = {key: number for number, key in enumerate(shown)}
    drawn = tuple(
        Arrow(places[start], places[end], arrow.strong, arrow.told, arrow.anchor)
        for (start, end), arrow in arrows.items()
        if start in places and end in places
    )
    return Graph(tuple(_node(key[0], nodes[key]) for key in shown), drawn, (hidden[0], hidden[1], hidden[2]))


def _node(layer: int, node: _Node) -> Node:
    """A node as it is shown: tests by their own names, one alone with what it stands in."""
    names, word = tuple(node.names), " and ".join(node.words)
    if layer == SHARED:
        return Node(layer, names, "", node.anchor, word)
    if len(names) > 1:
        return Node(layer, tuple(map(last_part, names)), "", node.anchor, f"{len(names)} {word}s")
    inner = names[0].rpartition("::")[0] if "::" in names[0] else ""
    return Node(layer, (last_part(names[0]),), inner, node.anchor, word)
