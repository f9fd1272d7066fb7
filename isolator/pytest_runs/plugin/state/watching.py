"""What tests leave changed: on the heap, in the process and on disk, told when each is over.

``Watcher`` tells it which test runs; pytest tells it of fixtures of wider scopes, which have until their own end to
put back what they change.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath
from typing import Any

import pytest

from ..frames import Kinds
from ..unbreakable import guarded, unbreakable
from .files import Files, Place
from .heap import Heap
from .lines import Lines
from .nodes import Path
from .options import option

_SHARE = 16  # times as long as a look takes it is waited for the next one, if it is to be sparing
_now = time.perf_counter  # a test may replace it by a mock


@unbreakable
class StateWatcher:
    """Watches the state of one process. ``safely`` and ``write`` are those of the watcher."""

    def __init__(
        self, config: pytest.Config, kinds: Kinds, safely: Callable[..., None], write: Callable[..., None]
    ) -> None:
        paths = _read(config, "isolator_put_back")
        wanted = None if paths is None else _wanted(paths)
        lines = _read(config, "isolator_lines")
        asked, libraries = paths is not None or lines is not None, bool(option(config, "isolator_libraries"))
        self.heap = Heap(kinds, wanted, libraries=libraries, thorough=asked)
        self.files = Files(kinds, wanted)
        self.lines = None if lines is None else Lines(kinds, lines)
        self.safely, self.write = safely, write
        self.sparing = bool(option(config, "isolator_sparing")) and not asked
        self.pending: list[str | None] = []  # tests that are over, after which nothing has been looked at yet
        self.looked = self.cost = 0.0  # when that was last done, and what it takes, in seconds
        self.copies: list[tuple[Any, Any]] = []
        self.test: str | None = None

    def fail(self, _: str, error: Exception) -> None:
        """A hook went wrong."""
        self.safely(_raise, error)

    def collected(self) -> None:
        """The first test is about to begin."""
        self.heap.look()
        self.files.changed()

    def started(self, test: str) -> None:
        """A test begins."""
        self.test = test
        if self.lines is not None:
            self.lines.start(test, self.heap)

    def ended(self, test: str | None) -> None:
        """A test is over, and its fixtures too."""
        at: dict[Path, Place | None] = {} if self.lines is None else self.lines.stop()
        self.pending.append(test)
        if not self.sparing or _now() - self.looked >= _SHARE * self.cost:
            self.look(at)
        for path, (place, again) in self.files.changed().items():
            self.write("cell", path, test, *(place or (None, None)), again, "")

    def look(self, at: dict[Path, Place | None]) -> None:
        """Tell what the tests have changed that are over: which of several it was is found out in another run."""
        began, tests, self.pending = _now(), self.pending, []
        changed = self.heap.changed()
        for path, told in changed.items():
            if len(tests) == 1:
                self.write("cell", path, tests[0], *(at.get(path) or (None, None)), told.again, told.kind)
            else:
                self.write("suspects", path, tests)
        self.looked = _now()
        if not changed:
            self.cost = self.looked - began

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The last test is over."""
        self.finish()

    @guarded
    def finish(self) -> None:
        """Look, if tests are over after which that was not done."""
        if self.pending:
            self.look({})

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Note what a fixture of a wider scope changes: it has until its own end to put it back."""
        if fixturedef.scope == "function":
            yield
            return
        self.setting_up()
        yield
        self.set_up(id(fixturedef))

    @guarded
    def setting_up(self) -> None:
        """A fixture of a wider scope is about to be set up, perhaps amid another one."""
        self.copies.append((self.heap.copies(), self.files.copies()))

    @guarded
    def set_up(self, fixture: int) -> None:
        """It has been."""
        heap, files = self.copies.pop()
        self.heap.enter_scope(fixture, heap)
        self.files.enter_scope(fixture, files)
        if not self.copies and not self.pending:
            self.heap.entered()
            if self.lines is not None and self.test is not None:
                self.lines.start(self.test, self.heap)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture of a wider scope has been torn down."""
        self.torn_down(id(fixturedef))

    @guarded
    def torn_down(self, fixture: int) -> None:
        """What it changed, and put back or did not, is no work of the test that is running."""
        self.heap.leave_scope(fixture)
        self.files.leave_scope(fixture)


def _read(config: pytest.Config, name: str) -> Any:  # noqa: ANN401
    """What the file holds that an option names; None without one."""
    file = option(config, name)
    return None if file is None else json.loads(FilePath(file).read_text(encoding="utf-8"))


def _wanted(paths: list[str]) -> Callable[[Path], bool]:
    """Whether a path is one of these; * at the end stands for anything."""
    begins = tuple(path[:-1] for path in paths if path.endswith("*"))
    return lambda path: path in paths or path.startswith(begins)


def _raise(error: Exception) -> None:
    raise error
