"""The frame of a function: what undoes a change that stands in no block of its own, and when nothing can."""

from __future__ import annotations

import ast

from codemods.environ import refusals
from codemods.environ.plan import Frame, Plan
from codemods.environ.teardowns import adds_finalizer, ends_first
from codemods.hosts import SETUP_NAMES, Host, Kind, generator
from codemods.names import own_nodes, parameters
from codemods.rule import Refusal


def frame_of(host: Host) -> Frame:
    """What a function of this kind can use."""
    if host.kind is Kind.TESTCASE:
        return Frame.CLEANUP
    if host.injectable or "monkeypatch" in parameters(host.function):
        return Frame.PARAMETER
    return Frame.NONE if host.kind in (Kind.HELPER, Kind.SETUP) else Frame.WRAP


def lasts(host: Host) -> bool:
    """Whether a block at the end of the body ends no later than the fixture ``monkeypatch`` undoes.

    A fixture ends before its test unless it yields; a finalizer that the function adds runs before monkeypatch's own,
    and so does what is torn down before it.
    """
    whole = host.kind is Kind.TEST or generator(host.function)
    finalizer = "addfinalizer" in host.source.text and adds_finalizer(host.function)
    return whole and not finalizer and ends_first(host)


def yields_in_block(plan: Plan) -> bool:
    """Whether a function-scoped fixture gives its value to the test from within a block that restores."""
    if plan.host.kind is not Kind.FIXTURE:
        return False
    if plan.decorators and plan.ends_early and generator(plan.host.function):
        return True
    blocks = [(s.lineno, s.end_lineno or 0) for s in plan.patches if s not in plan.flat]
    blocks += [(first.lineno, wrap.last.end_lineno or 0) for first, wrap in plan.wraps.items()]
    yields = [n.lineno for n in own_nodes(plan.host.function.body) if isinstance(n, (ast.Yield, ast.YieldFrom))]
    return any(first <= line <= last for first, last in blocks for line in yields)


def settle_frame(plan: Plan, unrestored: bool) -> Refusal | None:
    """Choose the frame for the operations that stand in no block, or say why there is none.

    ``unrestored`` says that some of them are put back by nothing in the function.
    """
    host, own = plan.host, parameters(plan.host.function)
    if host.names.table.get("monkeypatch", "") is None and "monkeypatch" not in own:
        return refusals.NAME_TAKEN
    if not plan.operations:
        return None
    if plan.frame is Frame.PARAMETER and _calls_undo(host):
        return refusals.UNDO_CALLED
    if plan.frame is Frame.CLEANUP:
        return _cleanup_objection(host)
    if plan.frame is Frame.NONE:
        if unrestored:
            return refusals.SETUP_TEARDOWN if host.kind is Kind.SETUP else refusals.HELPER
        plan.frame = Frame.WRAP
    outlives = host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE) and unrestored and not generator(host.function)
    return refusals.WIDE_FIXTURE if plan.frame is Frame.WRAP and outlives else None


def _calls_undo(host: Host) -> bool:
    return ".undo" in host.source.text and any(
        isinstance(n, ast.Attribute) and host.names.dotted(n) == "monkeypatch.undo"
        for n in own_nodes(host.function.body)
    )


def _cleanup_objection(host: Host) -> Refusal | None:
    """A TestCase method needs ``self``; set-up may have a tear-down that undoes it already."""
    name = host.function.name
    if parameters(host.function)[:1] != ["self"]:
        return refusals.SETUP_TEARDOWN if name in SETUP_NAMES else refusals.HELPER
    if name not in SETUP_NAMES:
        return None
    methods = [s for s in host.classes[-1].body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    undone = any("environ" in host.source.segment(m) for m in methods if m.name in ("tearDown", "asyncTearDown"))
    return refusals.SETUP_TEARDOWN if undone or name not in ("setUp", "asyncSetUp") else None
