"""Attributes that a rewrite sets by ``monkeypatch.setattr``, told as variables of the environment.

``settings.DEBUG = True`` becomes ``os.environ["attribute settings.DEBUG"] = True``,
``m.setattr(settings, "DEBUG", True)`` becomes ``m.setenv(…, True)`` and ``settings.DEBUG`` a read of that variable:
from there on it is erased and compared as any variable is. Only attributes that some MonkeyPatch sets are told so: of
any other nothing may change.
"""

from __future__ import annotations

import ast
import copy
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from typing import TypeVar, cast

from isolator.guard.erasure.syntax.nodes import FUNCTIONS, Function, blocks, every, walk
from isolator.guard.erasure.syntax.scope import Scope
from isolator.guard.kinds.taken_back import taken_back

# Of setattr and delattr, by which a rewrite sets or deletes one; and what puts a folder on the path.
WORDS = ("attr(", "syspath_prepend(")
_PATH = ("sys", "path")
_METHODS = {"setattr": "setenv", "delattr": "delenv"}

_Node = TypeVar("_Node", bound=ast.AST)
_Cells = frozenset[tuple[str, str]]


def translated(was: ast.stmt, now: ast.stmt, old: Scope, new: Scope) -> tuple[ast.stmt, ast.stmt]:
    """Copies of a statement before and after, in which attributes that a MonkeyPatch sets in either are variables."""
    del old, new
    cells = frozenset(cell for statement in (was, now) for node in every([statement]) for cell in _patched(node))
    if not cells:
        return was, now
    return _translated(was, cells), _translated(now, cells)


def objection(was: ast.stmt, now: ast.stmt, new: Scope, there: Collection[str]) -> str | None:
    """Whether ``setattr`` would fail where the attribute is not there, and the assignment before did not.

    It is there if the code is told so, if the function has read or set it before, or if the call is the user's own.
    """
    own = {ast.unparse(node) for node in every([was]) if isinstance(node, ast.Call)}
    functions = dict(_numbered(was))
    for name, function in _numbered(now):
        known = _read_first(functions.get(name))
        for call, cell in _strict(function):
            dotted = f"{new.dotted(call.args[0]) or cell[0]}.{cell[1]}"
            sure = dotted in there or (dotted.startswith("sys.") and hasattr(sys, cell[1]))
            if not (sure or cell in known or ast.unparse(call) in own):
                return f"line {call.lineno}: {'.'.join(cell)} may not be there, and setattr would fail"
            known.add(cell)
    return None


def _numbered(statement: ast.stmt) -> Iterator[tuple[tuple[str, int], Function]]:
    """The functions in a statement by their names, and which of that name each is: a rewrite adds none.

    Those inside another function are part of it: what that has set is there for them, too.
    """
    seen: Counter[str] = Counter()
    todo: list[ast.AST] = [statement]
    for node in todo:  # which grows meanwhile
        if isinstance(node, FUNCTIONS):
            seen[node.name] += 1
            yield (node.name, seen[node.name]), node
        elif isinstance(node, ast.stmt):
            todo += [inner for owner, field in blocks(node) for inner in getattr(owner, field)]


def _strict(function: Function) -> Iterator[tuple[ast.Call, tuple[str, str]]]:
    """The calls by which a MonkeyPatch sets an attribute, in the order of the file, that fail where it is missing.

    One that does not fail makes sure of it for those after it.
    """
    lenient: set[tuple[str, str]] = set()
    calls = (node for node in walk([function]) if isinstance(node, ast.Call))
    for call in calls:
        for cell in _patched(call):
            if not isinstance(call.func, ast.Attribute) or call.func.attr != "setattr":
                continue
            raising = next((k.value for k in call.keywords if k.arg == "raising"), None)
            if isinstance(raising, ast.Constant) and raising.value is False:
                lenient.add(cell)
            elif cell not in lenient:
                yield call, cell


def _read_first(function: Function | None) -> set[tuple[str, str]]:
    """The attributes that a function reads, which fails if they are missing, before it sets them."""
    found: set[tuple[str, str]] = set()
    stored: dict[tuple[str, str], int] = {}
    for node in walk([function]) if function is not None else ():
        match node:
            case ast.AugAssign(ast.Attribute(owner, name)):
                found.add((ast.unparse(owner), name))
            case ast.Attribute(owner, name, ast.Load()) | ast.Call(
                ast.Name("getattr"), [owner, ast.Constant(str(name))]
            ):
                cell = ast.unparse(owner), name
                if node.lineno <= stored.get(cell, node.lineno):
                    found.add(cell)
            case ast.Attribute(owner, name):
                stored.setdefault((ast.unparse(owner), name), node.lineno)
    return found


def _translated(statement: ast.stmt, cells: _Cells) -> ast.stmt:
    copied = copy.deepcopy(statement)
    return cast(ast.stmt, _Translator(cells, taken_back(copied)).visit(copied))


def _patched(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The owner and the name of the attribute that a method of a MonkeyPatch sets or deletes."""
    match node:
        case ast.Call(ast.Attribute(_, method), [owner, ast.Constant(str(name)), *_]) if method in _METHODS:
            yield ast.unparse(owner), name
        case ast.Call(ast.Attribute(_, "syspath_prepend"), [_]):
            yield _PATH


class _Translator(ast.NodeTransformer):
    """Translates the inner parts first; owners are compared as they are written, so before their parts change."""

    def __init__(self, cells: _Cells, taken: frozenset[int]) -> None:
        self.cells, self.taken = cells, taken

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """``settings.DEBUG``, read, set or deleted."""
        key = self._key(node.value, node.attr)
        if key is not None:
            return _variable(key, node.ctx, node)
        self.generic_visit(node)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``app.count += 1``: what is there is read first."""
        key = self._key(node.target.value, node.target.attr) if isinstance(node.target, ast.Attribute) else None
        self.generic_visit(node)
        if key is None:
            return node
        value = _at(ast.BinOp(_variable(key, ast.Load(), node), node.op, node.value), node)
        return _at(ast.Assign([_variable(key, ast.Store(), node)], value), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``sys.path[:]``: a copy of it, or another value for it."""
        match node:
            case ast.Subscript(ast.Attribute(owner, name), ast.Slice(None, None, None)):
                if (key := self._key(owner, name)) is not None:
                    return _variable(key, node.ctx, node)
        self.generic_visit(node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """``setattr(owner, "name", value)``, ``delattr(owner, "name")`` and what is added to a list, as statements."""
        match node.value:
            case ast.Call(ast.Name("setattr"), [owner, ast.Constant(str(name)), value], []) if self._key(owner, name):
                target = _variable(f"{self._key(owner, name)}", ast.Store(), node)
                return _at(ast.Assign([target], cast(ast.expr, self.visit(value))), node)
            case ast.Call(ast.Name("delattr"), [owner, ast.Constant(str(name))], []) if self._key(owner, name):
                return _at(ast.Delete([_variable(f"{self._key(owner, name)}", ast.Del(), node)]), node)
            case ast.Call(ast.Attribute(ast.Attribute(owner, name), method), given, []) if self._key(owner, name):
                changed = self._changed(node, f"{self._key(owner, name)}", method, given)
                if changed is not None:
                    return changed
        self.generic_visit(node)
        return node

    def _changed(self, node: ast.Expr, key: str, method: str, given: list[ast.expr]) -> ast.stmt | None:
        """``sys.path.insert(0, folder)``, and the code that undoes it."""
        match method, given:
            case "insert", [ast.Constant(0), one]:
                value = self._with(node, key, one, front=True)
            case "append", [one]:
                value = self._with(node, key, one, front=False)
            case (("remove" | "pop"), _) if id(node) in self.taken:
                return _at(ast.Delete([_variable(key, ast.Del(), node)]), node)
            case _:
                return None
        return _at(ast.Assign([_variable(key, ast.Store(), node)], value), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """What a MonkeyPatch does, what reads an attribute by its name, and what is registered to be called later."""
        match node:
            case ast.Call(ast.Attribute(receiver, "syspath_prepend"), [given], []) if _PATH in self.cells:
                function = _at(ast.Attribute(cast(ast.expr, self.visit(receiver)), "setenv", ast.Load()), node)
                path = f"attribute {'.'.join(_PATH)}"
                arguments = [_at(ast.Constant(path), node), self._with(node, path, given, front=True)]
                return _at(ast.Call(function, arguments, []), node)
            case ast.Call(ast.Name("list"), [ast.Attribute(owner, name)], []) | ast.Call(
                ast.Attribute(ast.Attribute(owner, name), "copy"), [], []
            ) if (key := self._key(owner, name)) is not None:
                return _variable(key, ast.Load(), node)
            case ast.Call(ast.Attribute(receiver, method), [owner, ast.Constant(str(name)), *rest]) if (
                # Nobody deletes the path: what takes a folder from it is another thing.
                method in _METHODS
                and (key := self._key(owner, name)) is not None
                and (method, name) != ("delattr", "path")
            ):
                function = _at(ast.Attribute(cast(ast.expr, self.visit(receiver)), _METHODS[method], ast.Load()), node)
                lenient = [k for k in node.keywords if k.arg != "raising" or method == "delattr"]
                return self._call(node, function, key, rest, lenient)
            case ast.Call(ast.Name("getattr"), [owner, ast.Constant(str(name)), *rest], []) if (
                key := self._key(owner, name)
            ) is not None:
                if not rest:
                    return _variable(key, ast.Load(), node)
                return self._call(node, _at(ast.Attribute(_environ(node), "get", ast.Load()), node), key, rest, [])
            case ast.Call(
                function, [ast.Name("setattr" | "delattr" as method), owner, ast.Constant(str(name)), *rest]
            ) if (key := self._key(owner, name)) is not None:
                later = "__setitem__" if method == "setattr" else "__delitem__"
                setter = _at(ast.Attribute(_environ(node), later, ast.Load()), node)
                called = [setter, _at(ast.Constant(key), node), *(cast(ast.expr, self.visit(part)) for part in rest)]
                return _at(ast.Call(cast(ast.expr, self.visit(function)), called, node.keywords), node)
        self.generic_visit(node)
        return node

    def _call(
        self, node: ast.Call, function: ast.expr, key: str, rest: list[ast.expr], keywords: list[ast.keyword]
    ) -> ast.Call:
        arguments = [cast(ast.expr, self.visit(part)) for part in rest]
        return _at(ast.Call(function, [_at(ast.Constant(key), node), *arguments], keywords), node)

    def _with(self, node: ast.AST, key: str, given: ast.expr, *, front: bool) -> ast.expr:
        """A list with one element more: ``[given, *list]``."""
        rest = _at(ast.Starred(_variable(key, ast.Load(), node), ast.Load()), node)
        one = cast(ast.expr, self.visit(given))
        return _at(ast.List([one, rest] if front else [rest, one], ast.Load()), node)

    def _key(self, owner: ast.expr, name: str) -> str | None:
        """The variable that stands for an attribute, if a MonkeyPatch sets it."""
        cell = ast.unparse(owner), name
        return f"attribute {cell[0]}.{name}" if cell in self.cells else None


def _variable(key: str, context: ast.expr_context, node: ast.AST) -> ast.expr:
    return _at(ast.Subscript(_environ(node), _at(ast.Constant(key), node), context), node)


def _environ(node: ast.AST) -> ast.expr:
    return _at(ast.Name("os.environ", ast.Load()), node)


def _at(made: _Node, node: ast.AST) -> _Node:
    return ast.copy_location(made, node)
