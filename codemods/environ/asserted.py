"""Variables that a test expects the code under test to have set.

``patch.dict`` takes back what the code inside its block sets, monkeypatch only what it has been told of (rows E1 and E5
of the measured semantics). A test that asserts on a variable which it does not set itself shows which one that is.
"""

from __future__ import annotations

import ast

from codemods.environ.scope import Scope
from codemods.names import own_statements


def asserted_keys(body: list[ast.stmt], scope: Scope) -> set[str] | None:
    """The code of each key that an ``assert`` finds in the environment; None if it compares with unknown ones."""
    found: set[str] = set()
    for node in own_statements(body):
        if not isinstance(node, ast.Assert):
            continue
        keys = _expected(node.test, scope)
        if keys is None:
            return None
        found |= keys
    return found


def _expected(test: ast.expr, scope: Scope) -> set[str] | None:
    if isinstance(test, ast.BoolOp):
        parts = [_expected(value, scope) for value in test.values]
        known = [part for part in parts if part is not None]
        return set().union(*known) if len(known) == len(parts) else None
    if not isinstance(test, ast.Compare):
        return _read(test, scope)
    operator, right = test.ops[0], test.comparators[0]
    if isinstance(operator, ast.In) and scope.is_environ(right):
        return {scope.text(test.left).code}
    if isinstance(operator, ast.Eq) and _whole(test.left, scope):
        return keys_of(right, scope)
    if isinstance(operator, ast.Eq) and _whole(right, scope):
        return keys_of(test.left, scope)
    empty = isinstance(right, ast.Constant) and right.value is None
    return set() if empty and isinstance(operator, (ast.Is, ast.Eq)) else _read(test.left, scope)


def _read(node: ast.expr, scope: Scope) -> set[str]:
    """The key of ``os.environ[key]``, ``os.environ.get(key)`` or ``os.getenv(key)``."""
    if isinstance(node, ast.Subscript) and scope.is_environ(node.value):
        return {scope.text(node.slice).code}
    if isinstance(node, ast.Call) and node.args and scope.names.dotted(node.func) in ("os.environ.get", "os.getenv"):
        return {scope.text(node.args[0]).code}
    return set()


def _whole(node: ast.expr, scope: Scope) -> bool:
    """``os.environ``, or a copy of it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and node.args:
        node = node.args[0]
    return scope.is_environ(node)


def keys_of(node: ast.expr, scope: Scope) -> set[str] | None:
    """The keys of a dict that is written out, here or where its name is assigned."""
    value = scope.names.values.get(node.id) if isinstance(node, ast.Name) else node
    if not isinstance(value, ast.Dict) or None in value.keys:
        return None
    return {scope.text(key).code for key in value.keys if key is not None}


def shows_all(body: list[ast.stmt], scope: Scope) -> bool:
    """Whether a block ends with assertions, one of which names every variable there is: nothing else was written."""
    for statement in reversed(body):
        if not isinstance(statement, ast.Assert):
            return False
        match statement.test:
            case ast.Compare(left, [ast.Eq()], [right]):
                for whole, names in ((left, right), (right, left)):
                    if _whole(whole, scope) and keys_of(names, scope) is not None:
                        return True
    return False
