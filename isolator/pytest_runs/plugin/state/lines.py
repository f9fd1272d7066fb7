"""The line that leaves something changed: a test is run once more, and looked at before each line of the project.

Only in a run that is made for it, of the tests in question, for tracing slows a test down and takes the place of
what else traces it.
"""

from __future__ import annotations

import re
import sys
from types import FrameType
from typing import Any

from ..frames import PROJECT, Kinds
from .heap import Heap
from .nodes import Node, Path, Probe, differences

Place = tuple[str, int]
_STEP = re.compile(r"\w*(\[[^\]]*\])?")


class Lines:
    """Watches some paths while a test runs. ``wanted`` are the paths by test.

    ``at`` has the line that gave each its latest value, as far as that was one of the project's.
    """

    def __init__(self, kinds: Kinds, wanted: dict[str, list[Path]]) -> None:
        self.kinds, self.wanted = kinds, wanted
        self.at: dict[Path, Place | None] = {}
        self.paths: frozenset[Path] = frozenset()
        self.latest: list[tuple[Node | Probe, Any]] = []
        self.executed: dict[int, int] = {}  # by frame, the line that it is at

    def start(self, test: str, heap: Heap) -> None:
        """A test begins."""
        self.paths, self.at, self.executed = frozenset(self.wanted.get(test, ())), {}, {}
        self.latest = [(node, node.now()) for node in self.holding(heap)]
        if self.latest:
            sys.settrace(self.trace)

    def holding(self, heap: Heap) -> list[Node | Probe]:
        """Those of which the paths are cells; the probes of the process for those that no other has."""
        nodes = [*heap.watched(), *(_filled(each.path, each.live) for each in heap.caches)]
        found = {node: [path for path in self.paths if _is_cell(path, node.path)] for node in nodes if node.path}
        # What another package patches of `sys` may be a cell of the process, too.
        surely = (paths for node, paths in found.items() if isinstance(node, Probe) or not node.foreign)
        others = self.paths.difference(*surely)
        return [node for node in nodes if found.get(node) or (others and not node.path)]

    def stop(self) -> dict[Path, Place | None]:
        """It is over; the lines that were found, by path."""
        if self.latest:
            sys.settrace(None)
            self.look(None)
            self.latest = []
        return self.at

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
        """A line, as it is told."""
        return self.kinds.relative(frame.f_code.co_filename), line

    def look(self, place: Place | None) -> None:
        """Note what has changed since the last look, for which this line is to blame."""
        for number, (node, was) in enumerate(self.latest):
            changed = [path for path, _ in differences(node, was) if path in self.paths]
            if changed:
                self.at |= dict.fromkeys(changed, place)
                self.latest[number] = node, node.now()


def _is_cell(path: Path, node: Path) -> bool:
    """Whether a path is one step from that of a node, or the node's own."""
    return path.startswith(node) and _STEP.fullmatch(path[len(node) :]) is not None


def _filled(path: Path, cache: Any) -> Probe:  # noqa: ANN401
    """How much is in a cache, as what has a path."""
    return Probe(path, lambda: {"": cache.cache_info().currsize}, lambda *_: None)
