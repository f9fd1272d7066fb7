"""The undo scope of a function: what undoes a change that stands in no block of its own, and when
nothing can.
"""

from __future__ import annotations

import ast

from codemods.python.names import function_nodes, generator, parameters
from codemods.rule import Refusal
from codemods.state.around.case_classes import family, registers_more
from codemods.state.around.covering import on_subclass
from codemods.state.around.teardowns import adds_finalizer, torn_down_first
from codemods.state.around.undo_calls import may_undo
from codemods.state.expressions.known_keys import known_in, known_keys
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.edits import Entered
from codemods.state.model.operations import meet
from codemods.state.model.plan import Plan, UndoScope
from codemods.suite.hosts import FIXTURES, SETUP_NAMES, Host, Kind

_TEAR_DOWNS = ("tearDown", "asyncTearDown", "tearDownClass")


def undo_scope_of(host: Host) -> UndoScope:
    """What a function of this kind can use.

    A fixture never gains the parameter ``monkeypatch``: it would be set up earlier then and
    undone later, so that the tear-downs of other fixtures would see what a test patches.
    """
    if host.kind is Kind.TESTCASE:
        return UndoScope.CLEANUP
    if "monkeypatch" in parameters(host.function) or (host.kind is Kind.TEST and host.injectable):
        return UndoScope.PARAMETER
    return UndoScope.NONE if host.kind in (Kind.HELPER, Kind.SETUP) else UndoScope.WRAP


def lasts(host: Host) -> bool:
    """Whether a block at the end of the body ends no later than the fixture ``monkeypatch`` undoes.

    A fixture ends before its test unless it yields; a finalizer that the function adds runs
    before monkeypatch's own, and so does what is torn down before it. ``monkeypatch.undo()``
    undoes at once.
    """
    return (host.kind is Kind.TEST or generator(host.function)) and why_early(host) is None


def why_early(host: Host) -> str | None:
    """What comes between the end of a function and the undoing of monkeypatch, or undoes too
    soon.
    """
    if "addfinalizer" in host.source.text and adds_finalizer(host.function):
        return "its addfinalizer call runs before monkeypatch undoes"
    if undo_scope_of(host) is UndoScope.PARAMETER and may_undo(host):
        return "monkeypatch.undo() may run before it ends"
    if on_subclass(host):
        return "the patch.dict of a subclass restores before monkeypatch undoes"
    name = torn_down_first(host)
    return name and f"{name} is torn down before monkeypatch undoes, and may read the environment"


def lasts_to_the_end(host: Host, undo_scope: UndoScope, *, ends_early: bool) -> bool:
    """Whether what stands in no block is undone only when nothing that follows can see it.

    A set-up that yields is one joined with its tear-down: what it changes is undone there, or in
    the clean-ups after.
    """
    if undo_scope in (UndoScope.CLEANUP, UndoScope.KEPT):
        return generator(host.function)
    return undo_scope is UndoScope.PARAMETER and not ends_early


def yields_in_block(plan: Plan) -> bool:
    """Whether a function-scoped fixture gives its value to the test from within a block that
    restores.
    """
    if plan.host.kind is not Kind.FIXTURE:
        return False
    if plan.decorators and plan.ends_early and generator(plan.host.function):
        return True
    blocks = [
        (s.lineno, s.end_lineno or 0) for s, patched in plan.patched.items() if not patched.flat
    ]
    blocks += [(first.lineno, wrap.last.end_lineno or 0) for first, wrap in plan.wraps.items()]
    end = plan.host.function.end_lineno or 0
    blocks += [(s.lineno, end) for s, edit in plan.edits.items() if isinstance(edit, Entered)]
    yields = [
        n.lineno
        for n in function_nodes(plan.host.function)
        if isinstance(n, (ast.Yield, ast.YieldFrom))
    ]
    return any(first <= line <= last for first, last in blocks for line in yields)


def settle_undo_scope(plan: Plan, unrestored: bool) -> Refusal | None:
    """Choose what undoes the operations that stand in no block, or say why there is none.

    ``unrestored`` says that some of them are put back by nothing in the function.
    """
    host, own = plan.host, parameters(plan.host.function)
    if host.names.table.get("monkeypatch", "") is None and "monkeypatch" not in own:
        return refusals.NAME_TAKEN
    if not plan.makes_calls:
        return None
    if plan.undo_scope is UndoScope.PARAMETER and may_undo(host):
        return refusals.UNDO_CALLED
    if plan.undo_scope is UndoScope.CLEANUP:
        return _cleanup_objection(host)
    if plan.undo_scope is UndoScope.KEPT:
        return refusals.SETUP_TEARDOWN if unrestored else None
    if plan.undo_scope is UndoScope.NONE:
        if unrestored:
            return refusals.SETUP_TEARDOWN if host.kind is Kind.SETUP else refusals.HELPER
        plan.undo_scope = UndoScope.WRAP
    if (
        plan.undo_scope is UndoScope.WRAP
        and host.kind is Kind.TEST
        and _sets_the_same(host, known_in(plan))
    ):
        return refusals.UNDO_CALLED if may_undo(host) else refusals.UNDO_ORDER
    outlives = (
        host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE)
        and unrestored
        and not generator(host.function)
    )
    if plan.undo_scope is not UndoScope.WRAP or not outlives:
        return None
    plan.yields = may_yield(host)
    return None if plan.yields else refusals.FIXTURE_RETURNS


def _sets_the_same(host: Host, written: frozenset[str]) -> bool:
    """Whether a test sets some of these by its own ``monkeypatch``, which is undone later than
    any block in it.
    """
    calls = [n for n in ast.walk(host.function) if isinstance(n, ast.Call) and n.args]
    scope = Scope(host.source, host.names)
    own = [c for c in calls if (host.names.dotted(c.func) or "").startswith("monkeypatch.")]
    cells = filter(None, (scope.kind.patched(call, scope) for call in own))
    found = known_keys((cell.code for cell in cells), host.source, *host.functions)
    return meet(found, written)


def may_yield(host: Host) -> bool:
    """Whether a fixture that returns may yield instead, so that a block around that lasts until its
    tear-down.

    ``return client`` is its last statement and the only one, or it returns nothing; and nothing
    but pytest sees what kind of function it is. What it gives to ``addfinalizer`` would run
    after that block.
    """
    function = host.function
    returns = [n for n in function_nodes(function) if isinstance(n, ast.Return)]
    alone = returns in ([], function.body[-1:])
    decorators = [
        host.source.names.dotted(d.func if isinstance(d, ast.Call) else d)
        for d in function.decorator_list
    ]
    iterator = "AsyncIterator" if isinstance(function, ast.AsyncFunctionDef) else "Iterator"
    meant = host.source.names.table.get(iterator, f"typing.{iterator}")
    annotated = function.returns is None or meant in (
        f"typing.{iterator}",
        f"collections.abc.{iterator}",
    )
    return alone and annotated and FIXTURES.issuperset(decorators) and not adds_finalizer(function)


def registrar(host: Host) -> str | None:
    """What a function calls to have something undone when it is over; None if there is no such
    thing.
    """
    if host.kind in (Kind.TEST, Kind.FIXTURE, Kind.WIDE_FIXTURE):
        return "request.addfinalizer" if "request" in parameters(host.function) else None
    own, name = parameters(host.function)[:1], host.function.name
    arguments = host.function.args
    if not (arguments.args or arguments.posonlyargs) or name in _TEAR_DOWNS:
        return None
    decorators = [d.id for d in host.function.decorator_list if isinstance(d, ast.Name)]
    if name == "setUpClass":
        return f"{own[0]}.addClassCleanup" if "classmethod" in decorators else None
    outside = "classmethod" in decorators or "staticmethod" in decorators
    return None if outside or own != ["self"] else "self.addCleanup"


def ends_before_clean_ups(host: Host) -> bool:
    """Whether something may look at the environment between the end of a TestCase method and its
    clean-ups.
    """
    if host.function.name in SETUP_NAMES or registrar(host) is None or registers_more(host):
        return True
    return any(getattr(s, "name", "") in _TEAR_DOWNS for c in family(host) for s in c.body)


def _cleanup_objection(host: Host) -> Refusal | None:
    """A TestCase method needs something that undoes its changes."""
    if registrar(host) is not None:
        return None
    return refusals.SETUP_TEARDOWN if host.function.name in SETUP_NAMES else refusals.HELPER
