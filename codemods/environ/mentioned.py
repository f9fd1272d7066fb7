"""Which statements of a function a plan mentions, and whether they need the function's own frame."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.environ.plan import Plan


def uses_frame(plan: Plan, body: Sequence[ast.stmt]) -> bool:
    """Whether an operation stands in no block that is rewritten, so that the function's own frame is needed."""
    wrapped_until: ast.stmt | None = None
    for statement in body:
        if statement in plan.entered:
            return False
        if wrapped_until is None and statement in plan.wraps:
            wrapped_until = plan.wraps[statement].last
            if uses_frame(plan, plan.wraps[statement].after):
                return True
        if wrapped_until is not None:
            wrapped_until = None if statement is wrapped_until else wrapped_until
            continue
        if statement in plan.operations or statement in plan.helped:
            return True
        if statement in plan.patches or statement in plan.contexts or statement in plan.managed:
            continue
        blocks = (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
        lists = (getattr(block, field, ()) for block in blocks for field in ("body", "orelse", "finalbody"))
        if any(uses_frame(plan, block) for block in lists):
            return True
    return False


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
