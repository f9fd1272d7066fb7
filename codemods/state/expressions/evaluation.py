"""The order and the number of evaluations: Python computes the value of ``os.environ[k()] =
v()`` before the key.
"""

from __future__ import annotations

import ast

from codemods.python.names import own_nodes
from codemods.state.expressions.foreign import may_write
from codemods.state.expressions.scope import Scope
from codemods.state.model import refusals
from codemods.state.model.refusals import RefusedError


def must_commute(key: ast.expr, value: ast.expr, scope: Scope) -> None:
    """Raise RefusedError if it may show which of the two is computed first."""
    if _affects(key, value, scope) or _affects(value, key, scope):
        raise RefusedError(refusals.EVALUATION_ORDER)


def must_be_inert(node: ast.expr, scope: Scope) -> None:
    """Raise RefusedError if it may show how often an expression is computed, or that it is not
    at all.
    """
    acting = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    for inner in own_nodes([node]):
        if isinstance(inner, acting) or (isinstance(inner, ast.Call) and not scope.blind(inner)):
            raise RefusedError(refusals.EVALUATION_ORDER)


def _affects(first: ast.expr, second: ast.expr, scope: Scope) -> bool:
    """Whether computing one expression may change what another gives: a call an attribute,
    ``:=`` a name.
    """
    nodes = list(own_nodes([second]))
    bound = {n.target.id for n in own_nodes([first]) if isinstance(n, ast.NamedExpr)}
    if any(isinstance(n, ast.Name) and n.id in bound for n in nodes):
        return True
    return may_write([first], scope) and any(_looks(n, scope) for n in nodes)


def _looks(node: ast.AST, scope: Scope) -> bool:
    """Whether a node reads more than a name, and no constant of a module."""
    if isinstance(node, ast.Attribute):
        return scope.names.dotted(node) is None or scope.kind.is_read(node, scope)
    return isinstance(
        node, (ast.Call, ast.Subscript, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    )
