"""What tests leave changed: on the heap, in the process and on disk, told when each is over.

``Watcher`` tells it which test runs; pytest tells it of fixtures of wider scopes, which have until their own end to
put back what they change.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path as FilePath
from typing import Any

import pytest

from ..frames import TEST, Kinds, writer
from ..watch import CALLER, Watch
from .files import EVENTS, Files, Place
from .heap import Heap
from .lines import Lines
from .nodes import Path
from .options import option

_SHARE = 16  # times as long as a look takes it is waited for the next one, if it is to be sparing
_FIRST = 64  # looks that are taken at once: a short suite shows the same each time, however busy the machine is
_now = time.perf_counter  # a test may replace it by a mock


class StateWatcher:
    """Watches the state of one process; ``events`` are those that tell what is written to disk."""

    events = EVENTS

    def __init__(self, config: pytest.Config, watch: Watch) -> None:
        paths = _read(config, "isolator_put_back")
        wanted = None if paths is None else _wanted(paths)
        lines = _read(config, "isolator_lines")
        asked, libraries = paths is not None or lines is not None, bool(option(config, "isolator_libraries"))
        self.watch = watch
        self.heap = Heap(watch.kinds, wanted, libraries=libraries, thorough=asked)
        self.files = Files(watch.kinds, wanted)
        self.lines = None if lines is None else Lines(watch.kinds, lines)
        self.sparing = bool(option(config, "isolator_sparing")) and not asked
        self.pending: list[str | None] = []  # tests that are over, after which nothing has been looked at yet
        self.looked = self.cost = 0.0  # when that was last done, and what it takes, in seconds
        self.looks = 0
        self.copies: list[tuple[Any, Any]] = []
        self.later: list[Callable[[], None]] = []  # what waits until no fixture is being set up

    # What is written to disk

    def touches(self, event: str, args: tuple[Any, ...]) -> None:
        """A file is about to be opened to be written to, or something else is done to a path."""
        paths = self.files.written(event, args)
        if paths:
            place, own = writer(self.watch.kinds, sys._getframe(CALLER))
            self.files.touch(event, paths, place, own=own)

    # Tests

    def collected(self) -> None:
        """The first test is about to begin."""
        self.heap.look()
        self.files.changed()

    def started(self) -> None:
        """A test begins."""
        if self.lines is not None and self.watch.test is not None:
            self.lines.start(self.watch.test, self.heap)

    def ended(self) -> None:
        """A test is over, and its fixtures too."""
        test = self.watch.test
        at: dict[Path, Place | None] = {} if self.lines is None else self.lines.stop()
        self.pending.append(test)
        if not self.sparing or self.looks < _FIRST or _now() - self.looked >= _SHARE * self.cost:
            self.look(at)
        for path, (place, again) in self.files.changed().items():
            self.watch.write("cell", path, test, *(place or (None, None)), again, "")

    def look(self, at: dict[Path, Place | None], *, last: bool = False) -> None:
        """Tell what the tests have changed that are over: which of several it was is found out in another run."""
        began, tests, self.pending = _now(), self.pending, []
        self.looks += 1
        changed = self.heap.changed(last=last)
        for path, told in changed.items():
            if len(tests) == 1:
                self.watch.write("cell", path, tests[0], *(at.get(path) or (None, None)), told.again, told.kind)
            else:
                self.watch.write("suspects", path, tests)
        self.looked = _now()
        if not changed:
            self.cost = self.looked - began

    def finish(self) -> None:
        """Look, if tests are over after which that was not done."""
        if self.pending:
            self.look({}, last=True)

    # Fixtures of wider scopes: what one changes it has until its own end to put back

    def setting_up(self) -> None:
        """One is about to be set up, perhaps during another one."""
        self.copies.append((self.heap.copies(), self.files.copies()))

    def set_up(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """It has been: what it gives to several tests is watched from now on."""
        heap, files = self.copies.pop()
        self.heap.enter_scope(id(fixturedef), heap)
        self.files.enter_scope(id(fixturedef), files)
        name = shared_by_tests(fixturedef, self.watch.kinds)
        if name is not None:
            self.later.append(partial(self.heap.hold, id(fixturedef), name, fixturedef.cached_result[0]))  # type: ignore[index]
        if self.copies:  # what is watched is compared with what it was before the outer one
            return
        for hold in self.later:
            hold()
        self.later = []
        if not self.pending:
            self.heap.entered()
            self.started()

    def torn_down(self, fixture: int) -> None:
        """What it changed, and put back or did not, is not a change of the running test."""
        self.heap.leave_scope(fixture)
        self.files.leave_scope(fixture)
        self.heap.walk.release(fixture)


def shared_by_tests(fixturedef: pytest.FixtureDef[Any], kinds: Kinds) -> Path | None:
    """What the value of a fixture is called that several tests are given: tests/test_a.py::client

    None if it is one of a library, or of each test. One of all tests in a conftest mostly is made to be shared.
    """
    function: Any = inspect.unwrap(fixturedef.func)
    code, given = getattr(function, "__code__", None), fixturedef.cached_result
    if code is None or given is None or given[2] is not None or kinds[code.co_filename] != TEST:
        return None
    file, name, scope = kinds.relative(code.co_filename), function.__qualname__, fixturedef.scope
    is_shared = scope in ("class", "module") or (scope != "function" and not file.endswith("conftest.py"))
    return f"{file}::{name}" if is_shared and "<" not in name else None


def _read(config: pytest.Config, name: str) -> Any:  # noqa: ANN401
    """What the file holds that an option names; None without one."""
    file = option(config, name)
    return None if file is None else json.loads(FilePath(file).read_text(encoding="utf-8"))


def _wanted(paths: list[str]) -> Callable[[Path], bool]:
    """Whether a path is one of these; * at the end stands for anything."""
    begins = tuple(path[:-1] for path in paths if path.endswith("*"))
    return lambda path: path in paths or path.startswith(begins)
