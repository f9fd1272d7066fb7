"""Tidying up after the operations are gone: what only served them goes too, and what is empty is folded away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from isolator.guard.erasure.syntax.blindness import calls, enters_quietly
from isolator.guard.erasure.syntax.nodes import (
    SCOPES,
    Environment,
    blocks,
    children,
    every,
    is_compound,
    is_try,
    merged,
    names_in,
    statements,
)
from isolator.guard.erasure.syntax.operations import is_save
from isolator.guard.erasure.syntax.scope import ENVIRON, Scope

Assignment = ast.Assign | ast.AnnAssign


def saved_names(body: Iterable[ast.stmt], scope: Scope, attributes: Iterable[str], walrus: bool) -> set[str]:
    """The names that hold what the environment was, these attributes too, and loop variables that run over them.

    ``walrus``: there may be a ``:=`` among the expressions.
    """
    found = set(attributes)
    for node in statements(body):
        if isinstance(node, Assignment) and node.value is not None and is_save(node.value, scope):
            found.update(filter(None, map(root, node.targets if isinstance(node, ast.Assign) else [node.target])))
        elif isinstance(node, ast.For) and _runs_over(node.iter, found):
            found.update(n.id for n in names_in([node.target]))
        if walrus:
            found.update(n.target.id for n in _named(node) if is_save(n.value, scope))
    return found


def _runs_over(iterable: ast.expr, saved: set[str]) -> bool:
    """Whether a loop runs over saved values: ``saved.items()``, ``(("A", saved_a), ("B", saved_b))``."""
    written_out = isinstance(iterable, (ast.Tuple, ast.List))
    parts = (n.id for n in names_in([iterable])) if written_out else ()
    return root(iterable) in saved or not saved.isdisjoint(parts)


def _named(statement: ast.stmt) -> Iterator[ast.NamedExpr]:
    """What the expressions of a statement bind by ``:=``, the statements inside it apart."""
    heads = [part for part in children(statement) if isinstance(part, ast.expr)]
    return (n for n in every(heads) if isinstance(n, ast.NamedExpr))


def root(node: ast.AST) -> str | None:
    """The name that an expression such as ``saved[key]`` or ``saved.items()`` starts from."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def evaluated(expressions: Iterable[ast.expr | None], scope: Scope) -> list[ast.stmt]:
    """Statements that run what the expressions run, so that it stays in its place when the rest goes."""
    found = [call for expression in expressions for call in calls(expression, scope)]
    return [ast.copy_location(ast.Expr(call), call) for call in found]


@dataclass
class Tidier:
    """Tidies one function. ``forgotten`` collects the names whose assignments went."""

    scope: Scope
    saved: set[str]
    forgotten: set[str]

    def tidy(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements with those folded that only change the environment."""
        left: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, SCOPES) or not is_compound(statement):
                left.append(statement)
                continue
            if is_try(statement):
                _nest(statement)
            for owner, field in blocks(statement):
                setattr(owner, field, self.tidy(getattr(owner, field)))
            left += self._folded(statement)
        return left

    def forget(self, body: list[ast.stmt], read: set[str]) -> list[ast.stmt]:
        """The statements without assignments to names of ``read`` that nothing reads any more."""
        while True:
            unused = read - self._still_read(body)
            if not unused:
                return body
            before = len(self.forgotten)
            body = self.tidy(self._without(body, unused))
            if len(self.forgotten) == before:
                return body

    def _folded(self, node: ast.stmt) -> list[ast.stmt]:
        if isinstance(node, ast.If):
            inner = [*node.body, *node.orelse]
            if not inner or (_only_changes(inner) and self._asks_environment(node.test)):
                return [*evaluated([node.test], self.scope), *_change(inner)]
        elif isinstance(node, ast.For) and _only_changes(node.body) and not node.orelse:
            return [*evaluated([node.iter], self.scope), *_change(node.body)]
        elif isinstance(node, ast.With) and _only_changes(node.body):
            if enters_quietly(node.items[0].context_expr, self.scope):
                return _change(node.body)
        elif is_try(node):
            return _folded_try(node)
        return [node]

    def _asks_environment(self, test: ast.expr) -> bool:
        """Whether a condition is about the environment as it is or was."""
        return any(n.id == ENVIRON or n.id in self.saved for n in names_in([test]))

    def _still_read(self, body: list[ast.stmt]) -> set[str]:
        """The names that are read, other than by ``saved[key] = os.environ.get(key)``."""
        stores = {id(t.value) for t in self._savings(body)}
        return {n.id for n in names_in(body) if n.ctx.__class__ is ast.Load and id(n) not in stores}

    def _savings(self, body: list[ast.stmt]) -> Iterator[ast.Subscript]:
        for node in statements(body):
            stored = [t for t in node.targets if isinstance(t, ast.Subscript)] if isinstance(node, ast.Assign) else []
            if stored and isinstance(node, ast.Assign) and is_save(node.value, self.scope):
                yield from stored

    def _without(self, body: list[ast.stmt], unused: set[str]) -> list[ast.stmt]:
        left: list[ast.stmt] = []
        for statement in body:
            if is_compound(statement) and not isinstance(statement, SCOPES):
                for owner, field in blocks(statement):
                    setattr(owner, field, self._without(getattr(owner, field), unused))
            left += self._remains(statement, unused)
        return left

    def _remains(self, node: ast.stmt, unused: set[str]) -> list[ast.stmt]:
        if not isinstance(node, Assignment):
            return [node]
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
        several = isinstance(node, ast.Assign) and len(node.targets) > 1
        if several or node.value is None or root(target) not in unused:
            return [node]
        read = is_save(node.value, self.scope)
        if isinstance(target, ast.Name):
            self.forgotten.add(target.id)
        elif not (isinstance(target, ast.Subscript) and read):
            return [node]
        return [] if read else evaluated([node.value], self.scope)


def _nest(node: ast.Try) -> None:
    """Let a ``try`` with ``except`` and ``finally`` be what it means: two, one in the other.

    try:                try:
        work()              try:
    except E:                   work()
        ...      is         except E:
    finally:                    ...
        end()           finally:
                            end()
    """
    if node.handlers and node.finalbody:
        inner = type(node)(node.body, node.handlers, node.orelse, [])
        node.body, node.handlers, node.orelse = [ast.copy_location(inner, node)], [], []


def _folded_try(node: ast.Try) -> list[ast.stmt]:
    """A ``try`` that only changes the environment, or whose ``finally`` did nothing else."""
    handled = [s for h in node.handlers for s in h.body]
    if _only_changes([*node.body, *handled, *node.orelse, *node.finalbody]):
        return _change([*node.body, *node.finalbody])
    if not _only_changes(node.finalbody):
        return [node]
    change = _change(node.finalbody)
    node.finalbody = []
    return [node, *change] if node.handlers else [*node.body, *node.orelse, *change]


def _only_changes(body: Iterable[ast.stmt]) -> bool:
    return all(isinstance(s, Environment) for s in body)


def _change(body: list[ast.stmt]) -> list[ast.stmt]:
    """One change for several."""
    changes = [s for s in body if isinstance(s, Environment)]
    return [reduce(merged, changes)] if changes else []
