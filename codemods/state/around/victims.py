"""Tests that the declared preconditions mean and that do not see to them, and what each of them
lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.context import Context
from codemods.edit.quotes import quoted
from codemods.python.source import Source
from codemods.state.around.head import ALL, decided, may_set
from codemods.state.around.openings import Opening
from codemods.suite.classes import matches
from codemods.suite.hosts import Host, Kind, hosts


@dataclass(frozen=True)
class Victim(Opening):
    """A test and the variables that it needs unset and does not see to."""

    variables: tuple[str, ...]

    @property
    def statements(self) -> list[str]:
        """The lines that unset them."""
        lines = super().statements
        for variable in self.variables:
            name = quoted(variable, self.host.source.text)
            if may_set(self.host, variable):
                lines += [
                    f"monkeypatch.setenv({name}, {name[0] * 2})",
                    f"monkeypatch.delenv({name})",
                ]
            else:
                lines.append(f"monkeypatch.delenv({name}, raising=False)")
        return lines


def victims(source: Source, context: Context) -> list[Victim]:
    """The tests that the user asked for and that lack some of their preconditions."""
    found = []
    for host in _tests(source, context):
        wanted = [
            v
            for p in context.preconditions
            if any(_names(t, host) for t in p.tests)
            for v in p.unset
        ]
        settled = decided(host) if wanted and source.wants(host.node_id) else {ALL}
        lacking = tuple(v for v in dict.fromkeys(wanted) if not {v, ALL} & settled)
        if lacking:
            found.append(Victim(host, lacking))
    return found


def needy(source: Source, context: Context) -> Iterator[tuple[Host, str, str]]:
    """The brittle tests that the user asked for and that do not set what they need: the
    variable, and who sets it.
    """
    for host in _tests(source, context) if context.setters else ():
        setters = {
            s.variable: s.test
            for s in context.setters
            if s.brittle == host.node_id and s.state == "set"
        }
        settled = decided(host) if setters and source.wants(host.node_id) else {ALL}
        for variable, test in setters.items():
            if not {variable, ALL} & settled:
                yield host, variable, test


def unmatched(source: Source, context: Context) -> list[str]:
    """The declared node ids of this file that name no test in it; one that was seen to run may
    be inherited.
    """
    named = (test for p in context.preconditions if p.declared for test in p.tests)
    declared = dict.fromkeys(test for test in named if test.partition("::")[0] == source.path)
    tests = list(_tests(source, context))
    return [d for d in declared if not any(_names(d, host) for host in tests)]


def _tests(source: Source, context: Context) -> Iterator[Host]:
    for host in hosts(source, context):
        in_test_classes = all(matches(c.name, context.python_classes) for c in host.classes)
        if host.node_id is not None and (host.kind is not Kind.HELPER or in_test_classes):
            yield host


def _names(declared: str, host: Host) -> bool:
    """Whether a declared node id is that of the test, of its class or of its file."""
    declared = re.sub(r"\[.*\]$", "", declared)
    return host.node_id == declared or (host.node_id or "").startswith(f"{declared}::")
