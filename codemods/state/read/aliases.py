"""Names for the container: whether what a function binds to one stays that."""

from __future__ import annotations

import ast

from codemods.python.names import Function, function_nodes, own_statements
from codemods.state.model.kind import Spelling


def rebound(name: str, function: Function, spelling: Spelling) -> bool:
    """Whether a name for the environment is bound to anything else in a function, at whatever
    place.
    """
    nodes = function_nodes(function)
    meant = {id(n) for node in nodes for n in _for_container(node, spelling)}
    stores = [
        n
        for n in nodes
        if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
    ]
    declared = [
        n
        for n in ast.walk(function)
        if isinstance(n, (ast.Global, ast.Nonlocal)) and name in n.names
    ]
    others = [n for n in nodes if name in (getattr(n, "name", None), getattr(n, "asname", None))]
    return bool(declared or others) or any(id(n) not in meant for n in stores)


def _for_container(node: ast.AST, spelling: Spelling) -> list[ast.expr]:
    """The targets that a node binds to ``os.environ``."""
    if (
        isinstance(node, ast.withitem)
        and node.optional_vars
        and spelling.is_patch_dict(node.context_expr)
    ):
        return [node.optional_vars]
    if isinstance(node, ast.Assign) and spelling.scope.is_container(node.value):
        return node.targets
    return []


def reassigns_alias(function: Function, spelling: Spelling) -> bool:
    """``env = os.environ`` and ``env = {}``: what is written to ``env`` may be written to the
    environment.
    """
    scope = spelling.scope
    for statement in own_statements(function.body):
        if isinstance(statement, ast.Assign) and scope.is_container(statement.value):
            names = [target for target in statement.targets if isinstance(target, ast.Name)]
            if any(not scope.is_container(name) for name in names):
                return True
    return False
