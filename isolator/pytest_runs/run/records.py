"""Reading what the plugin wrote down of one run (the format stands in ``isolator/pytest_runs/plugin/recorder.py``)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from isolator.pytest_runs.model import Attempt, Result
from isolator.pytest_runs.plugin import WATCHED


@dataclass(frozen=True)
class Session:
    """What a run of the whole suite said of itself.

    Its root, its settings, and its paths among the arguments.
    """

    rootdir: str = ""
    inifile: str = ""
    positional: tuple[str, ...] = ()


@dataclass
class Record:
    """What one process wrote. ``running`` is the test that began and did not end. ``finished``: pytest came to its end.

    ``pid`` is its process; ``uncollected`` is what could not be collected, by node id, with the type of the error;
    ``problems`` are what could not be recorded.
    """

    pid: int | None = None
    session: Session = Session()
    captures: bool = True
    collected: list[str] | None = None
    uncollected: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    printed: set[int] = field(default_factory=set)
    running: str | None = None
    finished: int | None = None
    problems: list[str] = field(default_factory=list)

    def take(self, event: list[Any]) -> None:
        """Take one line into account."""
        kind, *rest = event
        names = self.collected or []
        if kind == "session":
            said = rest[0]
            self.pid, self.captures = said["pid"], said["capture"] != "no"
            self.session = Session(said["rootdir"], said["inifile"], tuple(said["positional"]))
        elif kind == "collected":
            self.collected = rest[0]
        elif kind == "uncollected":
            self.uncollected[rest[0]] = rest[1]
        elif kind == "start":
            self.running = names[rest[0]]
        elif kind == "end":
            self._ended(names[rest[0]], rest[1:])
        elif kind == "leaks":
            self._left_changed([names[number] for number in rest[0]], rest[1])
        elif kind == "printed":
            self.printed.update(rest[0])
        elif kind == "problem":
            self.problems.append(rest[0])
        elif kind == "finish":
            self.finished = rest[0]

    def _left_changed(self, tests: Iterable[str], leaks: Iterable[str]) -> None:
        for name in tests:
            attempt = self.attempts.get(name, Attempt("not run"))
            self.attempts[name] = replace(attempt, leaks=tuple(sorted({*attempt.leaks, *leaks})))

    def _ended(self, name: str, rest: list[Any]) -> None:
        result, way, reruns, leaks, forbidden, seconds, subtests = rest
        known = self.attempts.get(name, Attempt("not run"))
        both = tuple(sorted({*known.leaks, *leaks}))  # of a class that ended in its tear-down, too
        if known.result != "not run":  # each test runs twice
            self.attempts[name] = replace(known, leaks=both, again=result, again_way=way)
            self.running = None
            return
        self.attempts[name] = Attempt(result, way, reruns, both, tuple(forbidden), seconds)
        for number, (description, inner, its_way) in enumerate(subtests):
            key = f"{name} {description}"
            key = key if key not in self.attempts else f"{key} #{number}"
            self.attempts[key] = Attempt(cast(Result, inner), its_way, subtest=True)
        self.running = None


def read_records(folder: Path) -> dict[str, Record]:
    """The records of each process of a run, by its name: ``main``, or ``gw0`` and so on."""
    found = {}
    for path in sorted(folder.glob("*.log")):
        record = found[path.stem] = Record()
        for event in events(path.read_bytes().splitlines()):
            try:
                record.take(event)
            except (IndexError, KeyError, TypeError, ValueError):
                record.problems.append("a line that is not its own")
    return found


def read_watched(folder: Path) -> list[list[Any]]:
    """The events that the watching plugin wrote, of all processes (the format stands in ``plugin/watcher.py``)."""
    paths = sorted(folder.glob(f"*{WATCHED}"))
    return [event for path in paths for event in events(path.read_bytes().splitlines())]


def events(lines: Iterable[bytes]) -> Iterator[list[Any]]:
    """The events in some lines; one that a dying process did not finish is left out."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            continue
