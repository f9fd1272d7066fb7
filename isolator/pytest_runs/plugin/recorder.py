"""The pytest plugin that records a run: in which order, how each test ended, what it left changed in the environment.

It needs the standard library and pytest only, and works by itself: ``isolator confirm`` copies this file to a folder of
its own, under the name ``isolator_plugin``, and runs it as a script in place of ``python -m pytest``; the script waits
for a file ``begin`` beside it, for what is run must be known to whoever ends it. Nothing happens
without ``--isolator-log``, which names the folder that the records are written to: one file for the process, one more
for each worker of pytest-xdist. Each line is a JSON array:

    ["session", {"pid", "rootdir", "inifile", "positional", "capture"}]
    ["collected", [node id…], [names of files that could not be collected…]]
    ["start", number of the test]
    ["end", number, result, way, reruns, [leaks], [forbidden], seconds, [[subtest, result, way]…]]
    ["printed", [patterns…]]            of the patterns that are looked for, those found outside of any test
    ["leaks", [numbers…], [names]]      what a class, a module or a session left changed, of its tests
    ["problem", sentence]               what could not be recorded
    ["finish", exit status]

Values of environment variables stay in memory; what is written are names, and whether a value changed.
"""

from __future__ import annotations

import faulthandler
import functools
import inspect
import json
import os
import random
import re
import runpy
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

MODULE = "isolator_plugin"
BEGIN = "begin"  # the file that says that a run may begin: whoever ends it if isolator is killed knows of it
OLDEST = 7  # version of pytest that is supported
TOO_OLD = "isolator: too old is pytest"  # what is printed of another one, with its version and the interpreter
# Upon this signal every stack is written down; None on Windows, which has no such thing.
STACKS_SIGNAL: int | None = getattr(signal, "SIGXCPU", None)

_Environment = dict[Any, Any]
_Class = TypeVar("_Class", bound="type[Any]")
# Tests may replace these by mocks while a hook of ours runs.
_dumps, _fstat, _getpid, _open, _write = json.dumps, os.fstat, os.getpid, os.open, os.write
# pytest sets these itself while a test runs.
_OWN = ("PYTEST_CURRENT_TEST", "PYTEST_VERSION")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options that ``isolator confirm`` passes."""
    group = parser.getgroup("isolator", "isolator (used by `isolator confirm`)")
    group.addoption("--isolator-log", metavar="FOLDER", help="record the run there")
    group.addoption("--isolator-order", default="given", help="given, reversed, random:SEED, or file:PATH of node ids")
    group.addoption("--isolator-forbid", action="append", default=[], metavar="REGEX", help="look for it in output")
    group.addoption("--isolator-workers", action="store_true", help="leave the processes of pytest-xdist alone")
    group.addoption("--isolator-stacks", type=float, metavar="SECONDS", help="write stacks down after so long")


def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run everything in one process unless the user asked for more: else there is no order to speak of."""
    alone = config.getoption("isolator_log") and not config.getoption("isolator_workers")
    if alone and hasattr(config.option, "numprocesses"):
        config.option.numprocesses, config.option.dist, config.option.tx = 0, "no", []


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to record, if that is asked for."""
    folder = config.getoption("isolator_log")
    if folder:
        config.pluginmanager.register(Recorder(config, Path(folder)), "isolator-recorder")


def unbreakable(plugin: _Class) -> _Class:
    """A class of which no hook raises, for that would end pytest: its ``fail`` is told of the hook and the error."""
    for name, hook in [*vars(plugin).items()]:
        if name.startswith("pytest_"):
            setattr(plugin, name, _around(name, hook) if inspect.isgeneratorfunction(hook) else _instead(name, hook))
    return plugin


def _instead(name: str, hook: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(hook)
    def guarded(self: Any, *args: object) -> None:  # noqa: ANN401
        try:
            hook(self, *args)
        except Exception as error:
            self.fail(name, error)

    guarded.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]  # pluggy 1.0 looks for no other
    return guarded


def _around(name: str, hook: Callable[..., Iterator[None]]) -> Callable[..., Generator[None, Any, None]]:
    @functools.wraps(hook)
    def guarded(self: Any, *args: object) -> Generator[None, Any, None]:  # noqa: ANN401
        steps = hook(self, *args)
        for what_is_wrapped_comes_next in (True, False):
            try:
                next(steps, None)
            except Exception as error:
                self.fail(name, error)
            if what_is_wrapped_comes_next:
                yield

    guarded.__signature__ = inspect.signature(hook)  # type: ignore[attr-defined]
    return guarded


class Log:
    """A file that lines are appended to, whatever tests do to the descriptors of their process."""

    def __init__(self, path: Path) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100 - a test may leave this directory, and remove it
        self.open()

    def open(self) -> None:
        """Open it, again if need be."""
        self.descriptor = _open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.identity = self.found()

    def found(self) -> tuple[int, int] | None:
        """Which file the descriptor is of."""
        try:
            status = _fstat(self.descriptor)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def write(self, line: bytes) -> None:
        """Append a line at once: what was written is there even if the process dies."""
        # `os.closerange(3, 256)`, as daemons have it: the number may be that of a file of the test by now.
        if self.found() != self.identity:
            self.open()
        _write(self.descriptor, line)


@unbreakable
class Recorder:
    """Records what one process does."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self.config = config
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.log = Log(folder / (worker + ".log"))
        self.pid = _getpid()
        self.failed: set[tuple[str, str]] = set()
        self.stacks = open(str(folder / (worker + ".stacks")), "w", encoding="utf-8")  # noqa: SIM115, PTH123
        faulthandler.enable(self.stacks)  # after pytest's own plugin, whose stacks would mix with its output
        if STACKS_SIGNAL is not None:
            faulthandler.register(STACKS_SIGNAL, self.stacks)  # no test sends itself this one
        self.stacks_after: float | None = config.getoption("isolator_stacks")
        self.forbidden = [re.compile(pattern) for pattern in config.getoption("isolator_forbid")]
        self.numbers: dict[str, int] = {}
        self.listener: Any = None  # what the watcher puts there is told which test runs, and what is left changed
        self.unreadable: list[str] = []
        self.begun: list[int] = []
        self.before: _Environment = {}
        self.scopes = Scopes()
        self.current = _Test()
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
        self.append((_dumps(event) + "\n").encode())

    def append(self, line: bytes) -> None:
        """Append a line, but for a process that a test has forked and that goes on with pytest."""
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
        items[:] = ordered
        if left_out:
            config.hook.pytest_deselected(items=left_out)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what cannot be collected, and what is printed while a file is imported."""
        if report.failed:
            self.unreadable.append(report.nodeid)
        found = self.matching(report)
        if found:
            self.write("printed", sorted(found))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Give each test a number."""
        self.numbers = {item.nodeid: number for number, item in enumerate(session.items)}
        self.write("collected", list(self.numbers), self.unreadable)

    # Tests

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Record one test, all its phases and reruns."""
        number = self.numbers.get(item.nodeid)
        if number is None:
            yield
            return
        self.append(b'["start", %d]\n' % number)
        self.begun.append(number)
        if self.listener is not None:
            self.listener.started(item.nodeid)
        self.current = _Test()
        self.before = environment()
        if self.stacks_after is not None:
            faulthandler.dump_traceback_later(self.stacks_after, file=self.stacks)
        yield
        if self.stacks_after is not None:
            faulthandler.cancel_dump_traceback_later()
        leaks = self.leaks()
        self.end(number, leaks)
        if self.listener is not None:
            if leaks:
                self.listener.leaked_by([item.nodeid], leaks, "function")
            self.listener.ended()

    def leaks(self) -> list[str]:
        """The variables that are different after the test than before it, but for those of wider scopes."""
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
        if report.nodeid not in self.numbers:
            return
        self.current.add(report, self.config)
        if self.forbidden:
            self.current.forbidden |= self.matching(report)

    def matching(self, report: pytest.TestReport | pytest.CollectReport) -> set[int]:
        """The numbers of the patterns that some captured output matches."""
        patterns = enumerate(self.forbidden) if report.sections else ()
        return {number for number, p in patterns if any(p.search(text) for _, text in report.sections)}

    # What is set up for several tests

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        """Note what a fixture of a wider scope changes: it has until the end of its scope to put it back."""
        if fixturedef.scope == "function":
            yield
            return
        before = environment()
        yield
        self.scopes.enter(fixturedef, before, len(self.begun) - 1)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        """What changes from here on may be the work of a wider scope that ends."""
        if self.scopes.open:
            self.scopes.last = environment()
        yield

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Judge a fixture of a wider scope, set-up and tear-down together."""
        if not self.scopes.open:
            return
        if id(fixturedef) not in self.scopes.open:  # of the test alone: what it puts back is no work of a scope
            self.scopes.last = environment()
            return
        first, touched, leaks = self.scopes.leave(fixturedef)
        if leaks:
            numbers = sorted(set(self.begun[max(first, 0) :]))
            self.write("leaks", numbers, leaks)
            if self.listener is not None:
                names = [name for name, number in self.numbers.items() if number in numbers]
                self.listener.leaked_by(names, leaks, fixturedef.scope)
        # The test in whose tear-down this happens has no part in it.
        now = environment()
        for key in [key for key in {**self.before, **now} if _name(key) in touched]:
            self.before.pop(key, None)
            if key in now:
                self.before[key] = now[key]

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Say that pytest came to its end."""
        self.write("finish", int(exitstatus))


class Scopes:
    """The fixtures of wider scopes that are set up, and what they changed. ``last`` is the environment when last seen.

    ``name in scopes`` tells whether a variable is one that such a fixture changed, and still has to put back.
    """

    def __init__(self) -> None:
        self.open: dict[int, tuple[int, _Environment, list[str]]] = {}
        self.last: _Environment = {}

    def __contains__(self, name: str) -> bool:
        return any(name in names for _, _, names in self.open.values())

    def enter(self, fixturedef: pytest.FixtureDef[Any], before: _Environment, test: int) -> None:
        """A fixture has been set up, for the test that begun as number ``test``."""
        self.last = environment()
        self.open[id(fixturedef)] = (test, before, changed(before, self.last))

    def leave(self, fixturedef: pytest.FixtureDef[Any]) -> tuple[int, list[str], list[str]]:
        """A fixture has been torn down: since which test it was there, what it touched, what it leaves changed."""
        first, before, names = self.open.pop(id(fixturedef))
        now = environment()
        touched = sorted({*names, *changed(self.last, now)})
        self.last = now
        return first, touched, [name for name in changed(before, now) if name in touched]


class _Test:
    """How one test goes."""

    def __init__(self) -> None:
        self.result = "not run"
        self.way = ""
        self.reruns = 0
        self.seconds = 0.0
        self.plain = True
        self.forbidden: set[int] = set()
        self.subtests: list[list[str]] = []

    def add(self, report: pytest.TestReport, config: pytest.Config) -> None:
        """Take a report of one of its phases, or of a subtest, into account."""
        self.seconds += report.duration
        if report.passed and not hasattr(report, "wasxfail") and not hasattr(report, "context"):
            if report.when == "call":
                self.result = "passed"
            return
        self.plain = False
        result, way = _result(report), ""
        if result in ("failed", "error"):
            way = _way(report, config)
        if hasattr(report, "context"):
            self.subtests.append([_subtest(report.context), result, way])
        elif result == "rerun":
            self.reruns += 1
            self.result, self.way = "not run", ""
        elif self.result in ("not run", "passed", "skipped", "xfailed", "xpassed"):
            self.result, self.way = result, way


def _result(report: pytest.TestReport) -> str:
    if str(report.outcome) == "rerun":  # of pytest-rerunfailures
        return "rerun"
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return str(report.outcome)


def _way(report: pytest.TestReport, config: pytest.Config) -> str:
    """How a test failed: the phase, the exception's type and the place; never the message, which may hold a value."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return str(report.when)
    kind = re.match(r"[A-Za-z_][\w.]*(?=:|$)", crash.message)
    name = kind.group() if kind else "AssertionError"
    return f"{report.when}: {name} at {_place(report.longrepr, config) or f'{Path(crash.path).name}:{crash.lineno}'}"


def _place(longrepr: object, config: pytest.Config) -> str | None:
    """The innermost line below the root that a traceback goes through: of unittest's assertions, the test's own."""
    root = config.rootpath
    for entry in reversed(getattr(getattr(longrepr, "reprtraceback", None), "reprentries", [])):
        location = getattr(entry, "reprfileloc", None)
        # pytest's paths are relative to where it was started, or absolute if the test has gone elsewhere.
        path = config.invocation_params.dir / str(getattr(location, "path", ""))
        if location is not None and root in path.parents and "site-packages" not in path.parts:
            return f"{path.relative_to(root).as_posix()}:{location.lineno}"
    return None


def _subtest(context: object) -> str:
    """A subtest as pytest describes it."""
    message, values = getattr(context, "msg", None), getattr(context, "kwargs", {})
    parts = [] if message is None else [f"[{message}]"]
    if values:
        parts.append("({})".format(", ".join(f"{key}={value}" for key, value in values.items())))
    return " ".join(parts) or "(<subtest>)"


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


def environment() -> _Environment:
    """The environment as it is, cheaply."""
    data = getattr(os.environ, "_data", None)
    if data is not None:
        return dict(data)
    return {_raw(key): _raw(value) for key, value in os.environ.items()}  # of a plain dict in its place


def changed(before: _Environment, after: _Environment) -> list[str]:
    """The names of the variables that differ."""
    if before == after:
        return []
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return sorted(name for name in map(_name, keys) if name not in _OWN)


def _raw(text: object) -> object:
    return os.fsencode(text) if isinstance(text, str) and os.name != "nt" else text


def _name(key: object) -> str:
    return os.fsdecode(key) if isinstance(key, bytes) else str(key)


def _wait_for(begin: Path) -> None:
    """Wait for the file, which is there at once unless isolator was ended just now; its folder goes then."""
    deadline = time.monotonic() + 60
    while not begin.exists():
        if not begin.parent.exists() or time.monotonic() > deadline:
            raise SystemExit(1)
        time.sleep(0.01)


def main() -> None:
    """``python -m pytest`` with this module in reach, of the workers of pytest-xdist too."""
    if int(pytest.__version__.partition(".")[0]) < OLDEST:
        sys.exit(f"{TOO_OLD} {pytest.__version__} of {sys.executable}")
    here = str(Path(__file__).parent)
    _wait_for(Path(here, BEGIN))
    if here in sys.path[:1]:  # the folder of a script, where -m has the current one
        sys.path[0] = str(Path.cwd())
    sys.path.append(here)
    runpy.run_module("pytest", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
