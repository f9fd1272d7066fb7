"""Functions that run when something is cleaned up: what they put back must stay so, and nothing
may undo it again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from codemods.python.names import Function, every_node, function_nodes, own_statements, walk
from codemods.python.source import Source, fact
from codemods.state.around.case_classes import family
from codemods.state.expressions.known_keys import known_in
from codemods.state.model import refusals
from codemods.state.model.operations import meet
from codemods.state.model.plan import Unit
from codemods.suite.hosts import SETUP_NAMES, Host, Kind


def refuse_restorers(units: Sequence[Unit]) -> list[Unit]:
    """The units, refused where a method of a TestCase restores in a clean-up, with those whose
    variables it restores.

    It would undo by ``addCleanup`` what it has just put back: ``self.addCleanup(self._restore)``.
    """
    restoring = [unit for unit in units if _restores(unit.plan.host)]

    def clashes(unit: Unit) -> bool:
        if unit in restoring:
            return True
        related = [r for r in restoring if r.plan.host.classes[-1] in family(unit.plan.host)]
        return any(meet(known_in(unit.plan), known_in(other.plan)) for other in related)

    def settled(unit: Unit) -> Unit:
        case = unit.plan.host.kind is Kind.TESTCASE
        return unit.refuse(refusals.RESTORATION_UNCLEAR) if case and clashes(unit) else unit

    return [settled(unit) for unit in units] if restoring else list(units)


def _restores(host: Host) -> bool:
    """Whether a method of a TestCase, no test and no set-up, is called in a clean-up or handed
    to something.
    """
    if (
        host.kind is not Kind.TESTCASE
        or host.node_id is not None
        or host.function.name in SETUP_NAMES
    ):
        return False
    return host.outer is None and host.function.name in _cleaning(host.source, family(host))


@fact
def _cleaning(_source: Source, classes: tuple[ast.ClassDef, ...]) -> frozenset[str]:
    """The names of the methods of some classes that run in clean-ups."""
    methods = [
        s for c in classes for s in c.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    found = {name for method in methods for name in _handed_over(method)}
    found |= {
        name
        for m in methods
        if m.name.lower().endswith(("teardown", "teardownclass"))
        for name in _uses(m)
    }
    while True:
        more = {
            name for method in methods if method.name in found for name in _uses(method)
        } - found
        if not more:
            return frozenset(found)
        found |= more


def _handed_over(method: Function) -> Iterator[str]:
    """What a method mentions of its class but does not call, or calls in a ``finally`` or a
    function of its own.
    """
    own = {id(n) for n in function_nodes(method)}
    final = [s for t in own_statements(method.body) for s in getattr(t, "finalbody", ())]
    late = {id(n) for s in final for n in walk(s)}
    nodes = every_node(method)
    calls = {id(n.func) for n in nodes if isinstance(n, ast.Call) and id(n) in own - late}
    for node in nodes:
        if _is_own(node) and id(node) not in calls:
            yield node.attr


def _uses(method: Function) -> Iterator[str]:
    return (node.attr for node in every_node(method) if _is_own(node))


def _is_own(node: ast.AST) -> TypeGuard[ast.Attribute]:
    """``self.name`` or ``cls.name``, read."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return False
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
