"""The pytest plugin that records a run: in which order, how each test ended, what it left changed in the environment.

``isolator confirm`` runs pytest with it (see ``start``). Nothing happens without ``--isolator-log``,
which names the folder that the records are written to: one file for the process, one more for each
worker of pytest-xdist. Each line is a JSON array:

    ["session", {"pid", "rootdir", "inifile", "positional", "capture"}]
    ["uncollected", node id, error]     a file, mostly, that could not be collected, and the type of the error
    ["collected", [node id…]]
    ["start", number of the test]
    ["end", number, result, way, reruns, [leaks], [forbidden], seconds, [[subtest, result, way]…]]
    ["printed", [patterns…]]            of the patterns that are looked for, those found outside of any test
    ["leaks", [numbers…], [names]]      what a class, a module or a session left changed, of its tests
    ["problem", sentence]               what could not be recorded
    ["finish", exit status]

Values of environment variables stay in memory; what is written are names, and whether a value changed.
"""

from __future__ import annotations

import contextlib
import copy
import faulthandler
import json
import os
import random
import re
import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import STACKS_END, STACKS_SIGNAL
from .environ.following import Following
from .environ.variables import changed, environment
from .frames import write_tasks
from .log import Log, encoded
from .outcomes import Going
from .unbreakable import around, step, unbreakable

# A test may replace them by mocks while a hook of ours runs.
_getpid, _write = os.getpid, os.write


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options that ``isolator confirm`` passes."""
    group = parser.getgroup("isolator", "isolator (used by `isolator confirm`)")
    group.addoption("--isolator-log", metavar="FOLDER", help="record the run there")
    group.addoption("--isolator-order", default="given", help="given, reversed, random:SEED, or file:PATH of node ids")
    group.addoption("--isolator-twice", action="store_true", help="run each test two times in a row")
    group.addoption("--isolator-forbid", action="append", default=[], metavar="REGEX", help="look for it in output")
    group.addoption("--isolator-workers", action="store_true", help="leave the processes of pytest-xdist alone")
    group.addoption("--isolator-stacks", type=float, metavar="SECONDS", help="write stacks down after so long")


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run everything in one process unless the user asked for more: else there is no order to speak of."""
    alone = config.getoption("isolator_log") and not config.getoption("isolator_workers")
    if alone and hasattr(config.option, "numprocesses"):
        config.option.numprocesses, config.option.dist, config.option.tx = 0, "no", []
    if config.getoption("isolator_log"):  # a file that cannot be imported does not end the run
        config.option.continue_on_collection_errors = True


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, if that is asked for."""
    folder = config.getoption("isolator_log")
    if folder:
        config.pluginmanager.register(Recorder(config, Path(folder)), "isolator-recorder")


@unbreakable
class Recorder(Following):
    """Records what one process does."""

    begun: list[int]

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        super().__init__()
        self.config = config
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.log = Log(folder / (worker + ".log"))
        self.pid = _getpid()
        self.failed: set[tuple[str, str]] = set()
        self.stacks = open(str(folder / (worker + ".stacks")), "w", encoding="utf-8")  # noqa: SIM115, PTH123
        faulthandler.enable(self.stacks)  # after pytest's own plugin, whose stacks would mix with its output
        if STACKS_SIGNAL is not None:  # no test sends itself this one
            write_tasks_on(STACKS_SIGNAL, self.stacks.fileno())
            faulthandler.register(STACKS_SIGNAL, self.stacks, chain=True)
        self.stacks_after: float | None = config.getoption("isolator_stacks")
        self.forbidden = [re.compile(pattern) for pattern in config.getoption("isolator_forbid")]
        self.numbers: dict[str, int] = {}
        self.errors: dict[str, str] = {}  # of what cannot be collected, by node id
        self.folder = "."  # what the node id of the whole stands for
        self.test: str | None = None  # that is running
        self.current = Going()
        self.write(
            "session",
            {
                "pid": self.pid,
                "rootdir": str(config.rootpath),
                "inifile": str(config.inipath or ""),
                "positional": [str(argument) for argument in config.args],
                "capture": config.getoption("capture"),
            },
        )

    def write(self, *event: object) -> None:
        """Append an event."""
        self.append(encoded(*event))

    def append(self, line: bytes) -> None:
        """Append a line, unless this is a process that a test has forked and that goes on with pytest."""
        if _getpid() == self.pid:
            self.log.write(line)

    def fail(self, hook: str, error: Exception) -> None:
        """Say once what could not be recorded; never the message of the error, which may hold a value."""
        what = (hook, type(error).__name__)
        if what in self.failed:
            return
        self.failed.add(what)
        try:
            self.write("problem", f"{hook}: {type(error).__name__}")
        except Exception:  # then the record has no end, which tells as much
            return

    # Collection

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
        """Put the tests in order when all other plugins have."""
        yield
        ordered, left_out = in_order(items, config.getoption("isolator_order"))
        twice = config.getoption("isolator_twice")
        items[:] = [each for item in ordered for each in (item, *again(item))] if twice else ordered
        if left_out:
            config.hook.pytest_deselected(items=left_out)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """A file that ends the interpreter cannot be collected either: not every pytest takes it so."""
        outcome = yield
        if outcome.excinfo is not None and isinstance(outcome.excinfo[1], SystemExit):
            self.errors[collector.nodeid] = "SystemExit"
            outcome.force_result(pytest.CollectReport(collector.nodeid, "failed", "SystemExit", []))

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any], report: pytest.CollectReport
    ) -> None:
        """Note why something cannot be collected."""
        if isinstance(report, pytest.CollectReport) and call.excinfo is not None:
            self.errors[node.nodeid] = error_of(call.excinfo.value)
            if not node.nodeid:  # before pytest 8 a conftest.py in a folder keeps the whole from being collected
                folder = Path(str(getattr(call.excinfo.value, "path", self.config.rootpath / "_"))).parent
                self.folder = os.path.relpath(str(folder), str(self.config.rootpath)).replace(os.sep, "/")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> Iterator[None]:
        """Note what cannot be collected, and what is printed while a file is imported."""
        if report.failed:
            self.spare()
        if report.failed and self.config.pluginmanager.get_plugin("dsession") is None:  # or the workers write it
            self.write("uncollected", report.nodeid or self.folder, self.errors.get(report.nodeid, ""))
        found = self.matching(report)
        if found:
            self.write("printed", sorted(found))
        yield

    def spare(self) -> None:
        """What cannot be collected does not count for ``--maxfail``, which would end the collection."""
        counting: list[Any] = [self.config.option, self.config.pluginmanager.get_plugin("dsession")]  # of pytest-xdist
        for each in counting:
            if getattr(each, "maxfail", 0):
                each.maxfail += 1

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Give each test a number."""
        names = dict.fromkeys(item.nodeid for item in session.items)  # each once, if it runs twice
        self.numbers = {name: number for number, name in enumerate(names)}
        self.write("collected", list(self.numbers))

    # Tests

    @around
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Record one test, all its phases and reruns."""
        __tracebackhide__ = True
        self.begin(item)
        try:
            return (yield)
        finally:
            self.finish()

    @step
    def begin(self, item: pytest.Item) -> None:
        """A test begins, if it is one of those that were collected."""
        number = self.numbers.get(item.nodeid)
        if number is None:
            return
        self.append(b'["start", %d]\n' % number)
        self.begun.append(number)
        if self.listener is not None:
            self.listener.started(item.nodeid)
        self.test, self.current = item.nodeid, Going()
        self.before = environment()
        if self.stacks_after is not None:
            faulthandler.dump_traceback_later(self.stacks_after, file=self.stacks)

    @step
    def finish(self) -> None:
        """It is over."""
        if self.test is None:
            return
        if self.stacks_after is not None:
            faulthandler.cancel_dump_traceback_later()
        test, self.test = self.test, None
        leaks = self.leaks()
        self.end(self.begun[-1], leaks)
        if self.listener is not None:
            if leaks:
                self.listener.leaked_by([test], leaks, "function")
            self.listener.ended()

    def leaks(self) -> list[str]:
        """The variables that are different after the test than before it, except those of wider scopes."""
        now = environment()
        return [n for n in changed(self.before, now) if n not in self.scopes] if now != self.before else []

    def end(self, number: int, leaks: list[str]) -> None:
        """Write down how a test went."""
        test = self.current
        if test.plain and not leaks and not test.forbidden:
            self.append(b'["end", %d, "passed", "", 0, [], [], %.4f, []]\n' % (number, test.seconds))
            return
        if test.result == "passed" and any(result == "failed" for _, result, _ in test.subtests):
            test.result, test.way = "failed", "a subtest failed"  # of unittest, where pytest says that it passed
        forbidden = sorted(test.forbidden)
        self.write(
            "end", number, test.result, test.way, test.reruns, leaks, forbidden, round(test.seconds, 4), test.subtests
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of the current test into account."""
        if self.test is None:  # in the process that workers of pytest-xdist report to
            return
        self.current.add(report, self.config)
        if self.forbidden:
            self.current.forbidden |= self.matching(report)

    def matching(self, report: pytest.TestReport | pytest.CollectReport) -> set[int]:
        """The numbers of the patterns that some captured output matches."""
        patterns = enumerate(self.forbidden) if report.sections else ()
        return {number for number, p in patterns if any(p.search(text) for _, text in report.sections)}

    def left_by(self, fixturedef: pytest.FixtureDef[Any], first: int, leaks: list[str]) -> None:
        """A fixture of a wider scope leaves variables changed, which was there since the test of this number."""
        numbers = sorted(set(self.begun[max(first, 0) :]))
        self.write("leaks", numbers, leaks)
        if self.listener is not None:
            names = [name for name, number in self.numbers.items() if number in numbers]
            self.listener.leaked_by(names, leaks, fixturedef.scope)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Say that pytest came to its end."""
        self.write("finish", int(exitstatus))


def write_tasks_on(number: int, descriptor: int) -> None:
    """On this signal write down where tasks wait, if the process still runs a line of Python."""

    def tell(*_: object) -> None:
        with contextlib.suppress(Exception):
            write_tasks(descriptor)
        _write(descriptor, f"\n{STACKS_END}\n".encode())

    with contextlib.suppress(ValueError):  # not the main thread, which alone may ask for it
        signal.signal(number, tell)


def error_of(error: BaseException) -> str:
    """The type of what kept pytest from collecting something; never its message, which may hold a value."""
    if type(error).__name__ == "ConftestImportFailure":
        return f"{type(error.__cause__ or error).__name__} in its conftest.py"
    wraps = isinstance(error, pytest.Collector.CollectError)
    return type((wraps and error.__cause__) or error).__name__


def in_order(items: list[pytest.Item], order: str) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """The tests in the order asked for, and those that are left out."""
    kind, _, argument = order.partition(":")
    if kind == "reversed":
        return items[::-1], []
    if kind == "random":
        shuffled = list(items)
        random.Random(int(argument)).shuffle(shuffled)
        return shuffled, []
    if kind == "file":
        wanted = json.loads(Path(argument).read_text(encoding="utf-8"))
        known = {item.nodeid: item for item in items}
        chosen = [known[name] for name in wanted if name in known]
        taken = set(wanted)
        return chosen, [item for item in items if item.nodeid not in taken]
    return list(items), []


def again(item: pytest.Item) -> list[pytest.Item]:
    """A function once more, with what pytest sets up again for it; nothing for other items."""
    if not isinstance(item, pytest.Function):
        return []
    second = copy.copy(item)
    second._initrequest()  # or it would share what the first one is given
    if second.cls is not None:
        for name in ("_obj", "_instance"):  # the object of the class, new for each test
            vars(second).pop(name, None)
    return [second]
