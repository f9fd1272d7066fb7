"""What the gate watches beside the environment: modules' state, cells of the process, loggers and files."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

from isolator.gate.foreign import is_made_by_libraries
from isolator.gate.seen import Left, Place, Seen
from isolator.pytest_runs.plugin.frames import writer
from isolator.pytest_runs.plugin.state.files import EVENTS, Files
from isolator.pytest_runs.plugin.state.heap import Change, Heap, Told
from isolator.pytest_runs.plugin.state.nodes import Probe
from isolator.pytest_runs.plugin.state.process import is_set_by_plugins, probes
from isolator.pytest_runs.plugin.watch import CALLER

SHARE = 0.05  # of the time of the whole run, which looks at the heap may take
MOVES = "os.chdir"
_TEMPORARY = os.path.join(os.path.realpath(tempfile.gettempdir()), "")  # noqa: PTH118
_CWD = "os.getcwd()"
_now = time.process_time  # a test may replace it by a mock

_Copies = tuple[Any, Any, Any]


class State:
    """Watches the state of one process, of the ``wanted`` kinds only.

    A look at the heap of a large project takes longer than a very short test. So that the whole costs little it takes
    no more than a share of the time: among very many such tests several are looked at together. ``exact``: there is a
    look after each one, as it does from the first finding on, to know which test made the change.
    """

    def __init__(self, watch: Seen, wanted: frozenset[str], *, exact: bool) -> None:
        kinds = watch.kinds
        self.watch, self.wanted, self.exact = watch, wanted, exact
        self.heap = Heap(kinds, None, probing=tuple) if "heap" in wanted else None
        self.process = Heap(kinds, None, namespaces=False, probing=_probes) if wanted & {"process", "loggers"} else None
        self.files = Files(kinds) if "files" in wanted else None
        self.fresh: list[Probe] = []  # what is looked at once more when a test begins
        self.moved: Place | None = None
        self.pending: list[str] = []  # tests that are over, after which the heap has not been looked at yet
        self.last = False  # whether no test comes after this one
        self.cost, self.spent = 0.0, 0.0  # seconds that a look takes, and that all looks have taken
        self.early: list[Left] = []  # what was found before a test was over
        self.copies: list[_Copies] = []

    @property
    def events(self) -> tuple[str, ...]:
        """The audit events that ``happens`` needs."""
        return (*(EVENTS if self.files is not None else ()), *((MOVES,) if self.process is not None else ()))

    def happens(self, event: str, args: tuple[Any, ...]) -> None:
        """The working directory is about to be changed, or something on disk."""
        if event == MOVES:
            place, _ = writer(self.watch.kinds, sys._getframe(CALLER))
            self.moved = place and (self.watch.kinds.relative(place[0]), place[1])
        elif self.files is not None:
            paths = self.files.written(event, args)
            if paths:
                place, own = writer(self.watch.kinds, sys._getframe(CALLER))
                self.files.touch(event, paths, place, own=own)

    # Tests

    def collected(self) -> None:
        """The first test is about to begin."""
        for heap in self.heaps():
            heap.look()
        if self.process is not None:
            self.fresh = [each for each in self.process.probes if is_set_by_plugins(each)]

    def started(self) -> None:
        """A test begins: what plugins have set for it, as a timeout does, is not its own change."""
        for probe in self.fresh:
            if not probe.is_as_held():
                probe.held = probe.now()
        if self.files is not None:
            self.files.changed()
        self.moved = None

    def ended(self, test: str) -> list[Left]:
        """A test is over, and its fixtures too: what it leaves changed."""
        found, self.early = self.early, []
        if self.process is not None and not self.process.same():
            found += self.left(test, self.process.changed().items())
        if self.heap is not None:
            self.pending.append(test)
            if self.exact or self.last or self.spent + self.cost <= SHARE * _now():
                found += self.look()
        if self.files is not None:
            for path, (place, again) in self.files.changed().items():
                if not again and is_fixed(path):
                    found.append(Left(test, in_any_run(path), "files", place))
        return found

    def look(self) -> list[Left]:
        """What the tests leave changed on the heap that are over."""
        assert self.heap is not None
        began, tests, self.pending = _now(), tuple(self.pending), []
        changed = self.heap.changed()
        found = self.left(tests[-1], changed.items(), tests if len(tests) > 1 else ())
        if not changed:
            took = _now() - began
            self.spent += took
            self.cost = min(took, self.cost or took)
        self.exact = self.exact or bool(found)
        return found

    def left(self, test: str, told: Iterable[tuple[str, Told]], suspects: tuple[str, ...] = ()) -> list[Left]:
        """What of this is the work of a test, and of a kind that is asked for."""
        # That another object holds the same now is not a leak by itself; an experiment may still need it.
        kept = (each for each in told if not (each[1].again or each[1].alike or each[1].kind == "cache"))
        wanted = ((path, each.change) for path, each in kept)
        return [*self.those(test, wanted, suspects)]

    def those(
        self, test: str, changes: Iterable[tuple[str, Change | None]], suspects: tuple[str, ...] = ()
    ) -> Iterator[Left]:
        """The changes that no library made, and whose kind was asked for."""
        for path, change in changes:
            kind = self.kind_of(path, change)
            if kind in self.wanted and not (
                change is not None and is_made_by_libraries(path, change, self.watch.kinds)
            ):
                yield Left(test, path, kind, self.moved if path == _CWD else None, suspects=suspects)

    def kind_of(self, path: str, change: Change | None) -> str:
        """Of which kind a cell is."""
        if change is None or self.process is None or change.node not in self.process.probes:
            return "heap"
        return "loggers" if path.startswith("logging.") else "process"

    def heaps(self) -> list[Heap]:
        """What is looked at by what it holds."""
        return [each for each in (self.heap, self.process) if each is not None]

    # Fixtures of wider scopes

    def setting_up(self) -> None:
        """One is about to be set up: what tests changed before it is not its own change."""
        looked = bool(self.pending)
        if looked:
            self.early += self.look()
        began = _now()
        # What has just been looked at is as it was then.
        heap = self.heap.copies() if self.heap is not None and not looked else None
        process, files = (each and each.copies() for each in (self.process, self.files))
        self.copies.append((heap, process, files))
        self.spent += _now() - began

    def set_up(self, fixture: int) -> None:
        """It has been."""
        copies, began = self.copies.pop(), _now()
        for part, copy in zip((self.heap, self.process, self.files), copies, strict=True):
            if part is not None:
                part.enter_scope(fixture, copy)
        if not self.copies and self.heap is not None and self.heap.scoped[fixture]:
            self.heap.entered()
        self.spent += _now() - began

    def torn_down(self, fixture: int, owner: str) -> list[Left]:
        """It has been torn down: what it leaves changed itself."""
        changes = {path: each for heap in self.heaps() for path, each in heap.leave_scope(fixture).items()}
        found = [*self.those(owner, changes.items())]
        if self.files is not None:
            made = self.files.leave_scope(fixture)
            found += [Left(owner, in_any_run(path), "files", place) for path, place in made.items() if is_fixed(path)]
        return found


def _probes() -> Iterator[Probe]:
    return probes(thorough=False, threads=False)


def in_any_run(path: str) -> str:
    """A file in the folder of temporary ones without the number of a process in its name."""
    return re.sub(r"\d{3,}", "N", path) if path.startswith(_TEMPORARY) else path


def is_fixed(path: str) -> bool:
    """Whether other tests may find a file there: not in a temporary folder, or where libraries keep their own."""
    return not path.startswith(("…", "~/."))
