"""``isolator observe``: pytest once in each order, watched, and what the runs showed taken together."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from isolator.evidence.model import (
    Assumed,
    Cache,
    Cell,
    Edge,
    Evidence,
    Hang,
    Initializer,
    Leak,
    WatchedRun,
    to_json,
)
from isolator.project.tables.confirm import Order
from isolator.pytest_runs.model import Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.system.errors import Failure
from isolator.system.files.atomic import write_whole
from isolator.system.files.workdir import work_folder
from isolator.system.visible import count

Event = list[Any]  # the format stands in `plugin/watcher.py`

ORDERS: tuple[Order, ...] = ("given", "reversed")
FILE = "evidence.json"
_MANY = 25  # names or items of one object
_LAST = re.compile(r"(\.[^.\[]*|\[[^\]]*\])$")
_TRACED = 10  # tests, of those that leave the same changed
# Of the calls below one function, that which says most.
_CALLS = ("socket.connect", "subprocess.Popen", "os.system", "urllib.Request", "socket.getaddrinfo")


def observe(options: Options, folder: Path, tell: Callable[[str], None]) -> Evidence:
    """Run pytest in a folder, watched, once in each of the orders asked for. ``tell`` is called for each run.

    Raises Failure if pytest cannot run at all: it is not there, collects nothing, or does not understand its arguments.
    """
    runner = Runner(replace(options, sparing=True), folder, watching=True)
    _, events, evidence = _watched(runner, tell)
    return _with_lines(runner, evidence, events, tell) if options.heap else evidence


def watch(runner: Runner, tell: Callable[[str], None]) -> tuple[tuple[Run, ...], Evidence]:
    """The same with a runner that watches; the runs too. Lines are known of variables and files only."""
    runs, _, evidence = _watched(runner, tell)
    return runs, evidence


def _watched(runner: Runner, tell: Callable[[str], None]) -> tuple[tuple[Run, ...], list[Event], Evidence]:
    """The runs, what the watching plugin wrote of them, and what they show."""
    options = runner.options
    runs: list[Run] = []
    events: list[Event] = []
    try:
        with leftovers(runner.folder, options.arguments, tell) as files:
            runner.leftovers = files
            for number, order in enumerate(options.orders):
                run = runner.run(Planned(order, (options.seed + number) % 2**32))
                if not run.usable and run.problem is not None and not runs:
                    raise Failure(run.problem)
                runs.append(run)
                events += runner.watched
                tell(f"run {number + 1} of {len(options.orders)} ({order}): {_told(run)}")
    except OSError as error:
        raise Failure(f"pytest cannot be run: {error}") from None
    evidence = replace(merge(runs, events), left=files.lines(), uncollected=runner.uncollected(runs))
    return tuple(runs), events, evidence


def _told(run: Run) -> str:
    lost = sum(attempt.uncollected for attempt in run.attempts.values())
    said = f"watched in {run.seconds:.1f} s" + (f", {lost} not collected" if lost else "")
    return f"{said}, {run.problem}" if run.problem else said


def _with_lines(runner: Runner, evidence: Evidence, events: Sequence[Event], tell: Callable[[str], None]) -> Evidence:
    """The evidence with the lines that leave state changed: those tests are run once more, and traced.

    Of many that leave the same changed the first are. That run also tells which of several tests did so that were so
    short that all of them were looked at together.
    """
    suspected = {(path, test) for _, path, tests in _of_kind("suspects", events) for test in tests}
    wanted: dict[str, list[str]] = {}
    for path, test in suspected:
        wanted.setdefault(test, []).append(path)
    for cell in evidence.cells:
        unseen = (test for test, place in zip(cell.tests, cell.places, strict=True) if not place)
        for test in islice(unseen, _TRACED):
            wanted.setdefault(test, []).append(cell.path)
    if not wanted:
        return evidence
    # Each with the one after it, before which no fixture is torn down that both use.
    tests = [*(evidence.tests or ())]
    ordered = tuple(test for test, before in zip(tests, ["", *tests], strict=False) if {test, before} & wanted.keys())
    with leftovers(runner.folder, runner.options.arguments, tell) as files:
        runner.leftovers = files
        run = runner.run(Planned("given", runner.options.seed, ordered, lines=wanted))
    tell(f"looked for lines in {count(len(wanted), 'test')} in {run.seconds:.1f} s")
    sure = [event for event in _of_kind("cell", runner.watched) if (event[1], event[2]) in suspected]
    found = places(runner.watched)
    cells = _cells(event[1:] for event in (*_of_kind("cell", events), *sure))
    located = (replace(c, places=tuple(map(_known(found, c), c.tests, c.places))) for c in cells)
    return replace(evidence, cells=tuple(located), left=tuple(dict.fromkeys([*evidence.left, *files.lines()])))


def _of_kind(kind: str, events: Iterable[Event]) -> Iterator[Event]:
    return (event for event in events if event[0] == kind)


def places(watched: Iterable[Event]) -> dict[tuple[str, str], str]:
    """The lines that were seen to leave something changed, by its path and the test."""
    events = _of_kind("cell", watched)
    return {(path, test): f"{file}:{line}" for _, path, test, file, line, *_ in events if file is not None}


def _known(found: Mapping[tuple[str, str], str], cell: Cell) -> Callable[[str, str], str]:
    return lambda test, place: place or found.get((cell.path, test), "")


def save(evidence: Evidence, root: Path) -> Path:
    """Keep the evidence in the folder ``.isolator`` of a project. Raises OSError if it cannot be written."""
    path = work_folder(root) / FILE
    write_whole(path, to_json(evidence).encode("utf-8", "surrogatepass"))
    return path


def has_findings(evidence: Evidence) -> bool:
    """Whether there is something to fix; that a test reads variables which nobody leaks does not count."""
    seen = (evidence.leaks, evidence.edges, evidence.caches, evidence.initializers, evidence.hangs)
    return any((*seen, evidence.cells))


def incomplete(evidence: Evidence) -> bool:
    """Whether there may be more than was seen: a file cannot be collected, a run ended early, or the watching did."""
    return bool(evidence.problems or evidence.uncollected) or any(run.problem is not None for run in evidence.runs)


def merge(runs: Sequence[Run], watched: Iterable[list[Any]]) -> Evidence:
    """What runs showed, and what the watching plugin wrote of them, each thing once."""
    events: dict[str, list[list[Any]]] = {}
    for kind, *rest in {json.dumps(event): event for event in watched}.values():
        events.setdefault(kind, []).append(rest)
    names = dict.fromkeys(n for run in runs for n, a in run.attempts.items() if not a.subtest and not a.uncollected)
    return Evidence(
        runs=tuple(WatchedRun(run.order, run.seed, run.seconds, run.exit, run.problem) for run in runs),
        tests={n: tuple(run.attempts[n].result if n in run.attempts else None for run in runs) for n in names},
        leaks=tuple(Leak(*each) for each in events.get("leak", ())),
        edges=tuple(Edge(*each) for each in events.get("edge", ())),
        assumed=tuple(Assumed(*each) for each in events.get("assumed", ())),
        caches=_caches(events.get("cache", ())),
        initializers=_initializers(events.get("initializer", ())),
        cells=_cells(events.get("cell", ())),
        hangs=tuple(_hangs(runs)),
        problems=tuple(sentence for (sentence,) in events.get("problem", ())),
        # What stopped watching, or a run that was cut off, may have missed some.
        writing=None
        if "problem" in events or any(run.problem for run in runs)
        else tuple(dict.fromkeys(test for (test,) in events.get("write", ()))),
    )


def _caches(events: Iterable[list[Any]]) -> tuple[Cache, ...]:
    """One for each object: the place where it was seen first, and all variables and tests."""
    found: dict[str, Cache] = {}
    for name, kind, file, line, variables, test in events:
        cache = found.get(name, Cache(name, kind, file, line, (), ()))
        tests = dict.fromkeys([*cache.tests, *([test] if test else [])])
        found[name] = replace(cache, variables=tuple(sorted({*cache.variables, *variables})), tests=tuple(tests))
    return tuple(found.values())


def _cells(events: Iterable[list[Any]]) -> tuple[Cell, ...]:
    """One for each path, with all tests that left it changed.

    One in which a test changes very much is listed once, not each name or item in it.
    """
    found: dict[str, dict[str, str]] = {}
    cleaners: dict[str, dict[str, None]] = {}
    kinds: dict[str, set[str]] = {}
    told = [*events]
    inside = Counter((_outer(path), test) for path, test, *_ in told)
    for inner, test, file, line, again, kind in told:
        path = inner if inside[_outer(inner), test] <= _MANY else _outer(inner)
        kinds.setdefault(path, set()).add(kind if path == inner else "")
        if again:
            cleaners.setdefault(path, {})[test] = None
            continue
        at = "" if file is None else f"{file}:{line}"
        known = found.setdefault(path, {})
        known[test] = known.get(test) or at
    return tuple(
        Cell(p, tuple(t), tuple(t.values()), tuple(cleaners.get(p, ())), tuple(sorted(kinds[p])))
        for p, t in found.items()
    )


def _outer(path: str) -> str:
    """What a name or an item is in."""
    return _LAST.sub("", path)


def _initializers(events: Iterable[list[Any]]) -> tuple[Initializer, ...]:
    """One for each target, with all tests that reach it."""
    found: dict[str, Initializer] = {}
    for target, call, file, line, test in events:
        known = found.get(target, Initializer(target, call, file, line, ()))
        call = min(call, known.call, key=_CALLS.index)
        found[target] = replace(known, call=call, tests=tuple(dict.fromkeys([*known.tests, test])))
    return tuple(found.values())


def _hangs(runs: Iterable[Run]) -> Iterable[Hang]:
    hung = [(name, run.stack or "") for run in runs for name, a in run.attempts.items() if a.result == "hung"]
    return (Hang(name, stack) for name, stack in dict(reversed(hung)).items())
