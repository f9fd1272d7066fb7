"""Which statements of a function a plan mentions, and whether they need the function's own
frame.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.state.plan.edits import Calls
from codemods.state.plan.plan import Plan


def uses_frame(plan: Plan, body: Sequence[ast.stmt]) -> bool:
    """Whether an operation stands in no block that is rewritten, so that the function's own
    frame is needed.
    """
    return any(
        isinstance(plan.edits.get(s), Calls) or s in plan.helped
        for s in plan.frame_statements(body)
    )


def with_ancestors(function: ast.AST, mentioned: set[ast.stmt]) -> set[ast.AST]:
    """Some statements of a function, and all that hold one of them."""
    found: set[ast.AST] = set()

    def visit(node: ast.AST) -> bool:
        hit = node in mentioned
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            for inner in getattr(node, part, ()):
                hit = visit(inner) or hit
        if hit:
            found.add(node)
        return hit

    visit(function)
    return found
