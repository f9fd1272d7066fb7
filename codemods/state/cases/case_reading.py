"""Reading a method of a ``unittest.TestCase``: with its tear-down, and with the clean-ups that
it registers.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from codemods.python.names import own_statements
from codemods.rule import Refusal
from codemods.state.around.case_classes import read_elsewhere, registers_more
from codemods.state.cases.joined import Joined, join, registers
from codemods.state.cases.started import Started, by_hand
from codemods.state.expressions.blind import blind_statement
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import spelling_in
from codemods.state.model.operations import WHOLE
from codemods.state.model.plan import Unit
from codemods.state.place.placing import placed
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import SETUP_NAMES, Host


class CaseReader:
    """Reads a method of a TestCase, a set-up with its tear-down.

    ``expects`` as in ``Reader``. ``restores_all``: the tear-down puts the whole environment
    back; ``stays``: it does, and is not rewritten.
    """

    def __init__(self, host: Host, tear_down: Host | None, managers: Mapping[str, Manager]) -> None:
        self.host = host
        self.managers = managers
        self.tear_down = tear_down
        self.expects: set[str] = set()
        self.restores_all = False
        self.stays = False

    def read(self) -> Unit | None:
        """The unit of the method, which holds the plan of the tear-down too; None if nothing
        should be rewritten.
        """
        scope = Scope(self.host.source, self.host.names)
        every = [s for s in own_statements(self.host.function.body) if registers(s, scope)]
        patchers = by_hand(self.host) if self.host.converts else []
        if (
            self.tear_down is None
            and not every
            and not patchers
            and not registers_nested(self.host)
        ):
            alone = placed(self.host, self.managers)
            self.expects = alone.reading.expects
            return alone.unit
        joined = join(self.host, self.tear_down, read_elsewhere(self.host, self.tear_down))
        started = Started(joined)
        if patchers:
            started.read()
        joined.name_attributes()
        joined.host.names.table.setdefault("mocker.patch.dict", "mocker.patch.dict")
        found = placed(joined.host, self.managers)
        unit, draft = found.unit, found.reading.draft
        self.expects = found.reading.expects
        gone = [s for s in draft.plan.gone if (r := draft.restoration(s)) and WHOLE in r.keys]
        saved = any(WHOLE in keys for keys in draft.saved.names.values())
        self.stays = not gone and saved and WHOLE in draft.writes.unclear
        rolls_back = unit is not None and any(
            site.refusal is refusals.ROLLBACK for site in unit.sites
        )
        if rolls_back and self.host.function.name in SETUP_NAMES:
            self.stays, unit = True, None
        self.restores_all = bool(gone) or self.stays
        if unit is None:
            return None
        if any(
            site.refusal is refusals.GENERATOR for site in unit.sites
        ):  # of a decorator on the set-up
            sites = (replace(site, refusal=refusals.SETUP_TEARDOWN) for site in unit.sites)
            unit = replace(unit, sites=tuple(sites))
        registered = [*every, *started.registered, *settle_nested(joined, unit)]
        objection = objection_to(joined, unit, registered) if not unit.refused else None
        return self._divided(joined, unit.refuse(objection) if objection else unit)

    @cached_property
    def keeps_patchers(self) -> bool:
        """Whether the method starts a ``patch.dict`` that stays: it undoes all later changes."""
        return not self.host.converts and bool(by_hand(self.host))

    def _divided(self, joined: Joined, unit: Unit) -> Unit:
        """The unit on the statements of the file, each function with its own plan."""
        sites = tuple(
            replace(s, node=joined.origin.get(s.node, s.node))
            if isinstance(s.node, ast.stmt)
            else s
            for s in unit.sites
        )
        along = () if self.tear_down is None else (joined.plan_of(unit.plan, self.tear_down),)
        return Unit(sites, joined.plan_of(unit.plan, self.host), along)


def registers_nested(host: Host) -> bool:
    """Whether a function registers a nested function to run in the end."""
    functions = {s.name for s in host.function.body if isinstance(s, ast.FunctionDef)}
    for statement in host.function.body if functions else ():
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(), [ast.Name(name)], [])) if name in functions:
                return True
    return False


def settle_nested(joined: Joined, unit: Unit) -> list[ast.stmt]:
    """Remove registered functions with their registrations, if all that they do is removed.

    Returns all registrations, of the others too.
    """
    for function, (registration, body) in joined.nested.items():
        if all(map(unit.plan.goes, body)):
            joined.gone |= {function, registration}
        else:
            for statement in filter(unit.plan.goes, body):
                del unit.plan.edits[statement]
    return [registration for registration, _ in joined.nested.values()]


def objection_to(joined: Joined, unit: Unit, registered: list[ast.stmt]) -> Refusal | None:
    """Why two functions, or a function and what it registers, cannot be rewritten."""
    first = joined.plan_of(unit.plan, joined.set_up)
    inside = {n for n in ast.walk(joined.set_up.function) if isinstance(n, ast.stmt)}
    if any(
        wrap.last not in inside for wrap in first.wraps.values()
    ):  # a block cannot begin here and end there
        return refusals.SETUP_TEARDOWN
    if joined.tear_down is not None:
        second = joined.plan_of(unit.plan, joined.tear_down)
        spelling = spelling_in(Scope(joined.set_up.source, joined.set_up.source.names))
        patched = any(spelling.is_patch_dict(d) for d in joined.tear_down.function.decorator_list)
        if second.makes_calls or second.wraps:
            return refusals.SETUP_TEARDOWN
        if second.gone and (patched or registers_more(joined.set_up)):
            return refusals.SETUP_TEARDOWN
    if not registered:
        return None
    # Functions registered in between, or that stay, would run on the other side of the undoing.
    body = joined.set_up.function.body
    touched = [index for index, s in enumerate(body) if s in first.touched()]
    between = (
        body[touched[0] : body.index(registered[-1]) + 1]
        if touched and registered[-1] in body
        else body
    )
    scope = Scope(joined.set_up.source, joined.set_up.names)
    clear = all(s in first.touched() or blind_statement(s, scope) for s in between)
    return (
        None if clear and first.touched().issuperset(registered) else refusals.RESTORATION_UNCLEAR
    )
