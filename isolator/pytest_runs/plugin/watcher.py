"""The pytest plugin that watches a run: who changes the environment, who reads it, what keeps it, who calls out.

The recorder tells it which test runs, and what it left changed. Nothing happens without
``--isolator-watch``. It changes nothing, restores nothing, and falls silent at its first error. Each process has a file
of its own in the folder of ``--isolator-log``; each line is a JSON array:

    ["leak", variable, test, file, line, function, phase, scope, state]
    ["edge", polluter, victim, variable, file, line]
    ["presupposed", test, variable, "set" or "unset", file, line]
    ["cache", object, kind, file, line, [variables], test or null]
    ["initializer", target, audit event, file, line, test]
    ["write", test]
    ["problem", sentence]

The test of a leak while files are collected is the node id of the file. Values of variables are never written down.
"""

from __future__ import annotations

import ast
import dis
import functools
import json
import os
import re
import sys
import sysconfig
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sized
from fnmatch import fnmatch
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import pytest

from . import WATCHED
from .log import Log
from .unbreakable import unbreakable

# What a file holds: code under test, or tests; what lies between these and the environment; where pytest begins.
_OTHER, _CODE, _TEST, _PYTEST, _MOCK, _MONKEYPATCH, _IMPORT = range(7)
_PROJECT = (_CODE, _TEST)
_FOREIGN = {"site-packages", "dist-packages", ".venv", "venv", ".tox", ".nox", ".eggs"}
_TEST_FOLDERS = {"test", "tests", "testing"}

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
_DEEP = 50  # frames that are looked at, of a stack that may be a thousand high
_PATIENCE = 1.0  # seconds that a thread waits for another one of which something is being written down
_CALLER = 3  # calls below a handler: that of `safely`, of the hook or the wrapper, and who is watched
_COPY = 3  # so many variables read in the order of the environment, from the first one on, are a copy of it

# Where the environment is at home, and where its methods are wrapped.
_OS, _ABC, _HERE = vars(os), MutableMapping.update.__globals__, globals()
_ENCODING = "" if os.name == "nt" else sys.getfilesystemencoding()  # Windows has text, in capitals
_encode = os.fsencode if _ENCODING else str.upper

Namespace = dict[str, Any]
Frame = tuple[int, CodeType, int, Namespace]  # the kind of its file, its code, the line it is at, its globals
Writer = tuple[str, Any, CodeType, int]  # the test, the phase as pytest tells it, the code and the line


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the option that ``isolator observe`` passes."""
    parser.getgroup("isolator").addoption("--isolator-watch", action="store_true", help="watch the environment")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin to watch before the first conftest is imported, and what that imports."""
    _begin(early_config, getattr(early_config.known_args_namespace, "isolator_log", None))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch in a worker of pytest-xdist, where conftests come before plugins."""
    _begin(config, config.getoption("isolator_log", None))


def _begin(config: pytest.Config, folder: str | None) -> None:
    options = (config.option, config.known_args_namespace)
    if folder and any(getattr(o, "isolator_watch", False) for o in options):
        name = "isolator-watcher"
        if config.pluginmanager.get_plugin(name) is None:
            config.pluginmanager.register(Watcher(config, Path(folder)), name)


class Kinds(dict[str, int]):
    """What each file holds, by the name that code objects have for it. ``relative`` is its name in the evidence."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        self.root = os.path.realpath(config.rootpath)
        roots = {self.root, str(config.rootpath), str(config.invocation_params.dir)}
        self.roots = [os.path.join(root, "") for root in roots]  # noqa: PTH118
        prefixes = (sys.prefix, sys.base_prefix, os.path.dirname(__file__))  # noqa: PTH120
        inner = [p for p in prefixes if p not in roots and p.startswith(tuple(self.roots))]
        self.foreign = tuple(os.path.join(p, "") for p in [*inner, sysconfig.get_path("stdlib")])  # noqa: PTH118
        self.patterns = [pattern for pattern in config.getini("python_files") if pattern != "*.py"]

    def __missing__(self, name: str) -> int:
        kind = self[name] = self.judge(name)
        return kind

    def judge(self, name: str) -> int:
        """What a file holds."""
        if name.startswith("<"):
            return _IMPORT if name.startswith("<frozen importlib") else _OTHER
        path = os.path.abspath(name)  # noqa: PTH100
        slashed = path.replace(os.sep, "/")
        if slashed.endswith(("/unittest/mock.py", "/mock/mock.py")):
            return _MOCK
        if slashed.endswith("/_pytest/monkeypatch.py"):
            return _MONKEYPATCH
        if "/pluggy/" in slashed:
            return _PYTEST
        root = next((root for root in self.roots if path.startswith(root)), None)
        if root is None or path.startswith(self.foreign):
            return _OTHER
        *folders, file = Path(path[len(root) :]).parts
        if not _FOREIGN.isdisjoint(folders):
            return _OTHER
        if file == "conftest.py" or not _TEST_FOLDERS.isdisjoint(folders):
            return _TEST
        matches = any(fnmatch(slashed if "/" in p else file, f"*/{p}" if "/" in p else p) for p in self.patterns)
        return _TEST if matches else _CODE

    def relative(self, name: str) -> str:
        """A file's name relative to pytest's root, with ``/``."""
        try:
            return os.path.relpath(os.path.realpath(name), self.root).replace(os.sep, "/")
        except ValueError:  # on another drive
            return name

    def of_module(self, name: str) -> int:
        """What the file of a module holds."""
        file = getattr(sys.modules.get(name), "__file__", None)
        return self[file] if isinstance(file, str) else _OTHER


def _guarded(method: Callable[..., None]) -> Callable[..., None]:
    """A method of the watcher that does nothing once the watching has stopped, and stops it where it would raise."""

    @functools.wraps(method)
    def guarded(self: Watcher, *args: object) -> None:
        self.safely(functools.partial(method, self), *args)

    return guarded


@unbreakable
class Watcher:
    """Watches one process. Threads of the tests call it too, at any moment: each call goes through ``safely``."""

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        self.log = Log(folder / (worker + WATCHED))
        self.dumps = json.dumps  # which a test may replace by a mock
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
        self.given: frozenset[Any] = frozenset()  # what is written before the first test, for all of them
        self.cleared = False  # within a patch.dict that emptied the environment
        self.leaked: dict[str, str] = {}
        self.baseline: dict[Any, Any] = {}
        self.sites: set[object] = set()
        self.reading: defaultdict[int, Copies] = defaultdict(Copies)  # by thread
        self.caches = Caches(self.kinds)
        self.called: set[object] = set()
        self.begin()

    def begin(self) -> None:
        """Put the watch in place: a hook, which nothing can remove again, and a wrapper."""
        handlers: dict[str, Callable[[str, tuple[Any, ...]], None]] = dict.fromkeys(_CALLS, self.calls)
        handlers["os.putenv"] = handlers["os.unsetenv"] = self.wrote
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
        self.log.write((self.dumps(event) + "\n").encode())

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

    def wrote(self, _: str, args: tuple[Any, ...]) -> None:
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
        if kind == _MOCK and code.co_name in ("_clear_dict", "_unpatch_dict"):
            self.cleared = frame.f_back is not None and frame.f_back.f_code.co_name == "_patch_dict"
            return
        if kind == _MONKEYPATCH and code.co_name == "undo":
            return
        self.touched.add(key)
        meant = self.patchers if kind in (_MOCK, _MONKEYPATCH) else self.writers
        inner, test = self.inner(frame), self.test
        if inner is not None:
            phase = b"(collection)" if test is None else self.phase
            meant[key] = (test or self.place, phase, inner.f_code, inner.f_lineno)
            if test is not None and meant is self.writers:
                self.once("write", test)

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
            if kind in _PROJECT:
                return frame
            if kind == _PYTEST or (kind == _IMPORT and self.test is None):
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
            if copies.length == _COPY:
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
        if asking is None or (asking[1].co_name == "undo" and asking[2] == _MONKEYPATCH):
            return
        frame, _, kind = asking
        if kind == _MONKEYPATCH:
            self.touched.add(key)  # it is about to be set or removed
        if kind in (_MONKEYPATCH, _MOCK) or _popped_in_case(caller):
            return
        frames = self.project(self.inner(frame))[:_DEEP]
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
        frames = [] if found is None or found[2] in (_MOCK, _MONKEYPATCH) else self.project(found[0])[:_DEEP]
        if frames:
            self.sites.add("")
            self.caches.read(Read("", None, True, frames))

    def project(self, frame: FrameType | None) -> list[Frame]:
        """The frames of the project, from the innermost outwards to where pytest begins."""
        found = []
        while frame is not None:
            code = frame.f_code
            kind = self.kinds[code.co_filename]
            if kind in _PROJECT:
                found.append((kind, code, frame.f_lineno, frame.f_globals))
            elif kind == _PYTEST:
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
        if kind == _CODE and read.key not in self.given and name not in self.recorder.scopes:
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
        below = [each for each in frames if each[0] == _CODE and each[1].co_name[:1] != "<"]
        named = ((code, dotted(code, namespace)) for _, code, _, namespace in reversed(below))
        code, target = next(((code, found.name) for code, found in named if found is not None), (None, ""))
        if code is not None and (event, code, test) not in self.called:
            self.called.add((event, code, test))
            file = self.kinds.relative(code.co_filename)
            self.write("initializer", target, event, file, code.co_firstlineno, test)

    # What the recorder tells

    @_guarded
    def started(self, test: str) -> None:
        """A test begins."""
        self.test = test
        if self.touched or self.sites or self.cleared:
            self.touched, self.sites, self.cleared = set(), set(), False

    @_guarded
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

    @_guarded
    def ended(self) -> None:
        """The test is over, and its fixtures too."""
        if self.sites or any(copies.pending for copies in self.reading.values()):
            self.flush()
        self.test = None

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

    @_guarded
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

    @_guarded
    def collected(self, items: list[pytest.Item]) -> None:
        """Know the files of tests, and the environment that the first of them finds."""
        for path in {item.path for item in items if isinstance(item, pytest.Function)}:
            self.kinds[str(path)] = _TEST
        self.ended()
        self.baseline = dict(getattr(os.environ, "_data", {}))
        self.given, self.collecting = frozenset(self.touched), False

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        self.alive = False
        self.environ.__getitem__ = self.original  # type: ignore[method-assign]
        self.environ.__delitem__ = self.original_deletion  # type: ignore[method-assign]


class Read(NamedTuple):
    """The project looked a variable up: its name, as the environment has it, whether it was there, and the frames."""

    name: str
    key: object
    found: bool
    frames: list[Frame]


class Copies:
    """Tells a copy of the whole environment, which reads all variables in their order, from other reads.

    ``open`` while that is not decided; ``pending`` are the reads which it depends on.
    """

    def __init__(self) -> None:
        self.order: Iterator[object] | None = None
        self.length = 0
        self.pending: list[Read] = []

    @property
    def open(self) -> bool:
        return self.order is not None

    def begin(self, data: Iterable[object]) -> None:
        """The first variable of all is read."""
        order, self.length = iter([*data]), 1
        next(order)
        self.order = order

    def goes_on(self, key: object) -> bool:
        """Whether this read is part of a copy, for certain."""
        if self.order is None:
            return False
        if next(self.order, None) != key:
            self.order = None
            return False
        self.length += 1
        if self.length < _COPY:
            return False
        self.pending.clear()
        return True

    def settled(self) -> list[Read]:
        """The reads that were no part of a copy, as is certain by now."""
        if self.open or not self.pending:
            return []
        found, self.pending = self.pending, []
        return found


class Slot:
    """A place that a function may fill: a global, a class's attribute, the cache of a function, a cached property.

    ``holder`` is the namespace, the class, or what ``lru_cache`` made; ``before`` is what it held when the environment
    was read, as ``look`` has it.
    """

    def __init__(self, kind: str, holder: Any, attribute: str, name: str, code: CodeType) -> None:  # noqa: ANN401
        self.kind, self.holder, self.attribute, self.name, self.code = kind, holder, attribute, name, code
        self.before = self.look()
        self.variables: set[str] = set()

    def look(self) -> tuple[int, int] | None:
        """The identity and the size of what is there; None if there is nothing that could be cached."""
        if self.kind == "lru_cache":
            return 0, self.holder.cache_info().currsize
        if self.kind == "cached_property":
            return None
        space = self.holder if self.kind == "global" else vars(self.holder)
        value = space.get(self.attribute)
        return (id(value), _size(value)) if _is_data(value) else None

    def filled(self) -> bool:
        """Whether something else is there by now, or more."""
        now = self.look()
        return now is not None and (self.before is None or now[0] != self.before[0] or now[1] > self.before[1])


class Caches:
    """What the functions that were running while the environment was read have filled since."""

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.slots: dict[str, Slot] = {}
        self.seen: set[object] = set()
        self.known: dict[str, object] = {}  # what each held when an earlier test was over
        self.imports: dict[tuple[str, int], tuple[Namespace, set[str]]] = {}

    def read(self, read: Read) -> None:
        """Remember how things are that may be filled by the code under test that reads."""
        for kind, code, line, namespace in read.frames:
            if kind != _CODE or (code, line, read.name) in self.seen:
                continue
            self.seen.add((code, line, read.name))
            if code.co_name == "<module>":
                self.imports.setdefault((code.co_filename, line), (namespace, set()))[1].add(read.name)
                continue
            for slot in slots(code, namespace):
                self.slots.setdefault(slot.name, slot).variables.add(read.name)

    def filled(self) -> Iterator[tuple[str, str, str, int, list[str]]]:
        """Each cache that has been filled: its name, kind, file and line, and the variables that were read."""
        found, self.slots = self.slots, {}
        imports, self.imports = self.imports, {}
        self.seen.clear()
        for slot in found.values():
            for name in self.instances(slot) if slot.kind == "cached_property" else self.itself(slot):
                file = self.kinds.relative(slot.code.co_filename)
                yield name, slot.kind, file, slot.code.co_firstlineno, sorted(slot.variables - {""})
        for (file, line), (namespace, variables) in imports.items():
            for first, last, name in bindings(file):
                value = namespace.get(name)
                kept = isinstance(value, (dict, list, set, frozenset, tuple)) or self.is_own(value)
                if first <= line <= last and kept:
                    relative = self.kinds.relative(file)
                    yield f"{namespace['__name__']}.{name}", "global", relative, first, sorted(variables - {""})

    def itself(self, slot: Slot) -> list[str]:
        """The slot's name if it was filled; not if it holds again what it held before, for want of another test."""
        earlier, now = self.known.get(slot.name), slot.look()
        self.known[slot.name] = now
        return [slot.name] if now != earlier and slot.filled() else []

    def is_own(self, value: object) -> bool:
        """Whether something is an instance of a class of the code under test."""
        return _is_data(value) and self.kinds.of_module(type(value).__module__) == _CODE

    def instances(self, slot: Slot) -> Iterator[str]:
        """The module-level objects that hold the value of a cached property; each once, best where its class is."""
        home = slot.holder.__module__
        seen = set()
        for module in sorted([*sys.modules], key=lambda name: name != home):
            held = sys.modules.get(module)  # another thread may import, too
            if held is None or self.kinds.of_module(module) != _CODE:
                continue
            for name, value in [*vars(held).items()]:
                if issubclass(type(value), slot.holder) and id(value) not in seen and slot.attribute in vars(value):
                    seen.add(id(value))
                    yield f"{module}.{name}.{slot.attribute}"


def slots(code: CodeType, namespace: Namespace) -> Iterator[Slot]:
    """What a function may fill: its own cache, and what it mentions of its module and of the classes there."""
    module = str(namespace.get("__name__"))
    found = dotted(code, namespace)
    if found is not None:
        cache = _lru_cache_of(found.raw)
        if cache is not None:
            yield Slot("lru_cache", cache, code.co_name, found.name, code)
        elif type(found.raw).__name__ == "cached_property":
            yield Slot("cached_property", found.owner, code.co_name, found.name, code)
    written = stored(code)
    owners = [*classes(namespace, module)]
    for name in code.co_names:
        # One that is not there yet must be bound here; else a global would do that has the name of an attribute.
        if name in namespace or name in written:
            yield Slot("global", namespace, name, f"{module}.{name}", code)
        for owner in owners:
            if name in vars(owner) or name in written:
                for each in [owner, *(_heirs(owner) if name in written else ())]:
                    yield Slot("class-attribute", each, name, f"{each.__module__}.{each.__qualname__}.{name}", code)


class Named(NamedTuple):
    """A function under its dotted name: what stands there, and the class that it stands in."""

    name: str
    raw: Any
    owner: type | None


def dotted(code: CodeType, namespace: Namespace) -> Named | None:
    """Where a function can be found by name, in its module or a class there; None if it cannot."""
    module, name = str(namespace.get("__name__")), code.co_name
    if _runs(namespace.get(name), code):
        return Named(f"{module}.{name}", namespace[name], None)
    for owner in classes(namespace, module):
        raw = vars(owner).get(name)
        if _runs(raw, code):
            return Named(f"{module}.{owner.__qualname__}.{name}", raw, owner)
    return None


def classes(namespace: Namespace, module: str, outer: str = "") -> Iterator[type]:
    """The classes that a module defines, and those in them."""
    for name, value in [*namespace.items()]:
        known = issubclass(type(value), type) and value.__qualname__ == outer + name
        if known and vars(value).get("__module__") == module:
            yield value
            yield from classes(dict(vars(value)), module, f"{outer}{name}.")


def _heirs(owner: type) -> Iterator[type]:
    heirs: list[type] = type.__subclasses__(owner)
    for heir in heirs:
        yield heir
        yield from _heirs(heir)


@functools.cache
def stored(code: CodeType) -> frozenset[str]:
    """The globals and the attributes that a function binds."""
    found = dis.get_instructions(code)
    return frozenset(str(each.argval) for each in found if each.opname in ("STORE_GLOBAL", "STORE_ATTR"))


@functools.cache
def bindings(file: str) -> list[tuple[int, int, str]]:
    """The names that a module binds outside of functions and classes: first line, last line, name."""
    try:
        body = ast.parse(Path(file).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    return [*_bindings(body)]


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[int, int, str]]:
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if isinstance(name, ast.Name):
                        yield node.lineno, node.end_lineno or node.lineno, name.id
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                yield from _bindings(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _bindings(handler.body)


def waiting(kinds: Kinds) -> list[Frame]:
    """The project's frames, from the innermost outwards, of a task that has a name looked up in a thread."""
    asyncio = sys.modules.get("asyncio")
    for inner in [*sys._current_frames().values()] if asyncio is not None else []:
        running, frame = [], inner
        while frame.f_code.co_name != "run_forever" and frame.f_back is not None:
            running.append(frame)
            frame = frame.f_back
        if frame.f_code.co_name != "run_forever":
            continue
        tasks = asyncio.all_tasks(frame.f_locals.get("self"))  # type: ignore[union-attr]
        for chain in [running, *([*_suspended(task.get_coro())][::-1] for task in tasks)]:
            if any(each.f_code.co_name == "getaddrinfo" for each in chain[:_DEEP]):
                found = [(kinds[f.f_code.co_filename], f.f_code, f.f_lineno, f.f_globals) for f in chain]
                return [each for each in found if each[0] in _PROJECT]
    return []


def _suspended(awaited: Any) -> Iterator[FrameType]:  # noqa: ANN401
    while getattr(awaited, "cr_frame", None) is not None:
        yield awaited.cr_frame
        awaited = awaited.cr_await


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


def _is_data(value: object) -> bool:
    return value is not None and not isinstance(value, _NO_DATA)


_NO_DATA = (
    *(type, ModuleType, FunctionType, MethodType, BuiltinFunctionType, functools.partial),
    *(property, staticmethod, classmethod, functools.cached_property, type(stored)),
)


def _size(value: object) -> int:
    """How many things a container has; 0 for anything else, whose own ``__len__`` is not called."""
    return len(value) if type(value).__module__ in ("builtins", "collections") and isinstance(value, Sized) else 0


def _runs(raw: object, code: CodeType) -> bool:
    """Whether something that stands in a namespace ends up calling this code."""
    while raw is not None:
        if isinstance(raw, FunctionType) and raw.__code__ is code:
            return True
        raw = _within(raw)
    return False


def _lru_cache_of(raw: object) -> Any:  # noqa: ANN401
    while raw is not None and type(raw) is not type(stored):
        raw = _within(raw)
    return raw


def _within(raw: object) -> Any:  # noqa: ANN401
    """What a wrapper wraps; None if it is none."""
    if isinstance(raw, (staticmethod, classmethod)):
        return raw.__func__
    if isinstance(raw, property):
        return raw.fget
    if type(raw).__name__ == "cached_property":
        return vars(raw).get("func")
    return vars(raw).get("__wrapped__") if isinstance(raw, (FunctionType, type(stored))) else None
