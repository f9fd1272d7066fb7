"""Assignments that do several things at once, one by one."""

from __future__ import annotations

import ast

from isolator.guard.erasure.syntax import operations
from isolator.guard.erasure.syntax.scope import Scope, spelled


def pieces(node: ast.stmt, scope: Scope) -> list[ast.stmt]:
    """``old, os.environ[k] = os.environ.get(k), v`` one by one; ``old = os.environ.pop(k)`` as a read and a removal.

    What ``setdefault`` returns is read after it.
    """
    if not isinstance(node, ast.Assign):
        return [node]
    if len(node.targets) != 1:
        return chain(node, scope)
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        pairs = list(zip(target.elts, value.elts, strict=True))
        if any(operations.item(t, scope) or operations.is_read(v, scope) for t, v in pairs):
            return [ast.copy_location(ast.Assign([t], v), node) for t, v in pairs]
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute) or not value.args:
        return [node]
    if value.func.attr not in ("pop", "setdefault") or not scope.is_environment(value.func.value):
        return [node]
    environ, key = value.func.value, value.args[0]
    read: ast.expr = ast.Subscript(environ, key, ast.Load())
    if value.func.attr == "setdefault":
        return [ast.copy_location(s, node) for s in (ast.Expr(value), ast.Assign([target], read))]
    gone: ast.stmt = ast.Delete([ast.Subscript(environ, key, ast.Del())])
    if len(value.args) > 1:
        absent = isinstance(value.args[1], ast.Constant) and value.args[1].value is None
        read = ast.Call(ast.Attribute(environ, "get", ast.Load()), [key] if absent else value.args, [])
        gone = ast.Expr(ast.Call(value.func, [key, ast.Constant(None)], []))
    return [ast.copy_location(s, node) for s in (ast.Assign([target], read), gone)]


def chain(node: ast.Assign, scope: Scope) -> list[ast.stmt]:
    """``os.environ[k] = name = v`` one by one: first the name, then the others as what it holds."""
    name = next((t for t in node.targets if isinstance(t, (ast.Name, ast.Attribute)) and spelled(t)), None)
    if name is None or not any(operations.item(t, scope) for t in node.targets):
        return [node]
    others = [t for t in node.targets if t is not name]
    held = ast.Name(spelled(name) or "", ast.Load())
    parts = [ast.Assign([name], node.value), *(ast.Assign([t], held) for t in others)]
    return [ast.copy_location(piece, node) for piece in parts]
