"""A MonkeyPatch that a set-up makes and keeps in an attribute, for the tear-down to undo."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from isolator.guard.erasure.syntax.nodes import Function, every, is_try, walk
from isolator.guard.erasure.syntax.scope import MONKEYPATCH, Scope, spelled

TEAR_DOWNS = {"setup_method": "teardown_method", "setup_class": "teardown_class"}


def new_or_kept(was: ast.ClassDef, now: ast.ClassDef, scope: Scope, now_scope: Scope) -> list[tuple[str, str]]:
    """What is kept in a class after a rewrite, in attributes that held nothing else before it."""
    found = list(_kept(now, now_scope))
    if not found:
        return []
    before = set(_kept(was, scope))
    mentioned = {n.attr for n in every([was]) if isinstance(n, ast.Attribute)}
    return [k for k in found if k in before or k[0].partition(".")[2] not in mentioned]


def _kept(cls: ast.ClassDef, scope: Scope) -> Iterator[tuple[str, str]]:
    """The attributes as the set-up and the tear-down of a class spell them, with the name of the tear-down.

    Only those count that are made and undone whatever happens, so under no condition, and made once, before all use.
    """
    methods = {s.name: s for s in cls.body if isinstance(s, ast.FunctionDef)}
    for name, tear_down in TEAR_DOWNS.items():
        if name in methods and tear_down in methods:
            undone = set(_undone(methods[tear_down].body, _own(methods[tear_down])))
            made = list(_made(methods[name], scope))
            for attribute in undone:
                if made.count(attribute) == 1 and not _used_early(methods[name], attribute):
                    yield f"{_own(methods[name])}.{attribute}", tear_down
                    yield f"{_own(methods[tear_down])}.{attribute}", tear_down


def _own(function: Function) -> str:
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[0].arg if arguments else ""


def _made(set_up: ast.FunctionDef, scope: Scope) -> Iterator[str]:
    for statement in set_up.body:
        if isinstance(statement, ast.Assign) and scope.meaning(statement.value) == MONKEYPATCH:
            own, _, attribute = (spelled(statement.targets[0]) or "").partition(".")
            if own == _own(set_up) and len(statement.targets) == 1:
                yield attribute


def _used_early(set_up: ast.FunctionDef, attribute: str) -> bool:
    """Whether a set-up uses an attribute before it assigns it."""
    mentions = [n for n in walk(set_up.body) if isinstance(n, ast.Attribute) and n.attr == attribute]
    return not isinstance(mentions[0].ctx, ast.Store)


def _undone(body: Sequence[ast.stmt], own: str) -> Iterator[str]:
    """The attributes whose ``undo()`` is called in a body, or in a ``finally`` there, before it can be left."""
    for statement in body:
        if is_try(statement):
            yield from _undone(statement.finalbody, own)
        if any(isinstance(n, ast.Return) for n in every([statement])):
            return
        match statement:
            case ast.Expr(ast.Call(ast.Attribute(ast.Attribute(ast.Name(name), attribute), "undo"), [], [])):
                if name == own:
                    yield attribute
