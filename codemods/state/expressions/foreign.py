"""Whether code that a function runs, other than its own statements, may write the environment.

It is asked where the two ways of restoring differ: what puts back a copy of everything, or
deletes a variable, undoes that code's writes as well, and monkeypatch does not. Any call may
write here but those that are known not to; whoever can follow a call to its end need only answer
``_may_write``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.python.names import own_nodes
from codemods.python.source import nodes_on
from codemods.state.expressions.scope import Scope
from codemods.suite.known_calls import (
    CASE_METHODS,
    EXPECTING,
    HARMLESS_MODULES,
    PLAIN_BUILT_INS,
    PLAIN_CONTEXTS,
    TESTCASES,
)


def may_write(nodes: Iterable[ast.AST], scope: Scope) -> bool:
    """Whether anything that runs while these nodes do may write the environment, the writes in
    them ignored.
    """
    return any(
        _may_write(inner, scope) for node in nodes for inner in own_nodes(_run_at_once(node))
    )


def head_of(statement: ast.stmt) -> list[ast.AST]:
    """What a block evaluates or enters before its body runs; nothing of any other statement."""
    blocks = (ast.stmt, ast.ExceptHandler, ast.match_case)
    if not hasattr(statement, "body") or isinstance(
        statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    ):
        return []
    return [child for child in ast.iter_child_nodes(statement) if not isinstance(child, blocks)]


def _run_at_once(node: ast.AST) -> list[ast.AST]:
    """Of a definition only its decorators run where it stands, and the body of a class."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return list(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *(inner for s in node.body for inner in _run_at_once(s))]
    return [node]


def _may_write(node: ast.AST, scope: Scope) -> bool:
    if isinstance(node, ast.Call):
        return not _harmless(node, scope)
    if isinstance(node, ast.withitem):
        called = isinstance(node.context_expr, ast.Call)
        return not called and not _is_harmless(scope.names.dotted(node.context_expr))
    return isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.AsyncFor, ast.AsyncWith))


def _harmless(call: ast.Call, scope: Scope) -> bool:
    function, name = call.func, scope.names.dotted(call.func)
    if name in EXPECTING and len(call.args) > 1:
        return False
    if scope.blind(call) or _is_harmless(name) or name in PLAIN_CONTEXTS:
        return True
    if isinstance(function, ast.Name):
        return function.id in PLAIN_BUILT_INS and function.id not in scope.names.table
    return isinstance(function, ast.Attribute) and _method_is_harmless(call, function, scope)


def _is_harmless(name: str | None) -> bool:
    return name is not None and any(name.startswith(f"{module}.") for module in HARMLESS_MODULES)


def _method_is_harmless(call: ast.Call, function: ast.Attribute, scope: Scope) -> bool:
    """``self.assertEqual(…)``, ``self.addCleanup(…)``; ``super().setUp()`` of a TestCase that is
    none of a project.
    """
    receiver, method = function.value, function.attr
    if isinstance(receiver, ast.Name) and receiver.id in ("self", "cls"):
        runs = method.startswith(EXPECTING) and len(call.args) > 1
        return method in CASE_METHODS or (method.startswith("assert") and not runs)
    of_super = (
        isinstance(receiver, ast.Call)
        and isinstance(receiver.func, ast.Name)
        and receiver.func.id == "super"
    )
    return of_super and _of_plain_test_case(call, scope)


def _of_plain_test_case(call: ast.Call, scope: Scope) -> bool:
    """Whether the class around a call derives from nothing but ``unittest.TestCase``."""
    names = scope.source.names
    around = [
        n for n in nodes_on(scope.source.tree.body, [call.lineno]) if isinstance(n, ast.ClassDef)
    ]
    inner = max(around, key=lambda cls: cls.lineno, default=None)
    return inner is not None and all(names.dotted(base) in TESTCASES for base in inner.bases)
