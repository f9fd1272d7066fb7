"""``request.addfinalizer``: what a test or a fixture of pytest registers to run in the end, read
where it runs.

The function makes a MonkeyPatch of its own, and registers its ``undo`` where it begins to change
the environment.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from codemods.python.names import generator, own_statements, parameters
from codemods.state.cases.case_reading import objection_to, registers_nested, settle_nested
from codemods.state.cases.joined import join, registers
from codemods.state.cases.started import Started, by_hand
from codemods.state.expressions.scope import Scope
from codemods.state.model.kind import spelling_in
from codemods.state.model.plan import UndoScope, Unit
from codemods.state.place.placing import placed
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host, Kind

_KINDS = (Kind.TEST, Kind.FIXTURE, Kind.WIDE_FIXTURE)


def finalized(host: Host, managers: Mapping[str, Manager]) -> list[Unit]:
    """The unit of a function whose finalizers restore the environment, and those of functions in it
    that do so.

    None at all if they do not restore it, or not all of it.
    """
    given = parameters(host.function)
    spelling = spelling_in(Scope(host.source, host.source.names))
    decorated = any(spelling.is_patch_dict(d) for d in host.function.decorator_list)
    if host.kind not in _KINDS or "request" not in given or "monkeypatch" in given or decorated:
        return []
    if generator(host.function) or "addfinalizer" not in host.source.segment(host.function):
        return []
    scope = Scope(host.source, host.names)
    every = [s for s in own_statements(host.function.body) if registers(s, scope)]
    if not every and not registers_nested(host) and not by_hand(host):
        return []
    joined = join(host, None, set())
    started = Started(joined)
    started.read()
    apart = _ended_by_themselves(host, managers)
    copies = {copied for copied, statement in joined.origin.items() if statement in apart}
    joined.host.names.table.setdefault("mocker.patch.dict", "mocker.patch.dict")
    found = placed(joined.host, managers, UndoScope.CLEANUP, copies)
    unit = found.unit
    if unit is None or unit.refused or found.reading.inner:
        return []
    if (
        objection_to(joined, unit, [*every, *started.registered, *settle_nested(joined, unit)])
        is not None
    ):
        return []
    nodes = [
        joined.origin.get(s.node, s.node) if isinstance(s.node, ast.stmt) else s.node
        for s in unit.sites
    ]
    sites = tuple(replace(site, node=node) for site, node in zip(unit.sites, nodes, strict=True))
    plan = joined.plan_of(unit.plan, host)
    plan.puts_all_back = plan.puts_all_back or bool(started.registered)  # a patcher that is stopped
    return [Unit(sites, plan), *apart.values()]


def _ended_by_themselves(host: Host, managers: Mapping[str, Manager]) -> dict[ast.stmt, Unit]:
    """The functions in one that undo their own changes before they end, with their units."""
    inner = placed(host, managers).reading.inner
    return {unit.plan.host.function: unit for unit in inner if not unit.refused}
