"""Placeholders that nothing needs.

Where a variable was unset, and is unset again at the end whoever set it, monkeypatch is told of
it by a value that it gets and loses at once (row E5 of the measured semantics). If the function
itself sets it next, that is enough:

    saved = os.environ.pop("TOKEN", None)
    os.environ["TOKEN"] = "t"
"""

from __future__ import annotations

import ast
import itertools

from codemods.python.names import walk
from codemods.state.expressions.scope import Scope
from codemods.state.model.edits import Calls
from codemods.state.model.operations import Keep, Set
from codemods.state.model.plan import Plan


def drop_placeholders(plan: Plan, scope: Scope) -> None:
    """Take those out of the plan after which the next statement sets the same variable, and
    nothing looks at it.
    """
    if not any(isinstance(o, Keep) for statement in plan.edits for o in plan.calls(statement)):
        return
    for node in [plan.host.function, *walk(plan.host.function)]:
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            for first, second in itertools.pairwise(body) if isinstance(body, list) else ():
                _drop_between(first, second, plan, scope)


def _drop_between(first: ast.stmt, second: ast.stmt, plan: Plan, scope: Scope) -> None:
    before, after = plan.calls(first), plan.calls(second)
    if not before or not after or not isinstance(before[-1], Keep) or not isinstance(after[0], Set):
        return
    value = _computed(second)
    plain = isinstance(value, (ast.Constant, ast.Name)) and not scope.sees(value)
    if before[-1].key.code == after[0].key.code and plain:
        plan.edits[first] = Calls([*before[:-1]])


def _computed(statement: ast.stmt) -> ast.expr:
    """What a statement computes before it sets anything."""
    value = statement.value if isinstance(statement, ast.Assign) else None
    return value if value is not None else ast.Yield()
