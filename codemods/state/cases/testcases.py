"""``unittest.TestCase``: which methods belong together, and in which order they are undone.

pytest runs what ``addCleanup`` and ``addClassCleanup`` registered, but not what
``unittest.addModuleCleanup`` did.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from codemods.python.names import parameters
from codemods.state.around.case_classes import family, with_bases_of
from codemods.state.cases.case_reading import CaseReader
from codemods.state.cases.staying import leave_changes
from codemods.state.expressions.known_keys import known_in
from codemods.state.model import refusals
from codemods.state.model.kind import kind_of
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import UndoScope, Unit
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host, Kind

TEAR_DOWNS = {"setUp": "tearDown", "asyncSetUp": "asyncTearDown", "setUpClass": "tearDownClass"}


CLASS_LEVEL = ("setUpClass", "tearDownClass")


class TestCases:
    """The methods of the TestCases of a file. ``changes`` tells whether a function changes the
    environment.

    ``managers`` are the context managers of the file.
    """

    __test__ = False

    def __init__(
        self,
        hosts: Iterable[Host],
        changes: Callable[[ast.stmt], bool],
        managers: Mapping[str, Manager],
    ) -> None:
        self.managers = managers
        self.changes = changes
        self.tear_downs = _tear_downs(hosts)
        self.joined = {host.function for host in self.tear_downs.values()}
        self.readers: dict[ast.stmt, CaseReader] = {}
        self.refused: list[Unit] = []
        self.methods = [
            host for host in hosts if host.kind is Kind.TESTCASE and changes(host.function)
        ]

    def holds(self, host: Host) -> bool:
        """Whether the method must be read: a tear-down is read with its set-up."""
        tear_down = self.tear_downs.get(host.function)
        changes = self.changes(host.function) or (
            tear_down is not None and self.changes(tear_down.function)
        )
        return changes and host.function not in self.joined

    def reader(self, host: Host) -> CaseReader:
        """What reads the method."""
        tear_down = self.tear_downs.get(host.function)
        words = kind_of(host.source).marks
        words += (".stop",) if host.converts else ()
        if tear_down is not None and not self.changes(tear_down.function):
            text = host.source.segment(tear_down.function)
            tear_down = tear_down if any(word in text for word in words) else None
        reader = self.readers[host.function] = CaseReader(host, tear_down, self.managers)
        return reader

    def settled(self, units: list[Unit], expected: frozenset[str]) -> list[Unit]:
        """The units without those that a tear-down undoes as it is; refused where they would be
        undone out of order.

        ``expected`` are variables that the tear-down of a class or of the module deletes, so
        they must be set by then.
        """
        kept = [unit for unit in units if not self._snapshot_around(unit)]
        while True:  # what is refused may be what another relied on
            self.refused = [u for u in kept if u.refused and u.plan.host.kind is Kind.TESTCASE]
            settled = [self._in_order(unit, kept, expected) for unit in kept]
            if [unit.refused for unit in settled] == [unit.refused for unit in kept]:
                return settled
            kept = settled

    def _snapshot_around(self, unit: Unit) -> bool:
        """Whether a tear-down that stays puts back all that a test, or the set-up of a derived
        class, changed.
        """
        host, name = unit.plan.host, unit.plan.host.function.name
        if host.kind is not Kind.TESTCASE:
            return False
        readers = [
            r
            for r in self.readers.values()
            if (r.host.function.name in CLASS_LEVEL) == (name in CLASS_LEVEL)
        ]
        around = [r.host for r in readers if r.stays]
        patched = [
            r.host for r in readers if r.host.function.name in TEAR_DOWNS and r.keeps_patchers
        ]
        if any(other.classes[-1] in with_bases_of(host) for other in patched):
            return True
        if name in TEAR_DOWNS:
            return any(
                o.classes != host.classes and o.classes[-1] in with_bases_of(host) for o in around
            )
        return any(_related(host, other) for other in around)

    def _in_order(self, unit: Unit, units: list[Unit], expected: frozenset[str]) -> Unit:
        """Refuse what would put back what a set-up wrote, after the tear-down that undid it."""
        host, own = unit.plan.host, known_in(unit.plan)
        if (
            unit.refused
            or unit.plan.undo_scope is not UndoScope.CLEANUP
            or host.kind is not Kind.TESTCASE
        ):
            return unit
        reader = self.readers.get(host.function) if host.function.name in TEAR_DOWNS else None
        others = [u for u in self.refused if _related(u.plan.host, host)]
        if reader is not None and reader.restores_all and self._leaves_more(host, units):
            return unit.refuse(refusals.UNDO_ORDER)
        staying = set().union(
            *(_keys(u) for u in others if u.plan.host.function.name in TEAR_DOWNS)
        )
        clash = own & (staying | expected) or (WHOLE in own | staying and staying)
        return (
            unit.refuse(refusals.UNDO_ORDER)
            if clash and host.function.name not in CLASS_LEVEL
            else unit
        )

    def _leaves_more(self, host: Host, units: list[Unit]) -> bool:
        """Whether a change stays in the class, or in a relative of it, that a copy of everything
        has to undo.
        """
        return leave_changes([m for m in self.methods if _related(m, host)], units)


def _related(first: Host, second: Host) -> bool:
    return first.classes[-1] in family(second)


def _keys(unit: Unit) -> frozenset[str]:
    """The keys that a unit writes; any where one of its sites was not understood."""
    nodes = {id(n) for s in unit.plan.touched() for n in ast.walk(s)}
    return known_in(unit.plan) | (
        {WHOLE} if any(id(site.node) not in nodes for site in unit.sites) else set()
    )


def _tear_downs(hosts: Iterable[Host]) -> dict[ast.stmt, Host]:
    """For each set-up of a TestCase the tear-down that stands in the same class."""
    methods = {(h.classes[-1], h.function.name): h for h in hosts if h.kind is Kind.TESTCASE}
    found: dict[ast.stmt, Host] = {}
    for (cls, name), host in methods.items():
        tear_down = methods.get((cls, TEAR_DOWNS.get(name, "")))
        if tear_down is not None and parameters(host.function) and parameters(tear_down.function):
            found[host.function] = tear_down
    return found
