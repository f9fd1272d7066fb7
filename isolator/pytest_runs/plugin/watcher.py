"""The pytest plugin that watches a run: who changes the environment, who reads it, what keeps it, who calls out.

The recorder tells it which test runs, and what it left changed. Nothing happens without
``--isolator-watch``. It changes nothing, restores nothing, and falls silent at its first error. Each process has a file
of its own in the folder of ``--isolator-log``; each line is a JSON array:

    ["leak", variable, test, file, line, function, phase, scope, state]
    ["edge", polluter, reader, variable, file, line]
    ["presupposed", test, variable, "set" or "unset", file, line]
    ["cache", object, kind, file, line, [variables], test or null]
    ["initializer", target, audit event, file, line, test]
    ["write", test]
    ["cell", path, test, file or null, line or null, whether it is again as before all tests, kind]
    ["suspects", path, [test]]
    ["problem", sentence]

The test of a leak while files are collected is the node id of the file. Values of variables are never written down.
"""

from __future__ import annotations

import functools
import os
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from . import WATCHED
from .caches import Caches
from .frames import (
    CODE,
    DEEP,
    IMPORT,
    MOCK,
    MONKEYPATCH,
    PROJECT,
    PYTEST,
    TEST,
    Frame,
    Kinds,
    waiting,
)
from .functions import dotted
from .log import Log, encoded
from .reads import COPY, Copies, Read
from .state.files import EVENTS
from .state.options import add_options, option
from .state.watching import StateWatcher
from .unbreakable import guarded, unbreakable
from .variables import name_of

_CALLS = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "urllib.Request")
# Set by pytest itself while a test runs.
_OWN = frozenset([b"PYTEST_CURRENT_TEST", b"PYTEST_VERSION", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"])
_CURRENT = "PYTEST_CURRENT_TEST" if os.name == "nt" else b"PYTEST_CURRENT_TEST"
# Variables that everybody reads, and that are no configuration of the code under test.
_NOISE = re.compile(
    "(PYTEST|PYTHON|COV|COVERAGE|LC|XDG|HYPOTHESIS)_.*|PYTHON.*|PATH|HOME|PWD|OLDPWD|USER|LOGNAME|SHELL|HOSTNAME"
    "|TMPDIR|TEMP|TMP|LANG|LANGUAGE|TZ|TERM|COLUMNS|LINES|PAGER|EDITOR|NO_COLOR|FORCE_COLOR|COLORTERM|DISPLAY"
    "|APPDATA|LOCALAPPDATA|USERPROFILE|SYSTEMROOT|COMSPEC|PATHEXT"
)
_PATIENCE = 1.0  # seconds that a thread waits for another one of which something is being written down
_CALLER = 3  # calls below a handler: that of `safely`, of the hook or the wrapper, and who is watched

# Where the environment is at home, and where its methods are wrapped.
_OS, _ABC, _HERE = vars(os), MutableMapping.update.__globals__, globals()
_ENCODING = "" if os.name == "nt" else sys.getfilesystemencoding()  # Windows has text, in capitals
_encode = os.fsencode if _ENCODING else str.upper

Writer = tuple[str, Any, CodeType, int]  # the test, the phase as pytest tells it, the code and the line


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
            watcher = Watcher(config, Path(folder))
            config.pluginmanager.register(watcher, name)
            if watcher.state is not None:
                config.pluginmanager.register(watcher.state, "isolator-state")


@unbreakable
class Watcher:
    """Watches one process. Threads of the tests call it too, at any moment: each call goes through ``safely``."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.log = Log(folder / (worker + WATCHED))
        self.unlock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.unlock)
        self.kinds = Kinds(config)
        self.alive = True
        self.recorder: Any = None
        self.collecting = True
        self.test: str | None = None
        self.place = ""  # the file that is being collected
        self.phase: Any = None
        self.writers: dict[Any, Writer] = {}
        self.patchers: dict[Any, Writer] = {}  # by mock and monkeypatch, who mean to take it back
        self.touched: set[Any] = set()
        self.again: dict[Any, bool] = {}  # whether this test only wrote by hand what it found there
        self.given: frozenset[Any] = frozenset()  # what is written before the first test, for all of them
        self.cleared = False  # within a patch.dict that emptied the environment
        self.leaked: dict[str, str] = {}
        self.baseline: dict[Any, Any] = {}
        self.sites: set[object] = set()
        self.reading: defaultdict[int, Copies] = defaultdict(Copies)  # by thread
        self.caches = Caches(self.kinds)
        no_heap = option(config, "isolator_no_heap")
        self.state = None if no_heap else StateWatcher(config, self.kinds, self.safely, self.write)
        self.called: set[object] = set()
        self.begin()

    def begin(self) -> None:
        """Put the watch in place: a hook, which nothing can remove again, and a wrapper."""
        handlers: dict[str, Callable[[str, tuple[Any, ...]], None]] = dict.fromkeys(_CALLS, self.calls)
        handlers["os.putenv"] = handlers["os.unsetenv"] = self.wrote
        if self.state is not None:
            handlers |= dict.fromkeys(EVENTS, self.touches)
        find, safely = handlers.get, self.safely

        def hook(event: str, args: tuple[Any, ...]) -> None:
            handler = find(event)
            if handler is not None:
                safely(handler, event, args)

        sys.addaudithook(hook)
        self.environ = kind = type(os.environ)
        self.original = original = kind.__getitem__
        self.original_deletion = delete = kind.__delitem__
        looked_up = self.looked_up

        def get(environ: Any, key: Any) -> Any:  # noqa: ANN401
            safely(looked_up, environ, key)
            return original(environ, key)

        def remove(environ: Any, key: Any) -> None:  # noqa: ANN401
            safely(looked_up, environ, key)  # `del os.environ[key]` presupposes that it is set
            delete(environ, key)

        kind.__getitem__ = get  # type: ignore[method-assign]
        kind.__delitem__ = remove  # type: ignore[method-assign]

    def unlock(self) -> None:
        """A lock that nobody holds: in a process that was forked the thread that held it is not there."""
        self.lock = threading.RLock()

    def safely(self, method: Callable[..., None], *args: object) -> None:
        """Call one of the methods below: one thread at a time, and whatever it raises does not get out.

        At the end of the interpreter this module's names are gone; then nobody is alive.
        """
        if not self.alive:
            return
        try:
            # Without end it would be a deadlock where a finalizer, which may run at any moment, waits for a thread.
            if self.lock.acquire(timeout=_PATIENCE):
                try:
                    method(*args)
                finally:
                    self.lock.release()
        except Exception as error:
            self.stop(error)

    def write(self, *event: object) -> None:
        """Append a line at once."""
        self.log.write(encoded(*event))

    def once(self, *event: object) -> None:
        """Append a line, if that has not been done in this test."""
        if event not in self.sites:
            self.sites.add(event)
            self.write(*event)

    def stop(self, error: Exception) -> None:
        """Say once what went wrong, but for what may hold a value, and stop watching."""
        if isinstance(error, RuntimeError) or not self.alive:
            return  # a test went too deep, or another thread changed what was being looked at
        self.alive = False
        try:
            self.write("problem", f"the watching stopped in {self.test or 'the collection'}: {type(error).__name__}")
        except Exception:  # there is nothing left to say it with
            return

    def fail(self, _: str, error: Exception) -> None:
        """A hook went wrong."""
        self.stop(error)

    # What the environment goes through

    def wrote(self, event: str, args: tuple[Any, ...]) -> None:
        """A variable is written or removed."""
        key = args[0]
        if key in _OWN:
            if key == _CURRENT and len(args) > 1:
                self.phase = args[1]  # pytest says there which phase begins: `… (setup)`
            return
        found = self.caller(sys._getframe(_CALLER))
        if found is None:
            return
        frame, code, kind = found
        if kind == MOCK and code.co_name in ("_clear_dict", "_unpatch_dict"):
            self.cleared = frame.f_back is not None and frame.f_back.f_code.co_name == "_patch_dict"
            return
        if kind == MONKEYPATCH and code.co_name == "undo":
            return
        self.touched.add(key)
        meant = self.patchers if kind in (MOCK, MONKEYPATCH) else self.writers
        inner, test = self.inner(frame), self.test
        if inner is not None:
            phase = b"(collection)" if test is None else self.phase
            meant[key] = (test or self.place, phase, inner.f_code, inner.f_lineno)
            if test is not None and meant is self.writers:
                self.once("write", test)
        if test is not None:
            same = meant is self.writers and event == "os.putenv" and args[1] == self.recorder.before.get(key)
            self.again[key] = same and self.again.get(key, True)

    def caller(self, frame: FrameType | None) -> tuple[FrameType, CodeType, int] | None:
        """The first frame that is none of ``os.environ`` itself, with its code and what its file holds."""
        # By its globals: to look at its code is an audit event, which costs.
        while frame is not None and (frame.f_globals is _OS or frame.f_globals is _ABC or frame.f_globals is _HERE):
            frame = frame.f_back
        if frame is None:
            return None
        code = frame.f_code
        return frame, code, self.kinds[code.co_filename]

    def inner(self, frame: FrameType | None) -> FrameType | None:
        """The first frame of the project; none of those that imported a library, or ran pytest."""
        while frame is not None:
            kind = self.kinds[frame.f_code.co_filename]
            if kind in PROJECT:
                return frame
            if kind == PYTEST or (kind == IMPORT and self.test is None):
                return None
            frame = frame.f_back
        return None

    def looked_up(self, environ: Any, name: object) -> None:  # noqa: ANN401
        """A variable is looked up."""
        if not isinstance(name, str) or (self.test is None and not self.collecting):
            return
        caller = sys._getframe(_CALLER)
        if caller.f_code is _POPITEM:
            return  # the environment is being emptied
        data, copies = environ._data, self.reading[threading.get_ident()]
        key: Any = name.encode(_ENCODING, "surrogateescape") if _ENCODING else name.upper()
        if copies.goes_on(key):
            if copies.length == COPY:
                self.copied(caller)
            return
        for earlier in copies.settled():
            self.read(earlier)
        if next(iter(data), None) == key:
            copies.begin(data)
        if not _noise(name):
            self.sought(caller, copies, name, key, key in data)

    def sought(self, caller: FrameType, copies: Copies, name: str, key: Any, found: bool) -> None:  # noqa: ANN401
        """This one variable is looked up, or it is the first of all."""
        asking = self.caller(caller)
        if asking is None or (asking[1].co_name == "undo" and asking[2] == MONKEYPATCH):
            return
        frame, _, kind = asking
        if kind == MONKEYPATCH:
            self.touched.add(key)  # it is about to be set or removed
        if kind in (MONKEYPATCH, MOCK) or _popped_in_case(caller):
            return
        frames = self.project(self.inner(frame))[:DEEP]
        site = (name, *((code, line) for _, code, line, _ in frames))
        if not frames or site in self.sites:
            return
        self.sites.add(site)
        read = Read(name, key, found, frames)
        if copies.open:
            copies.pending.append(read)
        else:
            self.read(read)

    def copied(self, frame: FrameType) -> None:
        """The whole environment is read: that says nothing of a variable, but its reader may be a cache."""
        found = self.caller(frame)
        frames = [] if found is None or found[2] in (MOCK, MONKEYPATCH) else self.project(found[0])[:DEEP]
        if frames:
            self.sites.add("")
            self.caches.read(Read("", None, True, frames))

    def project(self, frame: FrameType | None) -> list[Frame]:
        """The frames of the project, from the innermost outwards to where pytest begins."""
        found = []
        while frame is not None:
            code = frame.f_code
            kind = self.kinds[code.co_filename]
            if kind in PROJECT:
                found.append((kind, code, frame.f_lineno, frame.f_globals))
            elif kind == PYTEST:
                break
            frame = frame.f_back
        return found

    def read(self, read: Read) -> None:
        """Take into account that the project looked a variable up."""
        kind, code, line, _ = read.frames[0]
        self.caches.read(read)
        test = self.test
        if test is None or self.cleared or read.key in self.touched:
            return
        name, place = read.name, (self.kinds.relative(code.co_filename), line)
        polluter = self.leaked.get(name, test)
        if polluter != test and not test.startswith(polluter + "::"):
            self.once("edge", polluter, test, name, *place)
        if kind == CODE and read.key not in self.given and name not in self.recorder.scopes:
            self.once("presupposed", test, name, "set" if read.found else "unset", *place)

    # Calls out of the process

    def calls(self, event: str, _: tuple[Any, ...]) -> None:
        """Something is about to leave the process."""
        test = self.test
        if test is None:
            return
        frame = sys._getframe(_CALLER)
        if frame.f_code.co_name.endswith("socketpair"):  # on Windows made of a connection to itself
            return
        frames = self.project(frame) or waiting(self.kinds)
        below = [each for each in frames if each[0] == CODE and each[1].co_name[:1] != "<"]
        named = ((code, dotted(code, namespace)) for _, code, _, namespace in reversed(below))
        code, target = next(((code, found.name) for code, found in named if found is not None), (None, ""))
        if code is not None and (event, code, test) not in self.called:
            self.called.add((event, code, test))
            file = self.kinds.relative(code.co_filename)
            self.write("initializer", target, event, file, code.co_firstlineno, test)

    # What is written to disk

    def touches(self, event: str, args: tuple[Any, ...]) -> None:
        """A file is about to be opened, or something else is done to a path."""
        assert self.state is not None
        paths = self.state.files.written(event, args)
        if paths:
            place, own = self.writing(sys._getframe(_CALLER))
            self.state.files.touch(event, paths, place, own=own)

    def writing(self, frame: FrameType | None) -> tuple[tuple[str, int] | None, bool]:
        """The line of the project that writes to a file; none if pytest does, which is told, too."""
        while frame is not None:
            name = frame.f_code.co_filename
            kind = self.kinds[name]
            if kind in PROJECT:
                return (name, frame.f_lineno), False
            if kind == PYTEST or "_pytest" in name:
                return None, True
            frame = frame.f_back
        return None, False

    # What the recorder tells

    @guarded
    def started(self, test: str) -> None:
        """A test begins."""
        self.test = test
        if self.touched or self.sites or self.cleared:
            self.touched, self.sites, self.cleared = set(), set(), False
        if self.state is not None:
            self.state.started(test)

    @guarded
    def leaked_by(self, tests: list[str], names: list[str], scope: str) -> None:
        """Write down who left these variables changed at the end of this scope, which belongs to these tests.

        Those that are again what they were in the beginning are no leak: that test has cleaned up.
        """
        data: Any = getattr(os.environ, "_data", None)
        for name in names:
            key = _encode(name)
            if data is not None and data.get(key) == self.baseline.get(key) and not self.collecting:
                self.leaked.pop(name, None)
                continue
            found = [writers[key] for writers in (self.writers, self.patchers) if key in writers]
            test, phase, code, line = next((w for w in found if w[0] in tests), (tests[-1], None, None, None))
            if code is None and self.collecting:
                continue  # a library's own affair
            file = None if code is None else self.kinds.relative(code.co_filename)
            function = None if code is None else code.co_name
            present = name in os.environ if data is None else key in data
            self.write("leak", name, test, file, line, function, _phase(phase), scope, "set" if present else "unset")
            self.leaked[name] = test

    @guarded
    def ended(self) -> None:
        """The test is over, and its fixtures too."""
        if self.again:
            self.repeated()
        if self.state is not None and not self.collecting:
            self.state.ended(self.test)
        if self.sites or any(copies.pending for copies in self.reading.values()):
            self.flush()
        self.test = None

    def repeated(self) -> None:
        """Blame the test for what it wrote as an earlier one had left it, which shows no difference.

        def test_a(): os.environ["MODE"] = "1"
        def test_b(): os.environ["MODE"] = "1"
        """
        names = [name_of(key) for key, found in self.again.items() if found]
        self.again = {}
        if self.test is not None and names:
            self.leaked_by([self.test], [name for name in names if name not in self.recorder.scopes], "function")

    def flush(self) -> None:
        """Take what is pending into account, and write down which caches have been filled."""
        for copies in self.reading.values():
            copies.order = None
            for read in copies.settled():
                self.read(read)
        self.reading.clear()
        for filled in self.caches.filled():
            self.write("cache", *filled, self.test)

    # What pytest tells

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Listen to the recorder."""
        self.recorder = session.config.pluginmanager.get_plugin("isolator-recorder")
        if self.recorder is not None:
            self.recorder.listener = self

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Iterator[None]:
        """Judge what the import of a file of tests leaves changed."""
        if not isinstance(collector, pytest.Module):
            yield
            return
        before = dict(getattr(os.environ, "_data", {}))
        self.place = collector.nodeid
        yield
        self.imported(before)

    @guarded
    def imported(self, before: dict[Any, Any]) -> None:
        """A file of tests has been imported."""
        after: dict[Any, Any] = dict(getattr(os.environ, "_data", {}))
        keys: list[Any] = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        if keys:
            self.leaked_by([self.place], sorted(os.fsdecode(key) for key in keys), "module")
        self.ended()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The first test is about to begin."""
        self.collected(session.items)

    @guarded
    def collected(self, items: list[pytest.Item]) -> None:
        """Know the files of tests, and the environment that the first of them finds."""
        for path in {item.path for item in items if isinstance(item, pytest.Function)}:
            self.kinds[str(path)] = TEST
        self.ended()
        self.baseline = dict(getattr(os.environ, "_data", {}))
        self.given, self.collecting = frozenset(self.touched), False
        if self.state is not None:
            self.state.collected()

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        self.alive = False
        self.environ.__getitem__ = self.original  # type: ignore[method-assign]
        self.environ.__delitem__ = self.original_deletion  # type: ignore[method-assign]


_POPITEM = MutableMapping.popitem.__code__
_POP = MutableMapping.pop.__code__
_NO_DEFAULT = getattr(MutableMapping, "_MutableMapping__marker", None)


def _popped_in_case(frame: FrameType) -> bool:
    """Whether a variable is removed with ``pop``, be it there or not: whoever does that does not depend on it."""
    return frame.f_code is _POP and frame.f_locals.get("default") is not _NO_DEFAULT


def _phase(told: str | bytes | None) -> str:
    """The phase in what pytest tells; that of the test itself where it is not known."""
    phase = os.fsdecode(told or "").rpartition("(")[2].rstrip(")")
    return phase if phase in ("setup", "teardown", "collection") else "call"


@functools.cache
def _noise(name: str) -> bool:
    return _NOISE.fullmatch(name.upper()) is not None
