"""Placing: where the changes of a function end, and so how it is written, or why it is not.

A function is read without a thought of what it is to pytest. Its host decides before that what
undoes its changes, and afterwards whether that fits what was read.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from codemods.python.names import Function, generator
from codemods.rule import Refusal
from codemods.state.around.case_classes import has_unknown_base
from codemods.state.around.covering import on_subclass
from codemods.state.around.snapshots import undone_by_fixture
from codemods.state.around.stop_all import stopped_by_users
from codemods.state.around.undo_calls import may_undo, undoes_inside
from codemods.state.model import refusals
from codemods.state.model.plan import Plan, UndoScope, Unit
from codemods.state.model.standing import Standing
from codemods.state.place.objections import says_why_not
from codemods.state.place.other_patchers import patched_too
from codemods.state.place.spellable import unspellable
from codemods.state.place.started import starts_before
from codemods.state.place.undo_scopes import (
    ends_before_clean_ups,
    lasts,
    lasts_to_the_end,
    settle_undo_scope,
    undo_scope_of,
    why_early,
    yields_in_block,
)
from codemods.state.read.aliases import reassigns_alias
from codemods.state.read.draft import Draft
from codemods.state.read.placeholders import drop_placeholders
from codemods.state.read.reading import Reading
from codemods.state.restoring.managers import Manager
from codemods.suite.hosts import Host, Kind

_NO_MANAGERS: Mapping[str, Manager] = MappingProxyType({})


class Placed(NamedTuple):
    """A function that was read, and its unit: None if it does nothing that should be done
    otherwise.
    """

    reading: Reading
    unit: Unit | None


def placed(
    host: Host,
    managers: Mapping[str, Manager] = _NO_MANAGERS,
    undo_scope: UndoScope | None = None,
    apart: Collection[ast.stmt] = (),
) -> Placed:
    """Read a function and place what it does; ``managers`` are those of the file.

    ``undo_scope``: what is to undo its changes, if not what its host suggests. ``apart`` are
    statements in it that are read elsewhere.
    """
    reading = _read(host, managers, undo_scope, apart)
    draft, plan = reading.draft, reading.draft.plan
    unrestored = reading.unrestored(by_fixture=undone_by_fixture(host))
    if not draft.sites or reading.only_cleans():
        return Placed(reading, None)
    by_fixture = plan.undo_scope is UndoScope.PARAMETER
    test_calls = by_fixture and host.kind is Kind.TEST and plan.makes_calls
    if test_calls and (may_undo(host) or on_subclass(host)):
        # What lasts until the fixture monkeypatch undoes would end too early, or too late.
        return placed(host, managers, UndoScope.WRAP)
    refusal = _objection(reading, unrestored=bool(unrestored))
    if by_fixture and yields_in_block(plan):
        # What its test changes is undone later than the block around the ``yield`` is (S17).
        refusal = refusals.UNDO_ORDER
    draft.saved.sweep(plan)
    drop_placeholders(plan, draft.scope)
    return Placed(reading, Unit(reading.settled(refusal), plan))


def _read(
    host: Host,
    managers: Mapping[str, Manager],
    undo_scope: UndoScope | None,
    apart: Collection[ast.stmt],
) -> Reading:
    """What a function does, read as its host has it undone."""
    draft = _begun(host, undo_scope or undo_scope_of(host))
    plan = draft.plan
    reading = Reading(draft, managers, partial(_inner, host), apart)
    reading.decorators()
    if draft.scope.kind.nests and _ends_around(reading):
        draft.objection = refusals.UNDO_ORDER
    if plan.undo_scope is UndoScope.CLEANUP and plan.decorators and ends_before_clean_ups(host):
        plan.undo_scope = UndoScope.WRAP
    reading.body()
    users = host.function.body[-1:] if stopped_by_users(host) else []
    if any(starts_before(statement, draft) for statement in (*reading.stopped, *users)):
        draft.objection = refusals.RESTORATION_UNCLEAR
    if patched_too(plan):
        draft.objection = refusals.UNDO_ORDER
    reading.entered()
    return reading


def _inner(
    host: Host, function: Function, managers: Mapping[str, Manager]
) -> tuple[Reading, Unit | None]:
    """A function in another, read and placed."""
    found = placed(host.nested(function), managers)
    return found.reading, found.unit


def _objection(reading: Reading, *, unrestored: bool) -> Refusal | None:
    """Why a function stays as it is, whatever each of its sites says; settles what undoes its
    changes.
    """
    draft, plan, host = reading.draft, reading.draft.plan, reading.draft.host
    refusal = settle_undo_scope(plan, unrestored) or draft.objection or unspellable(plan)
    if refusal is None and _undone_inside(plan):
        refusal = refusals.UNDO_CALLED
    if says_why_not(host):
        return refusals.COMMENT_OBJECTS
    if refusal is None and reassigns_alias(host.function, draft.spelling):
        return refusals.NAME_REBOUND
    return refusal


def _ends_around(reading: Reading) -> bool:
    """Whether something around a function, not all of which is known, may end before that undoes
    which its changes are undone by.
    """
    draft = reading.draft
    late = draft.plan.undo_scope is UndoScope.CLEANUP and has_unknown_base(draft.host)
    return late or reading.blocks.decorated_by_manager()


def _undone_inside(plan: Plan) -> bool:
    """Whether a monkeypatch may be undone in a block that takes back what that changes."""
    if plan.decorators or plan.enters or plan.puts_all_back:
        return undoes_inside(plan.host, plan.host.function.body)
    blocks = (block for block in plan.patched if isinstance(block, ast.With))
    return any(undoes_inside(plan.host, block.body) for block in blocks)


def _begun(host: Host, undo_scope: UndoScope) -> Draft:
    """A function to be read: what undoes its changes, and how it stands in its file."""
    early = not lasts(host)
    note = why_early(host) if early and undo_scope is UndoScope.PARAMETER else None
    yields, helper = generator(host.function), host.kind is Kind.HELPER
    by_fixture = undo_scope is UndoScope.PARAMETER and (host.kind is Kind.TEST or yields)
    standing = Standing(
        flat=lasts_to_the_end(host, undo_scope, ends_early=early),
        inside_caller=helper,
        keeps_patchers=host.kind is Kind.TESTCASE and not host.converts,
        lends=by_fixture or (undo_scope is UndoScope.WRAP and yields and not helper),
        mocker_is_own=host.kind is Kind.FIXTURE,
    )
    return Draft(Plan(host, undo_scope, early, note), standing)
