"""Where a change of the environment counts: each drifts to the first statement after it that could tell.

So two texts in which the environment changes at different places, but looks the same to every statement that could
look, come out the same.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from isolator.guard.erasure.effects.changes import Change
from isolator.guard.erasure.syntax.blindness import all_blind, blind, enters_quietly, leaves_quietly
from isolator.guard.erasure.syntax.nodes import (
    FUNCTIONS,
    HEAD,
    SCOPES,
    Environment,
    blocks,
    is_compound,
    is_try,
    merged,
    own_nodes,
    walk,
)
from isolator.guard.erasure.syntax.scope import Scope


@dataclass(frozen=True, slots=True)
class _Place:
    """What comes after a list of statements, in the same function.

    ``last``: nothing that could see the environment. ``guarded``: something could even after a ``return``.
    """

    scope: Scope
    last: bool
    guarded: bool = False


def settle(body: list[ast.stmt], scope: Scope, called: bool = False) -> None:
    """Let the changes in the body of a function drift, in place; ``called``: others may look as soon as it returns.

    A change before the first statement that could see it, or after the last one, leaves no trace: there the test
    meets what other tests and fixtures left, and whatever it changed is undone by the time the next one begins.
    """
    head = Environment(body[0].lineno if body else 0, (HEAD,))
    pending = _settle(body, head, _Place(scope, last=not called, guarded=called))
    _ended(body, pending or Environment(head.lineno), passes=not called)


def _settle(body: list[ast.stmt], pending: Environment | None, place: _Place) -> Environment | None:
    """Settle a list of statements with the change that is pending before it; returns what is pending after it."""
    left: list[ast.stmt] = []
    tail = _blind_tail(body, place)
    followed = replace(place, last=False) if tail and place.last else place
    for index, statement in enumerate(body):
        if isinstance(statement, Environment):
            pending = merged(pending, statement) if pending else statement
            continue
        here = place if index >= tail else followed
        if pending and not (_passes(statement, here) and not _stores_into(statement, pending)):
            left.append(pending)
            pending = None
        left.append(statement)
        pending = _inside(statement, pending, here)
    if left and isinstance(left[-1], ast.Return) and not place.guarded:
        pending = None
    body[:] = left
    return pending


def _blind_tail(body: list[ast.stmt], place: _Place) -> int:
    """The index of the first statement after which only blind ones follow, if nothing but such comes after all."""
    if not place.last:
        return len(body)
    index = len(body)
    while index and blind(body[index - 1], place.scope):
        index -= 1
    return max(index - 1, 0)


def _passes(statement: ast.stmt, place: _Place) -> bool:
    """Whether a pending change can move on past the head of a statement."""
    if place.guarded and _may_return(statement):  # others look as soon as it does
        return False
    if isinstance(statement, ast.With):
        return enters_quietly(statement.items[0].context_expr, place.scope)
    return is_try(statement) or blind(statement, place.scope)


def _may_return(statement: ast.stmt) -> bool:
    """Whether a compound statement holds a ``return``."""
    if isinstance(statement, FUNCTIONS) or not is_compound(statement):
        return False
    return any(isinstance(n, ast.Return) for n in own_nodes([statement]))


def _stores_into(statement: ast.stmt, pending: Environment) -> bool:
    """Whether a statement assigns an attribute or an item that a pending change was computed from.

    ``os.environ["A"] = self.name`` in front of ``self.name = "2"``
    """
    stored = {ast.unparse(t) for t in _targets(statement) if isinstance(t, (ast.Attribute, ast.Subscript))}
    if not stored:
        return False
    changes = [step.operation for step in pending.steps if isinstance(step, Change)]
    parts = [part for o in changes for part in (o.key, o.value) if part is not None]
    used = (n for n in walk(parts) if isinstance(n, (ast.Attribute, ast.Subscript)))
    return any(ast.unparse(n) in stored for n in used)


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, (ast.AugAssign, ast.AnnAssign)) else []


def _inside(statement: ast.stmt, pending: Environment | None, place: _Place) -> Environment | None:
    """Settle the blocks of one statement; returns the change that is pending after it."""
    if isinstance(statement, SCOPES) or not is_compound(statement):
        return pending
    if is_try(statement):
        return _inside_try(statement, pending, place)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        quiet = leaves_quietly(statement.items[0].context_expr, place.scope)
        inner = place if quiet else replace(place, last=False, guarded=True)
        return _ended(statement.body, _settle(statement.body, pending, inner), quiet)
    inner = replace(place, last=place.last and not isinstance(statement, (ast.For, ast.AsyncFor, ast.While)))
    for owner, field in blocks(statement):
        block: list[ast.stmt] = getattr(owner, field)
        _ended(block, _settle(block, None, inner), inner.last)
    return pending


def _inside_try(statement: ast.Try, pending: Environment | None, place: _Place) -> Environment | None:
    unseen = all_blind(statement.finalbody, place.scope)
    outside = replace(place, last=place.last and unseen, guarded=place.guarded or not unseen)
    quiet = all(all_blind(h.body, place.scope) for h in statement.handlers)
    inner = replace(outside, last=outside.last and quiet and not statement.orelse)
    pending = _ended(statement.body, _settle(statement.body, pending, inner), quiet)
    pending = _settle(statement.orelse, pending, outside)
    for handler in statement.handlers:
        _ended(handler.body, _settle(handler.body, None, outside), outside.last)
    return _settle(statement.finalbody, pending, place)


def _ended(block: list[ast.stmt], pending: Environment | None, passes: bool) -> Environment | None:
    """What is pending after a block: a change that cannot pass its end is written there."""
    if pending and not passes:
        block.append(pending)
        return None
    return pending
