"""What a watched run showed (``isolator observe``), and its file, ``.isolator/evidence.json``.

    {"version": 1,
     "runs": [{"order", "seed", "seconds", "exit", "problem"}…],
     "tests": {node id: [how it ended, one a run]},
     "leaks": [{"variable", "test", "file", "line", "function", "phase", "scope", "state"}…],
     "edges": [{"polluter", "reader", "variable", "file", "line"}…],
     "assumed": [{"test", "variable", "state", "file", "line"}…],
     "caches": [{"object", "kind", "file", "line", "variables", "tests"}…],
     "initializers": [{"target", "call", "file", "line", "tests", "seconds"}…],
     "cells": [{"path", "tests", "places", "cleaners", "kinds"}…],
     "hangs": [{"test", "stack"}…],
     "problems": [sentence…],
     "left": [line…],
     "uncollected": [line…],
     "writing": [node id…] or null,
     "inherited": [{"test", "variables"}…],
     "causes": [{"test", "cells"}…],
     "set_ups": [{"test", "setters", "code", "parameters", "decorators", "imports", "refusal"}…]}

Environment variables are stored by name, with whether they were set, never with their values. Files are relative to
pytest's root, with ``/``; lines count from 1.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

from codemods.context import SetUp
from isolator.system.files.stored import check_version, dump, load, shaped, typed

VERSION = 1

CacheKind = Literal["lru_cache", "global", "class-attribute", "cached_property"]


@dataclass(frozen=True)
class WatchedRun:
    """One run; as in ``pytest_runs.model.Run``, or with the order ``alone``: each test in its own process."""

    order: str
    seed: int
    seconds: float
    exit: int | None
    problem: str | None = None


@dataclass(frozen=True)
class Leak:
    """A variable that ``test`` left changed at the end of its scope, and the line that changed it last.

    ``file`` and ``line`` are of the project: of a test, a fixture, or the code under test (``function`` is its name);
    None if the write was not seen. ``scope`` is function, class, module, package or session: where it was set up.
    A variable that the import of a test file leaves changed has the phase ``collection``, and as its
    test the node id of that file. ``state`` is how the variable was left.
    """

    variable: str
    test: str
    file: str | None
    line: int | None
    function: str | None
    phase: Literal["setup", "call", "teardown", "collection"]
    scope: str = "function"
    state: Literal["set", "unset"] = "set"


@dataclass(frozen=True)
class Edge:
    """The reader, a test, read a variable at this line that the polluter had left changed.

    The runs show whether it is a victim, whose outcome depends on that. Earlier versions of isolator wrote `victim`
    instead of `reader`.
    """

    polluter: str
    reader: str
    variable: str
    file: str
    line: int


@dataclass(frozen=True)
class Assumed:
    """A test in which the code under test looked up a variable, and found it set or unset.

    Neither the test nor its fixtures, a conftest or an import had set or removed it.
    """

    test: str
    variable: str
    state: Literal["set", "unset"]
    file: str
    line: int


@dataclass(frozen=True)
class Inherited:
    """A test that fails in every order because these variables are set in the environment of pytest.

    It passes if pytest is started without them. Only ``isolator deflake`` tries this.
    """

    test: str
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Cache:
    """An object that was filled from the environment, and that persists after the test that filled it.

    ``object`` is its dotted name, as the settings have it (``core.config.get_config``, ``core.config._config``,
    ``core.config.Config._instance``); ``file`` and ``line`` are those of the function that fills it, or of the
    statement that assigns it. ``tests`` are those that filled it: empty if an import did, before all tests.
    ``variables`` is empty if the whole environment was read.
    """

    object: str
    kind: CacheKind
    file: str
    line: int
    variables: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Initializer:
    """The outermost function of the project, below a test, that opened a connection or started a process.

    ``target`` is its dotted name; ``call`` is the audit event (``socket.connect``, ``subprocess.Popen`` …).
    """

    target: str
    call: str
    file: str
    line: int
    tests: tuple[str, ...]
    seconds: float = 0.0


@dataclass(frozen=True)
class Cell:
    """What ``tests`` left changed, each of them: a path from a module or a test file, a cell of the process, or a file.

    ``app.registry.HANDLERS["json"]``, ``app.db.Engine._instance.pool``, ``tests/test_a.py::TestX.graph``,
    ``logging.getLogger("app").level``, ``os.getcwd()``, ``./data/x.csv``, ``~/.tool/x.db``, ``…/x`` in a folder
    that was made for some tests

    ``places`` are the lines that did so last, one for each of ``tests``, as ``app/registry.py:14``; "" where no line of
    the project was seen to. ``cleaners`` are the tests that found it changed, and left it as it was before all tests.
    ``kinds`` tell what a fixture must restore: a dict, list, set or deque that holds something else, ``value``, a
    name that stands for something else, ``plain``, one that was None, a number or a string at first, or ``new``, a name
    that was not there; "" for anything else. Earlier versions of isolator did not write them.
    """

    path: str
    tests: tuple[str, ...]
    places: tuple[str, ...] = ()
    cleaners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cause:
    """Paths as in ``Cell``: ``test``, which failed after others, passes after them if these are put back in between.

    That was found out by experiment (``isolator deflake``).
    """

    test: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Hang:
    """Where a test hung: the stack from its own line inwards, after it those of other threads and of tasks."""

    test: str
    stack: str


@dataclass(frozen=True)
class Evidence:
    """The whole. ``tests`` has, by node id, how each ended in each run; ``problems`` are what the watching missed;
    ``left`` are the files that changed while the tests ran, each with what became of it; ``uncollected`` says of what
    cannot be collected how to continue without it.

    ``tests`` are in the order in which pytest collects them: that and a run's order give what ran before what.
    ``writing`` are those during which something other than mock and monkeypatch wrote to the environment, put back or
    not; None where that was not watched to the end. ``set_ups`` are what brittle tests need of others, found out by
    experiment (``isolator deflake --unsafe-fixes``).
    """

    runs: tuple[WatchedRun, ...] = ()
    tests: dict[str, tuple[str | None, ...]] | None = None
    leaks: tuple[Leak, ...] = ()
    edges: tuple[Edge, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    caches: tuple[Cache, ...] = ()
    initializers: tuple[Initializer, ...] = ()
    hangs: tuple[Hang, ...] = ()
    problems: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    uncollected: tuple[str, ...] = ()
    writing: tuple[str, ...] | None = None
    cells: tuple[Cell, ...] = ()
    inherited: tuple[Inherited, ...] = ()
    causes: tuple[Cause, ...] = ()
    set_ups: tuple[SetUp, ...] = ()


def to_json(evidence: Evidence) -> str:
    """The document, with a newline at its end."""
    return dump({"version": VERSION, **asdict(evidence)})


_Row = TypeVar("_Row")


def from_json(text: str) -> Evidence:
    """The evidence that a document holds. Raises ValueError for anything that ``to_json`` did not write."""
    return from_document(load(text))


def from_document(document: dict[str, Any]) -> Evidence:
    """The same for what ``json`` has read."""
    with shaped("no evidence"):
        check_version(document, VERSION)
        return Evidence(
            runs=_rows(WatchedRun, document["runs"]),
            tests=_ends(document["tests"]),
            leaks=_rows(Leak, document["leaks"]),
            edges=_rows(Edge, [_with_reader(row) for row in document["edges"]]),
            assumed=_rows(Assumed, document["assumed"]),
            caches=_rows(Cache, document["caches"]),
            initializers=_rows(Initializer, document["initializers"]),
            hangs=_rows(Hang, document["hangs"]),
            problems=tuple(map(str, document["problems"])),
            left=tuple(map(str, document.get("left", ()))),
            uncollected=tuple(map(str, document.get("uncollected", ()))),
            writing=_names(document.get("writing")),
            cells=_rows(Cell, document.get("cells", [])),
            inherited=_rows(Inherited, document.get("inherited", [])),
            causes=_rows(Cause, document.get("causes", [])),
            set_ups=_rows(SetUp, document.get("set_ups", [])),
        )


def _ends(tests: dict[str, list[str | None]] | None) -> dict[str, tuple[str | None, ...]] | None:
    if tests is None:
        return None
    return {name: tuple(end if end is None else str(end) for end in ends) for name, ends in tests.items()}


def _with_reader(row: dict[str, Any]) -> dict[str, Any]:
    """An edge, also one in which an earlier isolator called every reader a victim."""
    return {**row, "reader": row["victim"]} if "victim" in row else row


def _names(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(map(str, names))


def _rows(kind: type[_Row], rows: list[dict[str, Any]]) -> tuple[_Row, ...]:
    return tuple(typed(kind, row) for row in rows)
