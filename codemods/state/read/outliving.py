"""Functions that others call and go on after: what of their changes is still there when they have
ended.

The end of a test is the end of what it changed. A helper, or a function in a function, ends inside
its caller: only what it has certainly put back itself ends with it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from codemods.python.names import Function, function_nodes, own_nodes, own_statements
from codemods.state.model.kind import Spelling
from codemods.state.model.operations import Clear, Unset, keys
from codemods.state.model.plan import Plan
from codemods.state.model.refusals import RefusedError


def undoes_its_own(
    unset: frozenset[str], functions: Sequence[Function], spelling: Spelling
) -> bool:
    """Whether unsetting some keys undoes what a function itself did, and no more than that.

    It must have set them, not in a branch only; and the ``functions`` around it, which follow it,
    must not have set them before.
    """
    given = _given(_always_run(functions[0].body), spelling)
    return unset <= given and unset.isdisjoint(_given_around(functions[1:], spelling))


def always_reached(statement: ast.stmt, function: Function) -> bool:
    """Whether a function cannot return before one of its statements, so that what this restores
    would stay.
    """
    returns = (n for n in function_nodes(function) if isinstance(n, ast.Return))
    return all(n.lineno > statement.lineno for n in returns)


def has_blocks(plan: Plan, inside: Iterable[Function] = ()) -> bool:
    """Whether a function has blocks that end before it does, those of some functions in it
    ignored.
    """
    lines = {line for f in inside for line in range(f.lineno, (f.end_lineno or f.lineno) + 1)}
    blocks = (statement for statement, edit in plan.edits.items() if edit.own_end)
    return any(statement.lineno not in lines for statement in (*blocks, *plan.wraps))


def _given(statements: Iterable[ast.stmt], spelling: Spelling) -> set[str]:
    """The keys that some statements give a value."""
    operations = [o for s in statements for o in spelling.quiet_write(s) or ()]
    return keys([o for o in operations if not isinstance(o, (Unset, Clear))])


def _given_around(functions: Iterable[Function], spelling: Spelling) -> set[str]:
    """The keys that functions give a value, by whatever means."""
    found: set[str] = set()
    for function in functions:
        found |= _given(own_statements(function.body), spelling)
        for node in own_nodes([function, *function.decorator_list, *function.body]):
            if isinstance(node, ast.Call):
                cell = spelling.scope.kind.patched(node, spelling.scope, only_given=True)
                if cell is not None:
                    found |= cell.keys
                elif spelling.is_patch_dict(node):
                    found |= _patched(node, spelling)
    return found


def _patched(call: ast.Call, spelling: Spelling) -> set[str]:
    try:
        return keys(spelling.patch_dict(call))
    except RefusedError:
        return set()


def _always_run(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run whenever a body does, unless something fails."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.With, ast.AsyncWith, ast.Try)):
            yield from _always_run(statement.body)
            yield from _always_run(getattr(statement, "finalbody", ()))
