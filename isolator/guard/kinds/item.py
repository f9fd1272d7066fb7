"""Items of dicts that a rewrite sets by ``monkeypatch.setitem``, told as variables of the environment.

``app.HANDLERS["json"] = f`` becomes ``os.environ["app.HANDLERS: 'json'"] = f``, ``m.setitem(app.HANDLERS, "json", f)``
becomes ``m.setenv(…, f)``, and whatever else is said of ``app.HANDLERS`` is said of ``os.environ``: from there on it is
erased and compared as any variable is. Only dicts of which some MonkeyPatch sets an item are told so.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from typing import TypeVar, cast

from isolator.guard.erasure.syntax.nodes import every
from isolator.guard.erasure.syntax.scope import Scope

WORDS = ("item(",)  # of setitem and delitem, by which a rewrite sets or deletes one
_METHODS = {"setitem": "setenv", "delitem": "delenv"}
_BY_KEY = frozenset({"get", "pop", "setdefault", "__setitem__", "__delitem__"})

_Node = TypeVar("_Node", bound=ast.AST)


def translated(was: ast.stmt, now: ast.stmt, old: Scope, new: Scope) -> tuple[ast.stmt, ast.stmt]:
    """Copies of a statement before and after, in which items that a MonkeyPatch sets in either are variables."""
    found: set[str] = set()
    for statement, scope in ((was, old), (now, new)):
        found.update(name for node in every([statement]) for name in _patched(node, scope))
    if not found:
        return was, now
    return _translated(was, frozenset(found)), _translated(now, frozenset(found))


def objection(was: ast.stmt, now: ast.stmt, new: Scope, there: Collection[str]) -> str | None:
    """There is nothing else to say of these."""
    del was, now, new, there
    return None


def _translated(statement: ast.stmt, containers: frozenset[str]) -> ast.stmt:
    return cast(ast.stmt, _Translator(containers).visit(copy.deepcopy(statement)))


def _patched(node: ast.AST, scope: Scope) -> Iterator[str]:
    """The dict of which a method of a MonkeyPatch sets or deletes an item, as it is written."""
    match node:
        case ast.Call(ast.Attribute(_, method), [container, _, *_]) if method in _METHODS:
            if isinstance(container, (ast.Name, ast.Attribute)) and not scope.is_environment(container):
                yield ast.unparse(container)


class _Translator(ast.NodeTransformer):
    """Translates from the outside in: what is said of an item, then what is said of its dict."""

    def __init__(self, containers: frozenset[str]) -> None:
        self.containers = containers

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``app.HANDLERS["json"]``, read, set or deleted."""
        if self._is_container(node.value):
            return _variable(self._key(node.value, node.slice), node.ctx, node)
        self.generic_visit(node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``app.COUNTS["json"] += 1``: what is there is read first."""
        target = node.target
        if not isinstance(target, ast.Subscript) or not self._is_container(target.value):
            self.generic_visit(node)
            return node
        key, given = self._key(target.value, target.slice), cast(ast.expr, self.visit(node.value))
        value = _at(ast.BinOp(_variable(key, ast.Load(), node), node.op, given), node)
        return _at(ast.Assign([_variable(key, ast.Store(), node)], value), node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """``"json" in app.HANDLERS``."""
        match node:
            case ast.Compare(key, [ast.In() | ast.NotIn()], [container]) if self._is_container(container):
                return _at(ast.Compare(self._key(container, key), node.ops, [_environ(node)]), node)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """What a MonkeyPatch does, and what the methods of the dict do, at once or later."""
        match node:
            case ast.Call(ast.Attribute(receiver, method), [container, key, *rest]) if (
                method in _METHODS and self._is_container(container)
            ):
                function = _at(ast.Attribute(cast(ast.expr, self.visit(receiver)), _METHODS[method], ast.Load()), node)
                given = [self._key(container, key), *self._all(rest)]
                return _at(ast.Call(function, given, node.keywords), node)
            case ast.Call(ast.Attribute(container, method), [key, *rest]) if method in _BY_KEY and self._is_container(
                container
            ):
                function = _at(ast.Attribute(_environ(node), method, ast.Load()), node)
                return _at(ast.Call(function, [self._key(container, key), *self._all(rest)], node.keywords), node)
            case ast.Call(register, [ast.Attribute(container, method), key, *rest]) if (
                method in _BY_KEY and self._is_container(container)
            ):
                later = _at(ast.Attribute(_environ(node), method, ast.Load()), node)
                given = [later, self._key(container, key), *self._all(rest)]
                return _at(ast.Call(cast(ast.expr, self.visit(register)), given, node.keywords), node)
            case ast.Call(ast.Attribute(container, "update"), [ast.Dict(keys, values)], []) if (
                self._is_container(container) and None not in keys
            ):
                pairs = zip(keys, values, strict=True)
                return self._updated(node, [(self._key(container, key), v) for key, v in pairs if key is not None])
            case ast.Call(ast.Attribute(container, "update"), [], [_, *_] as keywords) if self._is_container(
                container
            ) and all(k.arg for k in keywords):
                named = [(_at(ast.Constant(k.arg), k.value), k.value) for k in keywords]
                return self._updated(node, [(self._key(container, key), value) for key, value in named])
        self.generic_visit(node)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """The dict itself."""
        if self._is_container(node):
            return _environ(node)
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Likewise, where a name is all that it needs."""
        return _environ(node) if self._is_container(node) and isinstance(node.ctx, ast.Load) else node

    def _updated(self, node: ast.Call, pairs: list[tuple[ast.expr, ast.expr]]) -> ast.Call:
        function = _at(ast.Attribute(_environ(node), "update", ast.Load()), node)
        values = self._all([value for _, value in pairs])
        return _at(ast.Call(function, [_at(ast.Dict([key for key, _ in pairs], values), node)], []), node)

    def _all(self, nodes: list[ast.expr]) -> list[ast.expr]:
        return [cast(ast.expr, self.visit(node)) for node in nodes]

    def _is_container(self, node: ast.expr) -> bool:
        return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in self.containers

    def _key(self, container: ast.expr, key: ast.expr) -> ast.expr:
        """The variable that stands for an item: those of two dicts are not the same."""
        prefix = f"{ast.unparse(container)}: "
        if isinstance(key, ast.Constant):
            return _at(ast.Constant(f"{prefix}{key.value!r}"), key)
        inner = cast(ast.expr, self.visit(key))
        return _at(ast.BinOp(_at(ast.Constant(prefix), key), ast.Add(), inner), key)


def _variable(key: ast.expr, context: ast.expr_context, node: ast.AST) -> ast.expr:
    return _at(ast.Subscript(_environ(node), key, context), node)


def _environ(node: ast.AST) -> ast.expr:
    return _at(ast.Name("os.environ", ast.Load()), node)


def _at(made: _Node, node: ast.AST) -> _Node:
    return ast.copy_location(made, node)
