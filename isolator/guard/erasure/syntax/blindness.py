"""What cannot see the environment: a change may come before it or after it, and nobody can tell."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from isolator.guard.erasure.syntax.nodes import FUNCTIONS, Environment, children
from isolator.guard.erasure.syntax.operations import READS
from isolator.guard.erasure.syntax.scope import Scope, spelled

_FUNCTIONS = frozenset(
    {
        *("abs", "all", "any", "bool", "bytes", "callable", "dict", "divmod", "enumerate", "float", "format"),
        *("frozenset", "getattr", "hasattr", "id", "int", "isinstance", "issubclass", "iter", "len", "list", "max"),
        *("min", "next", "object", "ord", "pow", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum"),
        *("tuple", "type", "vars", "zip", "os.path.join", "os.path.dirname", "os.path.basename", "os.fspath"),
        *("os.fsdecode", "os.fsencode", "json.dumps", "pathlib.Path", "pathlib.PurePath", "re.compile"),
        *("unittest.mock.MagicMock", "unittest.mock.Mock", "unittest.mock.AsyncMock", "contextlib.nullcontext"),
        *("contextlib.suppress", "pytest.raises", "pytest.warns", "pytest.deprecated_call"),
        *("os.remove", "os.unlink", "os.rmdir", "shutil.rmtree"),
    }
)
_METHODS = frozenset(
    {
        *("append", "capitalize", "casefold", "copy", "count", "decode", "encode", "endswith", "extend", "find"),
        *("format", "get", "index", "insert", "isdigit", "items", "join", "keys", "lower", "lstrip", "partition"),
        *("removeprefix", "removesuffix", "replace", "rpartition", "rsplit", "rstrip", "setdefault", "split"),
        *("splitlines", "startswith", "strip", "title", "upper", "values", "called_once", "assert_called"),
        *("assert_called_once", "assert_not_called", "assert_called_with", "assert_called_once_with"),
        *("assert_any_call", "assert_has_calls", "assert_awaited", "assert_awaited_once", "assertRaises"),
        *("assertRaisesRegex", "assertWarns", "assertWarnsRegex", "subTest"),
    }
)
# Entering these runs code (an import, a file is opened), leaving them does not.
_QUIET_EXITS = frozenset({"unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.patch.dict"})
_QUIET = frozenset({"pytest.raises", "pytest.warns", "pytest.deprecated_call", "contextlib.suppress"}) | {
    "contextlib.nullcontext",
    "warnings.catch_warnings",
}
_QUIET_METHODS = frozenset({"assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex", "subTest"})
_QUIETLY_LEFT = _QUIET | _QUIET_EXITS
_ACTS = frozenset({ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr})
_NAMES = frozenset({ast.Name, ast.Attribute})
_CLOSED = frozenset({ast.Name, ast.Constant, ast.Lambda})  # which holds nothing, or nothing that runs
_PLAIN = frozenset({ast.Assert, ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return})


def calls(expression: ast.AST | None, scope: Scope, reads: bool = False) -> list[ast.expr]:
    """The outermost parts of an expression that run code which could tell: calls, awaits, yields.

    Plain reads of the environment count with ``reads`` only.
    """
    found: list[ast.expr] = []
    todo: list[ast.AST] = [expression] if expression is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, ast.expr) and _acts(node, scope, reads):
            found.append(node)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            parts = [c for part in children(node) for c in calls(part, scope, reads)]
            found += [node] if parts else []
        elif not isinstance(node, ast.Lambda):
            todo.extend(children(node)[::-1])
    return found


def blind(statement: ast.stmt, scope: Scope) -> bool:
    """Whether running a statement neither reads the environment nor runs code that could."""
    if statement.__class__ in _PLAIN:
        return not _looks(children(_unasserted(statement)), scope)
    if isinstance(statement, (ast.Global, ast.Nonlocal, ast.Pass, Environment)):
        return True
    if isinstance(statement, FUNCTIONS):
        return not _looks((*statement.decorator_list, statement.args), scope)
    if isinstance(statement, ast.With):
        quiet = all(enters_quietly(i.context_expr, scope) for i in statement.items)
        return quiet and all_blind(statement.body, scope)
    if isinstance(statement, ast.If):
        return not _looks([statement.test], scope) and all_blind([*statement.body, *statement.orelse], scope)
    if isinstance(statement, ast.For):
        return not _looks([statement.iter], scope) and all_blind([*statement.body, *statement.orelse], scope)
    return False


def _looks(parts: Iterable[ast.AST], scope: Scope) -> bool:
    """Whether some expressions read the environment, or run code that could tell."""
    todo = list(parts)
    for node in todo:  # which grows meanwhile
        kind = node.__class__
        if isinstance(node, ast.Call):
            if not _harmless(node, scope):
                return True
        elif kind in _ACTS or (kind in _NAMES and scope.is_environment(node)):
            return True
        if kind not in _CLOSED:
            todo += children(node)
    return False


def all_blind(statements: Iterable[ast.stmt], scope: Scope) -> bool:
    """Whether all of the statements are blind."""
    return all(blind(s, scope) for s in statements)


def enters_quietly(manager: ast.expr, scope: Scope) -> bool:
    """Whether making and entering a context manager cannot see the environment."""
    return _is_quiet(manager, scope, _QUIET) and not _looks([manager], scope)


def leaves_quietly(manager: ast.expr, scope: Scope) -> bool:
    """Whether leaving a context manager cannot see the environment."""
    return _is_quiet(manager, scope, _QUIETLY_LEFT)


def _is_quiet(manager: ast.expr, scope: Scope, names: frozenset[str]) -> bool:
    if not isinstance(manager, ast.Call):
        return False
    method = manager.func.attr if isinstance(manager.func, ast.Attribute) else ""
    return method in _QUIET_METHODS or scope.dotted(manager.func) in names


def _unasserted(statement: ast.stmt) -> ast.AST:
    """The arguments of ``self.assertEqual(…)``, or the statement itself."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not (spelled(call.func) or "").startswith("self.assert"):
        return statement
    return ast.Tuple([*call.args, *(k.value for k in call.keywords)])


def _acts(node: ast.AST, scope: Scope, reads: bool) -> bool:
    """Whether a node itself runs code that could tell, or reads the environment where that counts."""
    if isinstance(node, ast.Call):
        return not _harmless(node, scope) and (reads or not _reads(node, scope))
    return node.__class__ in _ACTS or (reads and scope.is_environment(node))


def _reads(call: ast.Call, scope: Scope) -> bool:
    """Whether a call is one that only reads the environment; its arguments are another matter."""
    if isinstance(call.func, ast.Attribute) and scope.is_environment(call.func.value):
        return call.func.attr in READS
    return scope.dotted(call.func) == "os.getenv"


def _harmless(call: ast.Call, scope: Scope) -> bool:
    """Whether a call itself cannot tell; its arguments are another matter."""
    if isinstance(call.func, ast.Name) and call.func.id not in scope.table:
        return call.func.id in _FUNCTIONS
    if scope.dotted(call.func) in _FUNCTIONS:
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and scope.dotted(call.func.value) is None
