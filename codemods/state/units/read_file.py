"""Reading a file: its functions one by one, or a set-up and its tear-down together."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codemods.context import Context
from codemods.python.names import Function, generator
from codemods.python.source import Source, fact, is_on
from codemods.state.cases.finalizers import finalized
from codemods.state.cases.isolation import scoped_classes
from codemods.state.cases.set_ups import alone_put_back, pairs_of
from codemods.state.cases.testcases import CLASS_LEVEL, TestCases
from codemods.state.expressions.known_keys import known_keys
from codemods.state.model.kind import kind_of
from codemods.state.model.plan import Unit
from codemods.state.place.placing import placed
from codemods.state.place.restorers import refuse_restorers
from codemods.state.restoring.foreign_managers import local_managers
from codemods.state.restoring.managers import Manager, isolated_managers, managers_of, refuse_shared
from codemods.suite.hosts import Host, Kind, hosts


@dataclass
class FileRead:
    """The units of a file, each by itself; the keys that a fixture or tear-down has to find set,
    and the file's context managers.
    """

    managers: Mapping[str, Manager]
    units: list[Unit] = field(default_factory=list)
    expected: dict[Function, set[str]] = field(default_factory=dict)
    # Those that clean up what is not followed here.
    cleaning: list[Host] = field(default_factory=list)

    def add(self, units: Sequence[Unit], host: Host, expects: set[str]) -> None:
        """What was read of a function."""
        self.units += units
        lasting = (Kind.FIXTURE, Kind.WIDE_FIXTURE, Kind.SETUP)
        if expects and (host.kind in lasting or host.function.name in CLASS_LEVEL):
            self.expected[host.function] = expects


def read_file(source: Source, context: Context) -> FileRead:
    """What the functions of a file do, each by itself; refused where two do not fit together."""
    lines = changed_lines(source)
    statements = [s for s in source.tree.body if is_on(s, lines)]
    every = [*hosts(source, context, statements)]
    on_lines = [host for host in every if is_on(host.function, lines)]
    changes = {host.function for host in on_lines}.__contains__
    found = FileRead(_managers(source, on_lines))
    apart = scoped_classes(on_lines, found.managers)
    for function, pair in pairs_of(every, changes, found.managers).items():
        found.units.append(pair.unit)
        apart |= {plan.host.function for plan in (pair.unit.plan, *pair.unit.along)}
        if pair.expects:
            found.expected[function] = pair.expects
    cases = TestCases(every, changes, found.managers)
    for host in _to_read(every, cases, changes):
        if host.function not in apart:
            _read_function(host, cases, found)
    units = refuse_restorers(alone_put_back(found.units, every, changes))
    expected = {key for keys in found.expected.values() for key in keys}
    units = cases.settled(units, known_keys(expected, source))
    if found.cleaning:
        from codemods.state.units.undo_order import refuse_around

        units = refuse_around(units, found.cleaning)
    found.units = refuse_shared(units)
    return found


def _managers(source: Source, changing: Sequence[Host]) -> dict[str, Manager]:
    """The context managers of a file: those that it imports or defines, and the helpers among
    its ``changing`` functions.
    """
    helpers = (host for host in changing if host.kind is Kind.HELPER and generator(host.function))
    known = {**local_managers(source), **isolated_managers(source)}
    read = managers_of([unit for unit in (placed(host).unit for host in helpers) if unit])
    return {**known, **read, **{name: m for name, m in known.items() if m.isolates}}


def _to_read(
    every: Sequence[Host], cases: TestCases, changes: Callable[[ast.stmt], bool]
) -> Iterator[Host]:
    for host in every:
        if cases.holds(host) if host.kind is Kind.TESTCASE else changes(host.function):
            yield host


def _read_function(host: Host, cases: TestCases, found: FileRead) -> None:
    """Add what a function does: with its finalizers, as a method of a TestCase, or alone."""
    if restored := finalized(host, found.managers):
        found.units += restored
    elif host.kind is Kind.TESTCASE:
        case = cases.reader(host)
        unit = case.read()
        found.add([unit] if unit is not None else [], host, case.expects)
    else:
        reading, unit = placed(host, found.managers)
        units = [*([unit] if unit is not None else []), *reading.inner]
        found.add(units, host, reading.expects)
        if reading.draft.writes.unclear:
            found.cleaning.append(host)


@fact
def changed_lines(source: Source) -> list[int]:
    """The numbers of the lines on which something may change a cell."""
    return kind_of(source).changed_lines(source)
