"""What was seen, as entries with a place in a file, and as a graph: polluters, what they leave, and who reads it.

A reader that has another outcome for what it reads is a victim, or brittle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from isolator.evidence.dependence import first_reads, roles
from isolator.evidence.model import Cache, Edge, Evidence, Leak
from isolator.pytest_runs.model import Confirmation
from isolator.repair.blame import owner
from isolator.repair.causes.inherited import explanation
from isolator.report.html.material import Material
from isolator.report.html.page import Arrow, Evident, Graph, Node, last_part
from isolator.report.html.rewrites import Rewrites
from isolator.report.rules import code_for
from isolator.system.visible import count

MOST_NODES = 16  # in a layer: more of them are a tangle, and no picture
MOST_ENTRIES = 500
POLLUTERS, SHARED, READERS = range(3)
_PHASES = {"setup": "in its set-up", "call": "", "teardown": "in its tear-down", "collection": "while it was imported"}


@dataclass
class _Node:
    """A node while it is found out: its key, what it shows, its anchor, and how much speaks for showing it."""

    layer: int
    key: str
    mark: str
    anchor: str
    strong: int = 0
    weight: int = 0


@dataclass
class Seen:
    """The entries, in their order, and the graph that they amount to."""

    entries: list[Evident] = field(default_factory=list)
    graph: Graph | None = None
    hidden: int = 0
    unexplained: int = 0


def seen(material: Material, rewrites: Rewrites) -> Seen:
    """What evidence and the bisection show."""
    builder = _Builder(material, rewrites)
    builder.collect()
    hidden = max(0, len(builder.entries) - MOST_ENTRIES)
    return Seen(builder.entries[:MOST_ENTRIES], builder.graph(), hidden, len(builder.unexplained))


class _Builder:
    def __init__(self, material: Material, rewrites: Rewrites) -> None:
        self.entries: list[Evident] = []
        self.unexplained: list[str] = []
        self._material, self._rewrites = material, rewrites
        self._evidence = material.evidence or Evidence()
        self._nodes: dict[tuple[int, str], _Node] = {}
        self._arrows: dict[tuple[tuple[int, str], tuple[int, str]], Arrow] = {}
        self._roles = roles(self._evidence)

    def collect(self) -> None:
        """Find the entries, the nodes and the arrows."""
        for leak in self._evidence.leaks:
            self._leak(leak)
        for edge in first_reads(self._evidence):
            self._edge(edge)
        for cache in self._evidence.caches:
            self._cache(cache)
        for each in self._evidence.inherited:
            self._enter("victim", each.test, f"fails {explanation(each.variables)}", None, None)
        for _, confirmation in self._material.sides:
            self._bisected(confirmation)
        for _, confirmation in self._material.sides:
            self._unexplained(confirmation)

    def graph(self) -> Graph | None:
        """The graph, of at most ``MOST_NODES`` in a layer: those that most speaks for. None if there is no node."""
        if not self._arrows:
            return None
        for (start, end), arrow in self._arrows.items():
            for key in (start, end):
                self._nodes[key].weight += 1
                self._nodes[key].strong += arrow.strong
        shown: list[_Node] = []
        hidden = [0, 0, 0]
        for layer in range(3):
            found = [node for node in self._nodes.values() if node.layer == layer]
            best = sorted(found, key=lambda node: (-node.strong, -node.weight))[:MOST_NODES]
            shown += [node for node in found if node in best]
            hidden[layer] = len(found) - len(best)
        places = {(node.layer, node.key): number for number, node in enumerate(shown)}
        arrows = [
            Arrow(places[start], places[end], arrow.strong, arrow.told, arrow.anchor)
            for (start, end), arrow in self._arrows.items()
            if start in places and end in places
        ]
        nodes = (Node(node.layer, *_named(node), node.anchor, node.mark) for node in shown)
        return Graph(tuple(nodes), tuple(arrows), (hidden[0], hidden[1], hidden[2]))

    def _leak(self, leak: Leak) -> None:
        how = f"leaves {leak.variable} {'set' if leak.state == 'set' else 'removed'}"
        when = _PHASES[leak.phase]
        where = f", in {leak.function}" if leak.function and leak.function != last_part(leak.test) else ""
        told = f"{how} {when}".rstrip() + where
        anchor = self._enter("polluter", leak.test, told, leak.file, leak.line)
        polluter = self._node(POLLUTERS, leak.test, "", self._rewrite(leak.test) or anchor)
        variable = self._node(SHARED, leak.variable, "variable", anchor)
        self._arrow(polluter, variable, False, f"{leak.test} {told}", self._rewrite(leak.test) or anchor)

    def _edge(self, edge: Edge) -> None:
        role = self._roles.get((edge.polluter, edge.reader, edge.variable))
        strong = role is not None
        ends = ", and has another outcome for it" if strong else ", and ends the same"
        told = f"reads {edge.variable} after {edge.polluter}{ends}"
        anchor = self._enter(role or "reader", edge.reader, told, edge.file, edge.line)
        polluter = self._node(POLLUTERS, edge.polluter, "", self._rewrite(edge.polluter) or anchor)
        variable = self._node(SHARED, edge.variable, "variable", anchor)
        reader = self._node(READERS, edge.reader, role or "reads it", self._rewrite(edge.reader) or anchor)
        if role is not None:
            self._nodes[reader].mark = role
        leaves = f"{edge.polluter} leaves {edge.variable} changed"
        self._arrow(polluter, variable, strong, leaves, self._rewrite(edge.polluter) or anchor)
        self._arrow(variable, reader, strong, f"{edge.reader} {told}", self._rewrite(edge.reader) or anchor)

    def _cache(self, cache: Cache) -> None:
        variables = ", ".join(cache.variables) or "the whole environment"
        by = count(len(cache.tests), "test") if cache.tests else "an import"
        told = f"is filled by {by} from {variables}, and kept"
        anchor = self._enter("cache", cache.object, told, cache.file, cache.line)
        rewrite = self._rewrites.naming(code_for("cache"), cache.object)
        for test in cache.tests:
            polluter = self._node(POLLUTERS, test, "", self._rewrite(test) or anchor)
            node = self._node(SHARED, cache.object, "cache", rewrite or anchor)
            self._arrow(polluter, node, False, f"{test} fills {cache.object}", rewrite or anchor)

    def _bisected(self, confirmation: Confirmation) -> None:
        """Which test depends on which, by the shortest commands; on what state, if only one is possible."""
        for name, test in confirmation.tests.items():
            if test.partner is None or any(reader == name for (_, reader) in self._through(test.partner)):
                continue
            filled = [c.object for c in self._evidence.caches if test.partner in c.tests]
            left = [leak.variable for leak in self._evidence.leaks if leak.test == test.partner]
            by = filled if filled and not left else left if len(left) == 1 and not filled else []
            how = "fails after" if test.role != "brittle" else "passes only after"
            told = f"{how} {test.partner}: found by running these two alone"
            anchor = self._enter(test.role or "victim", name, told, None, None)
            polluter = self._node(POLLUTERS, test.partner, "", self._rewrite(test.partner) or anchor)
            reader = self._node(READERS, name, test.role or "victim", self._rewrite(name) or anchor)
            for shared in by or [test.partner]:
                kind = ("cache" if filled else "variable") if by else "unseen"
                node = self._node(SHARED, shared, kind, anchor)
                self._arrow(polluter, node, True, f"{name} {told}", self._rewrite(test.partner) or anchor)
                self._arrow(node, reader, True, f"{name} {told}", self._rewrite(name) or anchor)

    def _unexplained(self, confirmation: Confirmation) -> None:
        """Tests that depend on the order, and nobody knows on what state: they are said, too."""
        explained = {end for (_, end), arrow in self._arrows.items() if arrow.strong}
        for name, test in confirmation.tests.items():
            known = (READERS, name) in explained or name in self.unexplained
            if test.verdict == "order-dependent" and not known:
                self.unexplained.append(name)
                on = "several tests together" if test.commands else "what was not seen"
                self._enter(test.role or "victim", name, f"depends on the order; on {on}", None, None)

    def _through(self, polluter: str) -> Iterator[tuple[str, str]]:
        """What is shared with whom, of what a test leaves, where that is why a test has another outcome."""
        for edge in self._evidence.edges:
            if edge.polluter == polluter and (polluter, edge.reader, edge.variable) in self._roles:
                yield edge.variable, edge.reader

    def _enter(self, kind: str, subject: str, sentence: str, file: str | None, line: int | None) -> str:
        anchor = f"seen-{len(self.entries) + 1}"
        place = "" if file is None else f"{file}:{line}"
        self.entries.append(Evident(anchor, kind, subject, sentence, place))
        return anchor

    def _node(self, layer: int, key: str, mark: str, anchor: str) -> tuple[int, str]:
        self._nodes.setdefault((layer, key), _Node(layer, key, mark, anchor))
        return layer, key

    def _arrow(self, start: tuple[int, str], end: tuple[int, str], strong: bool, told: str, anchor: str) -> None:
        known = self._arrows.get((start, end))
        if known is None or (strong and not known.strong):
            self._arrows[start, end] = Arrow(0, 0, strong, told, anchor)

    def _rewrite(self, test: str) -> str | None:
        """Where the rewrite of a test is shown."""
        return self._rewrites.anchors.get(owner(test, self._material.project))


def _named(node: _Node) -> tuple[str, str]:
    """What a node is called, and what stands below it in small letters after its mark."""
    if node.mark == "unseen":
        return "not seen", ""
    if node.layer == SHARED:
        return node.key, ""
    inner = node.key.rpartition("::")[0] if "::" in node.key else ""
    return last_part(node.key), inner
