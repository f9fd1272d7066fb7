"""Which statements and context managers cannot tell what the environment holds.

After the end of a ``patch.dict`` block only such statements may follow if the block is to
become flat calls, which last until the test ends.
"""

from __future__ import annotations

import ast

from codemods.python.names import Names
from codemods.state.expressions.scope import Scope
from codemods.suite.known_calls import BLIND_EXITS


def blind_statement(statement: ast.stmt, scope: Scope) -> bool:
    """An assertion, an assignment, a return or a value over known values: nothing is called
    that could look.
    """
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, (ast.Assert, ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)):
        return False
    return not any(
        scope.sees(child)
        for child in ast.iter_child_nodes(statement)
        if isinstance(child, ast.expr)
    )


def blind_context(item: ast.withitem, names: Names) -> bool:
    """A context manager whose exit does not look at the environment."""
    call = item.context_expr
    return isinstance(call, ast.Call) and names.dotted(call.func) in BLIND_EXITS
