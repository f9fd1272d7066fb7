"""Names that a function may read before it assigns them: a rewrite must add none.

What assigns them may go with the environment: ``env = os.environ``, ``import os as system``, ``saved = {}``. So the
erased trees do not tell where it stood.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from isolator.guard.erasure.syntax.nodes import (
    FUNCTIONS,
    SCOPES,
    Function,
    blocks,
    children,
    computed,
    is_compound,
    is_try,
    names_in,
)
from isolator.guard.erasure.syntax.scope import imported

_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_BINDERS = frozenset({*SCOPES, ast.ExceptHandler, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal})
# What these read and bind follows from the order of the names in them.
_PLAIN = frozenset({ast.Expr, ast.Assert})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_NAMING = frozenset({ast.Name, *_COMPREHENSIONS})


def read_unbound(function: Function, nodes: Sequence[ast.AST]) -> set[str]:
    """The local names that a function, whose own nodes are given, may read before it assigns them."""
    given = function.args
    stars = [a for a in (given.vararg, given.kwarg) if a is not None]
    parameters = {a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs, *stars)}
    binders = [n for n in nodes if n.__class__ in _BINDERS]
    declared = {name for n in binders if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names}
    bound = {n.id for n in nodes if n.__class__ is ast.Name and n.ctx.__class__ is ast.Store}
    finder = _Finder(bound.union(*map(_bound_by, binders)) - parameters - declared)
    if finder.names:
        finder.body(function.body, frozenset())
    return finder.unbound


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The names that a statement itself binds, other than by the names in it."""
    if isinstance(node, (*SCOPES, ast.ExceptHandler)) and node.name:
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (name for name, _ in imported(node))


class _Finder:
    """Follows what is bound for certain; None stands for a place that is never reached."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.unbound: set[str] = set()

    def body(self, body: Iterable[ast.stmt], bound: frozenset[str] | None) -> frozenset[str] | None:
        """What is bound after some statements."""
        for statement in body:
            if bound is None:
                return None
            bound = self._statement(statement, bound)
        return bound

    def _statement(self, node: ast.stmt, bound: frozenset[str]) -> frozenset[str] | None:
        if node.__class__ in _PLAIN:
            return self._read([node], bound)
        if isinstance(node, ast.Assign):
            return self._read([node.value, *node.targets], bound)
        if isinstance(node, _ENDS):
            self._read(children(node), bound)
            return None
        if is_try(node):
            return self._try(node, bound)
        if isinstance(node, ast.If):
            bound = self._read([node.test], bound)
            return _met([self.body(node.body, bound), self.body(node.orelse, bound)])
        if isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                bound = self._read([item.context_expr, item.optional_vars], bound)
            return self.body(node.body, bound)
        if isinstance(node, FUNCTIONS):
            return self._read([*node.decorator_list, node.args], bound) | {node.name}
        if isinstance(node, ast.ClassDef):
            return bound | {node.name}
        return self._blocks(node, bound) if is_compound(node) else self._simple(node, bound)

    def _blocks(self, node: ast.stmt, bound: frozenset[str]) -> frozenset[str]:
        """A loop, which may have no turn, or a match: what is bound in it is not for certain."""
        heads = [n for n in children(node) if isinstance(n, ast.expr)]
        inner = self._read(heads, bound)
        for owner, field in blocks(node):
            self.body(getattr(owner, field), inner)
        return bound

    def _simple(self, node: ast.stmt, bound: frozenset[str]) -> frozenset[str]:
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._loaded(node.target.id, bound)
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        parts = children(node)  # `name = value`: the value comes first
        values = [part for part in parts if not any(part is target for target in targets)]
        return self._read([*values, *targets], bound) | set(_bound_by(node))

    def _try(self, node: ast.Try, bound: frozenset[str]) -> frozenset[str] | None:
        ends = [self.body(node.orelse, self.body(node.body, bound))]
        for handler in node.handlers:
            start = self._read([handler.type], bound)
            ends.append(self.body(handler.body, start | set(_bound_by(handler))))
        end = self.body(node.finalbody, bound)
        reached = _met(ends)
        return None if reached is None or end is None else reached | end

    def _read(self, parts: Iterable[ast.AST | None], bound: frozenset[str]) -> frozenset[str]:
        """What is bound after some expressions; what a comprehension binds counts as bound in all of it."""
        every = computed(part for part in parts if part is not None)
        for node in (n for n in every if n.__class__ in _NAMING):
            if isinstance(node, ast.Name):
                if node.ctx.__class__ is ast.Load:
                    self._loaded(node.id, bound)
                elif node.ctx.__class__ is ast.Store:
                    bound |= {node.id}
            elif isinstance(node, _COMPREHENSIONS):
                targets = names_in(turn.target for turn in node.generators)
                bound |= {n.id for n in targets if n.ctx.__class__ is ast.Store}
        return bound

    def _loaded(self, name: str, bound: frozenset[str]) -> None:
        if name in self.names and name not in bound:
            self.unbound.add(name)


def _met(ends: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """What is bound where several ways meet."""
    reached = [end for end in ends if end is not None]
    return frozenset.intersection(*reached) if reached else None
