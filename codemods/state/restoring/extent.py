"""How much goes into the block that replaces a ``try`` … ``finally`` which restores the
environment.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.state.model.operations import WHOLE, Operation, Unset, keys, unknown
from codemods.state.model.plan import Plan
from codemods.state.restoring.restoring import Restoration
from codemods.state.restoring.saving import Saved


def extent(
    plan: Plan,
    saved: Saved,
    before: list[ast.stmt],
    last: ast.stmt,
    found: dict[ast.stmt, Restoration],
) -> list[ast.stmt] | None:
    """The statements from the first write of what is restored, after where it was saved, to the
    one that restores.

    None if a block cannot do what the restoration did: they write other variables too, or none
    of those restored.
    """
    restored = {key for restoration in found.values() for key in restoration.keys}
    since = _saves(saved, before, found)
    inside: list[ast.stmt] = [last]
    wrapped = _wrapped(before, plan)
    for index, statement in enumerate(before):
        if statement in wrapped or (WHOLE not in since and _unsets(plan.calls(statement), since)):
            continue
        written = {
            key for key in changes_of([statement], plan) if restored & {key, WHOLE} or unknown(key)
        }
        if any(index >= since.get(key, since.get(WHOLE, 0)) for key in written):
            inside = [*before[index:], last]
            break
    changed = changes_of(inside, plan)
    if not changed or not (WHOLE in restored or changed <= restored):
        return None
    return inside


def _wrapped(body: list[ast.stmt], plan: Plan) -> set[ast.stmt]:
    """The statements that go into blocks of their own already."""
    spans = [
        (body.index(first), body.index(wrap.last))
        for first, wrap in plan.wraps.items()
        if first in body
    ]
    return {statement for first, last in spans for statement in body[first : last + 1]}


def _unsets(operations: Sequence[Operation], since: dict[str, int]) -> bool:
    """Whether a statement only unsets variables that nothing saved, as a tear-down does."""
    return bool(operations) and all(
        isinstance(o, Unset) and not o.key.keys & since.keys() for o in operations
    )


def _saves(
    saved: Saved, before: list[ast.stmt], found: dict[ast.stmt, Restoration]
) -> dict[str, int]:
    """Where in ``before`` each key was saved that is put back from a name."""
    loaded = {
        n.id for s in found for n in ast.walk(s) if isinstance(n, ast.Name) and n.id in saved.names
    }
    if not loaded and any(map(saved.clears, found)):
        loaded |= {name for name, held in saved.names.items() if WHOLE in held}
    lines = [(saved.lines[name], saved.names[name]) for name in sorted(loaded)]
    lines += [
        (saved.started[stopped], frozenset({WHOLE}))
        for s in found
        if (stopped := saved.stops(s)) is not None
    ]
    positions: dict[str, int] = {}
    for index, statement in enumerate(before):
        for line, keys_saved in lines:
            if statement.lineno <= line <= (statement.end_lineno or line):
                positions.update({key: min(index, positions.get(key, index)) for key in keys_saved})
    return positions


def changes_of(body: Sequence[ast.stmt], plan: Plan) -> set[str]:
    """The keys that some statements write and do not restore themselves, by a block of their
    own.
    """
    return {key for statement in plan.frame_statements(body) for key in keys(plan.calls(statement))}
