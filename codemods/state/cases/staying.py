"""Which functions still change the environment themselves once some units are rewritten."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.python.names import own_statements
from codemods.state.around.case_classes import family
from codemods.state.cases.started import by_hand
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import spelling_in
from codemods.state.model.plan import Unit
from codemods.suite.hosts import Host, Kind


def may_run_inside(host: Host, set_up: Host) -> bool:
    """Whether a function may run between a set-up and its tear-down: any but the tests of other
    classes.
    """
    if host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE, Kind.HELPER):
        return True
    related = not set_up.classes or not set(family(set_up)).isdisjoint(host.classes)
    return host.kind is not Kind.TESTCASE and related


def leave_changes(hosts: Iterable[Host], units: Iterable[Unit]) -> bool:
    """Whether one of the functions keeps a change that no block of its own undoes."""
    plans = [plan for unit in units if not unit.refused for plan in (unit.plan, *unit.along)]
    rewritten = {p.host.function: {n for s in p.replaced for n in ast.walk(s)} for p in plans}
    for host in hosts:
        spelling = spelling_in(Scope(host.source, host.names))
        simple = (s for s in own_statements(host.function.body) if not hasattr(s, "body"))
        stays = {s for s in simple if spelling.change_inside(s)} - rewritten.get(
            host.function, set()
        )
        if stays or (by_hand(host) and host.function not in rewritten):
            return True
    return False
