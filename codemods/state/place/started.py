"""Patches that a function starts, and what ends them before it is over."""

from __future__ import annotations

import ast

from codemods.python.names import function_nodes
from codemods.state.model.edits import Calls
from codemods.state.read.draft import Draft


def starts_before(statement: ast.stmt, draft: Draft) -> bool:
    """Whether a patch of the environment was started on a line above, or may have been in the
    loop around.
    """
    started = [
        s
        for s, edit in draft.plan.edits.items()
        if isinstance(edit, Calls) and (draft.starts(s) or _is_mockers(s, draft))
    ]
    loops = [
        n
        for n in function_nodes(draft.host.function)
        if isinstance(n, (ast.For, ast.AsyncFor, ast.While))
    ]
    around = [
        loop.end_lineno or 0
        for loop in loops
        if loop.lineno <= statement.lineno <= (loop.end_lineno or 0)
    ]
    return any(s.lineno <= max([statement.lineno, *around]) for s in started)


def _is_mockers(statement: ast.stmt, draft: Draft) -> bool:
    return isinstance(statement, ast.Expr) and draft.spelling.is_patch_dict(statement.value)
