"""The line that leaves something changed: a test is run once more, and looked at before each line of the project.

Only in a run that is made for it, of the tests in question, for tracing slows a test down and takes the place of
what else traces it.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from ..frames import PROJECT, Kinds
from .heap import Heap
from .nodes import MISSING, Node, Path, Probe, differences, is_equal

Place = tuple[str, int]
_MOST = 200_000  # looks at what is watched, in one test
_LONG = 5.0  # seconds that a test is traced at most
_OFTEN = 1_000  # looks, after which it is asked for the time
_now = time.perf_counter  # a test may replace it
_STEP = re.compile(r"[^.\[]*(\[[^\]]*\])?")


class Lines:
    """Watches some paths while a test runs. ``wanted`` are the paths by test.

    ``at`` has the line that gave each its latest value, if that was one of the project's.
    """

    def __init__(self, kinds: Kinds, wanted: dict[str, list[Path]]) -> None:
        self.kinds, self.wanted = kinds, wanted
        self.at: dict[Path, Place | None] = {}
        self.paths: frozenset[Path] = frozenset()
        self.latest: list[_Name | _Whole] = []
        self.executed: dict[int, int] = {}  # by frame, the line that it is at
        self.looks, self.until = 0, 0.0

    def start(self, test: str, heap: Heap) -> None:
        """A test begins."""
        self.paths, self.at, self.executed = frozenset(self.wanted.get(test, ())), {}, {}
        self.looks, self.until = 0, _now() + _LONG
        self.latest = [*self.holding(heap)]
        if self.latest:
            sys.settrace(self.trace)

    def holding(self, heap: Heap) -> Iterator[_Name | _Whole]:
        """What the paths are cells of; the probes of the process for those that nothing else has."""
        nodes = [*heap.watched(), *(_filled(each.path, each.live) for each in heap.walk.caches)]
        found = {node: [path for path in self.paths if _is_cell(path, node.path)] for node in nodes if node.path}
        # What another package patches of `sys` may be a cell of the process, too.
        surely = (paths for node, paths in found.items() if isinstance(node, Probe) or not node.foreign)
        others = self.paths.difference(*surely)
        for node in nodes:
            if isinstance(node, Node) and node.spaced:
                yield from (_Name(path, node) for path in found.get(node, ()))
            elif found.get(node) or (others and not node.path):
                yield _Whole(self.paths, node)

    def stop(self) -> dict[Path, Place | None]:
        """It is over; the lines that were found, by path."""
        if self.latest:
            sys.settrace(None)
            self.look(None)
            self.latest = []
        return {path: place and (self.kinds.relative(place[0]), place[1]) for path, place in self.at.items()}

    def trace(self, frame: FrameType, *_: object) -> Any:  # noqa: ANN401
        """A function is called: what is different now has been changed by the line of the project that called."""
        if self.kinds[frame.f_code.co_filename] not in PROJECT:
            return None
        caller = frame.f_back
        while caller is not None and self.kinds[caller.f_code.co_filename] not in PROJECT:
            caller = caller.f_back
        self.look(None if caller is None else self.place(caller, caller.f_lineno))
        return self.trace_lines

    def trace_lines(self, frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401
        """A line of the project begins, or its function ends: the line before has been executed."""
        known = id(frame)
        if event == "line":
            before = self.executed.get(known)
            self.look(None if before is None else self.place(frame, before))
            self.executed[known] = frame.f_lineno
        elif event == "return":
            self.look(self.place(frame, self.executed.pop(known, frame.f_lineno)))
        return self.trace_lines

    def place(self, frame: FrameType, line: int) -> Place:
        """A line, by the name that its code has for the file."""
        return frame.f_code.co_filename, line

    def look(self, place: Place | None) -> None:
        """Note what has changed since the last look, for which this line is to blame.

        After very many looks, as in a loop, or some seconds that is given up: it would take too long.
        """
        self.looks += 1
        if self.looks == _MOST or (self.looks % _OFTEN == 0 and _now() > self.until):
            sys.settrace(None)
        for watched in self.latest:
            for path in watched.changed():
                self.at[path] = place


class _Name:
    """A name in a namespace, of which the value is all that has to be looked at."""

    def __init__(self, path: Path, node: Node) -> None:
        self.path, self.live, self.name = path, node.live, path[len(node.path) :]
        self.was = self.live.get(self.name, MISSING)

    def changed(self) -> list[Path]:
        """The path, if it is different from the last time."""
        now = self.live.get(self.name, MISSING)
        was, self.was = self.was, now
        return [] if is_equal(was, now) else [self.path]


class _Whole:
    """A container, or cells of the process, of which all is looked at."""

    def __init__(self, paths: frozenset[Path], node: Node | Probe) -> None:
        self.paths, self.node, self.was = paths, node, node.now()

    def changed(self) -> list[Path]:
        """The paths that are different from the last time."""
        found = [path for path, _ in differences(self.node, self.was) if path in self.paths]
        if found:
            self.was = self.node.now()
        return found


def _is_cell(path: Path, node: Path) -> bool:
    """Whether a path is one step from that of a node, or the node's own."""
    return path.startswith(node) and _STEP.fullmatch(path[len(node) :]) is not None


def _filled(path: Path, cache: Any) -> Probe:  # noqa: ANN401
    """How much is in a cache, as what has a path."""
    return Probe(path, lambda: {"": cache.cache_info().misses}, lambda *_: None)
