"""Helpers whose change persists: they take ``monkeypatch`` from the tests and fixtures
that call them.

That is an unsafe fix: another file may import the helper, and would have to pass it too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from codemods.context import Context
from codemods.python.names import function_nodes, generator, own_nodes, own_statements, parameters
from codemods.python.source import Source
from codemods.state.around.undo_calls import may_undo
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.kind import spelling_in
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.place.placing import placed
from codemods.state.place.undo_scopes import may_yield, undo_scope_of
from codemods.suite.hosts import Host, Kind, hosts
from codemods.suite.known_calls import MONKEYPATCH_CONTEXTS


@dataclass(frozen=True)
class Helpers:
    """The helpers of one file. ``in_order`` tells whether changes of a unit would be undone in
    the right order.
    """

    source: Source
    context: Context
    units: list[Unit]
    in_order: Callable[[Unit], bool]

    def passed_on(self, unit: Unit) -> Unit:
        """The unit with a ``monkeypatch`` of its callers, if it is a helper's and all of them
        can pass it on.
        """
        host = unit.plan.host
        if (
            not unit.sites
            or any(site.refusal is not refusals.HELPER for site in unit.sites)
            or not self._may(host)
        ):
            return unit
        taking = placed(host, undo_scope=UndoScope.PARAMETER).unit
        callers = self._callers(host)
        if taking is None or taking.refused or not callers:
            return unit
        if not all(self._passes(caller, taking) for caller in callers):
            return unit
        return replace(taking, callers=tuple(callers))

    def _may(self, host: Host) -> bool:
        """Whether a function may get another parameter."""
        path, function = PurePosixPath(self.source.path), host.function
        in_tests = path.stem != "conftest" and re.search(r"^test|tests?$", path.stem) is not None
        plain = host.kind is Kind.HELPER and host.node_id is None and not function.decorator_list
        return (
            in_tests
            and plain
            and not generator(function)
            and "monkeypatch" not in parameters(function)
        )

    def _callers(self, host: Host) -> list[Host]:
        """The tests and fixtures that call a helper, if nothing else mentions it; else none."""
        name = host.function.name
        naming = [
            h for h in self._hosts if name in self.source.segment(h.function) and h.injectable
        ]
        calls = {caller: list(calls_of(caller, host)) for caller in naming}
        if not any(calls.values()):
            return []
        known = {id(call.func) for found in calls.values() for call in found}
        mentions = [
            n for n in ast.walk(self.source.tree) if _mentions(n, name) and n is not host.function
        ]
        if any(id(n) not in known for n in mentions):
            return []
        return [caller for caller, found in calls.items() if found]

    @cached_property
    def _hosts(self) -> list[Host]:
        return list(hosts(self.source, self.context))

    def _passes(self, caller: Host, taking: Unit) -> bool:
        """Whether a caller can pass on its ``monkeypatch``, and what that undoes is undone in
        the right order.
        """
        helper = taking.plan.host
        if any(_spread(call) for call in calls_of(caller, helper)) or may_undo(caller):
            return False
        if caller.names.table.get("monkeypatch", "") is None and "monkeypatch" not in parameters(
            caller.function
        ):
            return False
        undo_scope = undo_scope_of(caller)
        returns = caller.kind is Kind.FIXTURE and not generator(caller.function)
        if undo_scope is UndoScope.WRAP and returns and not may_yield(caller):
            return False
        own = next((u for u in self.units if u.plan.host.function is caller.function), None)
        if self._stands_in_patch(caller, helper) or (own is None and _decorated(caller)):
            return False
        if own is not None:
            plan = own.plan
            early = bool(plan.decorators) and plan.ends_early
            if (
                own.refused
                or plan.undo_scope is not undo_scope
                or plan.wraps
                or plan.enters
                or early
            ):
                return False
        return self.in_order(
            replace(taking, plan=replace(taking.plan, host=caller, undo_scope=undo_scope))
        )

    def _stands_in_patch(self, caller: Host, helper: Host) -> bool:
        """Whether a call stands in a block that undoes what the helper changes, or ends sooner
        than ``monkeypatch``.
        """
        spelling = spelling_in(Scope(caller.source, caller.names))
        for block in (
            n for n in function_nodes(caller.function) if isinstance(n, (ast.With, ast.AsyncWith))
        ):
            managers = [i.context_expr for i in block.items]
            patched = any(
                spelling.change_inside(m) is not None or _is_context(m, caller) for m in managers
            )
            inside = {id(n) for n in own_nodes(block.body)}
            if patched and any(id(call) in inside for call in calls_of(caller, helper)):
                return True
        return False


def with_helpers(plan: Plan, helpers: Collection[Host]) -> Plan:
    """The plan of a fixture that has a MonkeyPatch around its calls of helpers too."""
    host = plan.host
    calls = {id(call) for helper in helpers for call in calls_of(host, helper)}
    helped = {
        s for s in own_statements(host.function.body) if any(id(n) in calls for n in _header(s))
    }
    return replace(plan, helped=helped, yields=not generator(host.function))


def _header(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, without those of the statements that stand in it."""
    inside = [n for n in ast.iter_child_nodes(statement) if isinstance(n, (ast.expr, ast.withitem))]
    return own_nodes(inside)


def calls_of(caller: Host, helper: Host) -> Iterator[ast.Call]:
    """The calls of a helper in the own body of a function; of a method, those on the instance."""
    name = helper.function.name
    for node in function_nodes(caller.function):
        if not isinstance(node, ast.Call):
            continue
        if helper.classes:
            instance = parameters(caller.function)[:1]
            on_self = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
            if on_self and node.func.attr == name and [node.func.value.id] == instance:  # type: ignore[attr-defined]
                yield node
        elif isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _mentions(node: ast.AST, name: str) -> bool:
    """Whether a node is about something of that name: a definition, a name, an attribute, an
    import, a string.
    """
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return node.name == name
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and name in node.value.split(".")
    mentioned = (getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "arg", None))
    return name in mentioned or (isinstance(node, ast.alias) and name in (node.name, node.asname))


def _spread(call: ast.Call) -> bool:
    """Whether it is not plain which parameters the arguments of a call fill, or it can take no
    keyword more.
    """
    spread = any(isinstance(a, (ast.Starred, ast.GeneratorExp)) for a in call.args)
    return spread or any(k.arg is None for k in call.keywords)


def _decorated(host: Host) -> bool:
    """Whether a ``patch.dict`` that stays decorates a function or its class, and undoes what it
    calls.
    """
    spelling = spelling_in(Scope(host.source, host.source.names))
    definitions = (host.function, *host.classes)
    return any(
        spelling.is_patch_dict(d) for definition in definitions for d in definition.decorator_list
    )


def _is_context(node: ast.expr, host: Host) -> bool:
    return isinstance(node, ast.Call) and host.names.dotted(node.func) in MONKEYPATCH_CONTEXTS
