"""The working directory, told as a variable of the environment that is always set.

``os.chdir(path)`` becomes ``os.environ["working directory"] = path``, ``m.chdir(path)`` becomes ``m.setenv(…, path)``
and ``os.getcwd()`` a read of that variable: from there on it is erased and compared as any variable is. What looks at
files sees the directory, though it sees no variable: in a function that changes the directory it is no longer known.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection
from typing import TypeVar, cast

from isolator.guard.erasure.syntax.nodes import FUNCTIONS, walk
from isolator.guard.erasure.syntax.scope import Scope

WORDS = ("chdir",)  # no statement without it changes the directory
_VARIABLE = "working directory"
_READS = ("os.getcwd", "os.getcwdb", "pathlib.Path.cwd")
_ABSOLUTE = ("os.path.abspath", "os.path.realpath")
_SAME_PATH = ("pathlib.Path", "os.fspath", *_ABSOLUTE)
# Calls that see no variable, and do see where relative paths begin.
_SEE_FILES = ("os.remove", "os.unlink", "os.rmdir", "shutil.rmtree")

_Node = TypeVar("_Node", bound=ast.AST)


def translated(was: ast.stmt, now: ast.stmt, old: Scope, new: Scope) -> tuple[ast.stmt, ast.stmt]:
    """Copies of a statement before and after, in which what is done to the directory is done to the variable."""
    return _translated(was, old), _translated(now, new)


def objection(was: ast.stmt, now: ast.stmt, new: Scope, there: Collection[str]) -> str | None:
    """There is nothing else to say of these."""
    del was, now, new, there
    return None


def _translated(statement: ast.stmt, scope: Scope) -> ast.stmt:
    return cast(ast.stmt, _Translator(scope).visit(copy.deepcopy(statement)))


class _Translator(ast.NodeTransformer):
    """Translates the inner parts first."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.changing = False

    def visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, FUNCTIONS):
            return cast(ast.AST, super().visit(node))
        # The names that an import in the function binds mean there what they mean nowhere else.
        around, changing = self.scope, self.changing
        self.scope = around.inside(node, walk(node.body))
        self.changing = changing or any(
            WORDS[0] in (getattr(n, "attr", ""), getattr(n, "id", "")) for n in walk([node])
        )
        self.generic_visit(node)
        self.scope, self.changing = around, changing
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """``os.chdir(path)`` as a statement."""
        self.generic_visit(node)
        match node.value:
            case ast.Call(function, [path], []) | ast.Call(function, [], [ast.keyword("path", path)]):
                if self._called(function) == "os.chdir":
                    return _at(ast.Assign([_variable(ast.Store(), node)], _named(path)), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """What reads the directory, what a MonkeyPatch does to it, and what is registered to be called later."""
        self.generic_visit(node)
        called = self._called(node.func)
        if self._reads(node, called):
            return _variable(ast.Load(), node)
        match node:
            case ast.Call(ast.Name("str"), [path], []) if _is_variable(path):
                return path
            case ast.Call(_, [path], []) if called in _SAME_PATH and _is_variable(path):
                return path
            case ast.Call(ast.Attribute(path, "resolve" | "absolute"), [], []) if _is_variable(path):
                return path
            case ast.Call(ast.Attribute(receiver, "chdir"), [path], []) if called != "os.chdir":
                setting = _at(ast.Attribute(receiver, "setenv", ast.Load()), node)
                return _at(ast.Call(setting, _given(path, node), []), node)
            case ast.Call(register, [function, path], []) if self._called(function) == "os.chdir":
                return _at(ast.Call(register, [_setter(node), *_given(path, node)], []), node)
            case ast.Call() if self.changing and called in _SEE_FILES:
                node.func = _at(ast.Name(f"what sees files: {called}", ast.Load()), node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """``lambda: os.chdir(path)``, to be called later."""
        self.generic_visit(node)
        match node.body:
            case ast.Call(function, [path], []) if self._called(function) == "os.chdir":
                node.body = _at(ast.Call(_setter(node), _given(path, node), []), node)
        return node

    def _reads(self, node: ast.Call, called: str | None) -> bool:
        """``os.getcwd()``, ``Path().cwd()``, ``os.path.abspath(".")``, ``Path().resolve()``."""
        match node:
            case ast.Call(_, [], []) if called in _READS:
                return True
            case ast.Call(ast.Attribute(ast.Call(made), "cwd"), [], []):
                return self._called(made) == "pathlib.Path"
            case ast.Call(_, [ast.Constant(".")], []):
                return called in _ABSOLUTE
            case ast.Call(ast.Attribute(ast.Call() as path, "resolve" | "absolute"), [], []):
                return self._is_here(path)
        return False

    def _is_here(self, path: ast.Call) -> bool:
        """``Path()``, ``Path(".")``."""
        match path:
            case ast.Call(function, [] | [ast.Constant(".")], []):
                return self._called(function) == "pathlib.Path"
        return False

    def _called(self, function: ast.expr) -> str | None:
        """What a call calls, by its full name."""
        return self.scope.dotted(function)


def _variable(context: ast.expr_context, node: ast.AST) -> ast.expr:
    return _at(ast.Subscript(_environ(node), _at(ast.Constant(_VARIABLE), node), context), node)


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == _VARIABLE


def _setter(node: ast.AST) -> ast.expr:
    return _at(ast.Attribute(_environ(node), "__setitem__", ast.Load()), node)


def _given(path: ast.expr, node: ast.AST) -> list[ast.expr]:
    """The name of the variable, and what it is set to."""
    return [_at(ast.Constant(_VARIABLE), node), _named(path)]


def _named(path: ast.expr) -> ast.expr:
    """``saved`` for ``str(saved)``, which is the same path."""
    match path:
        case ast.Call(ast.Name("str" | "Path" | "fspath"), [ast.Name() | ast.Attribute() as inner], []):
            return inner
    return path


def _environ(node: ast.AST) -> ast.expr:
    return _at(ast.Name("os.environ", ast.Load()), node)


def _at(made: _Node, node: ast.AST) -> _Node:
    return ast.copy_location(made, node)
