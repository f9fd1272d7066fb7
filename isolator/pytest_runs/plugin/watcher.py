"""The pytest plugin that watches a run: who changes the environment, who reads it, what keeps it, who uses the network.

The recorder tells it which test runs, and what it left changed. Nothing happens without
``--isolator-watch``. It changes nothing, restores nothing, and falls silent at its first error. Each process has a file
of its own in the folder of ``--isolator-log``; each line is a JSON array:

    ["leak", variable, test, file, line, function, phase, scope, state]
    ["edge", polluter, reader, variable, file, line]
    ["assumed", test, variable, "set" or "unset", file, line]
    ["cache", object, kind, file, line, [variables], test or null]
    ["initializer", target, audit event, file, line, test]
    ["write", test]
    ["cell", path, test, file or null, line or null, whether it is again as before all tests, kind]
    ["suspects", path, [test]]
    ["problem", sentence]

The test of a leak while files are collected is the node id of the file. Values of variables are never written down.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import WATCHED
from .calls import EVENTS as CALLS
from .calls import Calls
from .environ.lookups import Lookups
from .environ.taps import WRITES, Handler, Taps
from .environ.writes import Writes, variables
from .frames import Kinds
from .log import Log
from .state.options import add_options, option
from .unbreakable import guarded, unbreakable
from .watch import Watch


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the option that ``isolator observe`` passes."""
    group = parser.getgroup("isolator")
    group.addoption("--isolator-watch", action="store_true", help="watch the environment and what tests leave")
    add_options(group)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to watch before the first conftest is imported, and what that imports."""
    _begin(early_config, getattr(early_config.known_args_namespace, "isolator_log", None))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch in a worker of pytest-xdist, where conftests come before plugins."""
    _begin(config, config.getoption("isolator_log", None))


def _begin(config: pytest.Config, folder: str | None) -> None:
    if folder and option(config, "isolator_watch"):
        name = "isolator-watcher"
        if config.pluginmanager.get_plugin(name) is None:
            config.pluginmanager.register(Watcher(config, Path(folder)), name)


@unbreakable
class Watcher:
    """Watches one process. What the recorder calls goes through ``safely``, as what threads of the tests call does."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.watch = watch = Watch(Log(folder / (worker + WATCHED)), Kinds(config))
        self.safely = watch.safely
        self.writes = Writes(watch)
        self.lookups = Lookups(watch, self.writes)
        handlers: dict[str, Handler] = dict.fromkeys(WRITES, self.writes.wrote)
        handlers.update(dict.fromkeys(CALLS, Calls(watch).calls))
        self.state: Any = None
        if not option(config, "isolator_no_heap"):
            from .state.watching import StateWatcher  # whoever does without it does not wait for it

            self.state = StateWatcher(config, watch)
            handlers.update(dict.fromkeys(self.state.events, self.state.touches))
        self.taps = Taps(watch)
        self.taps.listen(handlers)
        self.taps.wrap(looked_up=self.lookups.looked_up, copied=self.lookups.copied_whole, emptied=self.writes.emptied)

    def fail(self, _: str, error: Exception) -> None:
        """A hook went wrong."""
        self.watch.stop(error)

    # What the recorder tells

    @guarded
    def started(self, test: str) -> None:
        """A test begins."""
        self.watch.test = test
        if self.watch.sites:
            self.watch.sites = set()
        self.writes.started()
        if self.state is not None:
            self.state.started()

    @guarded
    def leaked_by(self, tests: list[str], names: list[str], scope: str) -> None:
        """These variables are changed at the end of this scope, which belongs to these tests."""
        self.writes.leaked_by(tests, names, scope)

    @guarded
    def ended(self) -> None:
        """The test is over, and its fixtures too."""
        self.writes.repeated()
        if self.state is not None and not self.watch.collecting:
            self.state.ended()
        self.lookups.flush()
        self.watch.test = None

    @guarded
    def setting_up(self) -> None:
        """A fixture of a wider scope is about to be set up."""
        if self.state is not None:
            self.state.setting_up()

    @guarded
    def set_up(self, fixture: pytest.FixtureDef[Any]) -> None:
        """It has been."""
        if self.state is not None:
            self.state.set_up(fixture)

    @guarded
    def torn_down(self, fixture: pytest.FixtureDef[Any]) -> None:
        """It has been torn down again."""
        if self.state is not None:
            self.state.torn_down(id(fixture))

    # What pytest tells

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Listen to the recorder."""
        self.watch.recorder = session.config.pluginmanager.get_plugin("isolator-recorder")
        if self.watch.recorder is not None:
            self.watch.recorder.listener = self

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """Judge what the import of a file of tests leaves changed."""
        if not isinstance(collector, pytest.Module):
            yield
            return
        before = variables()
        self.watch.place = collector.nodeid
        yield
        self.imported(before)

    @guarded
    def imported(self, before: dict[Any, Any]) -> None:
        """A file of tests has been imported."""
        after = variables()
        keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        if keys:
            self.writes.leaked_by([self.watch.place], sorted(os.fsdecode(key) for key in keys), "module")
        self.ended()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The first test is about to begin."""
        self.collected(session.items)

    @guarded
    def collected(self, items: list[pytest.Item]) -> None:
        """Know the files of tests, and the environment that the first of them finds."""
        self.watch.kinds.know(items)
        self.ended()
        self.writes.collected()
        self.watch.collecting = False
        if self.state is not None:
            self.state.collected()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """The last test is over."""
        if self.state is not None:
            self.safely(self.state.finish)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        self.watch.end()
        self.taps.remove()
