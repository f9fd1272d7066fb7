"""What a test does to the environment before it runs anything else: the head of its body, and
its decorators.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.suite.hosts import Host
from codemods.suite.known_calls import QUIET_CALLS, QUIET_CONTEXTS

ALL = "*"


def decided(host: Host) -> frozenset[str]:
    """The variables that a test itself sets or unsets before any code could read them; ``*``
    stands for all of them.
    """
    found: set[str] = set()
    for owner in (*host.classes, host.function):
        for decorator in owner.decorator_list:
            found |= _patched(decorator, host)
    _head(host.function.body, host, found)
    return frozenset(found)


def may_set(host: Host, variable: str) -> bool:
    """Whether the test's own code writes the variable where monkeypatch does not see it:
    ``os.environ[…] = …``.
    """
    return any({variable, ALL} & _set_here(node, host) for node in ast.walk(host.function))


def _head(body: list[ast.stmt], host: Host, found: set[str]) -> bool:
    """Adds what the statements decide; False once one of them might read the environment for
    itself.
    """
    for statement in body:
        if isinstance(statement, ast.With):
            quiet = all(
                _called(item.context_expr, host) in QUIET_CONTEXTS for item in statement.items
            )
            for item in statement.items:
                found |= _patched(item.context_expr, host)
            if not quiet or not _head(statement.body, host, found):
                return False
        elif isinstance(statement, ast.Try):
            if not _head(statement.body, host, found):
                return False
        elif not _quiet(statement, host, found):
            return False
    return True


def _quiet(statement: ast.stmt, host: Host, found: set[str]) -> bool:
    """Whether a statement runs no code but its own; what it decides is added."""
    if isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(statement, ast.For) and any(
        _is_environ(node, host) for node in ast.walk(statement.iter)
    ):
        unsets = any(_unsets(node, host) for inner in statement.body for node in ast.walk(inner))
        found |= {ALL} if unsets else set()
        return unsets
    body = statement.body if isinstance(statement, ast.If) else [statement]
    changes = {variable for inner in body for variable in _changed(inner, host)}
    found |= changes
    if changes or isinstance(statement, ast.If):
        return bool(changes) and not getattr(statement, "orelse", [])
    saves = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr))
    return saves and all(
        _is_quiet(node, host) for node in ast.walk(statement) if isinstance(node, ast.Call)
    )


def _unsets(node: ast.AST, host: Host) -> bool:
    """Whether a node unsets a variable, whichever it is."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Del) and _is_environ(node.value, host)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "delenv" or (
            node.func.attr == "pop" and _is_environ(node.func.value, host)
        )
    return False


def _changed(statement: ast.stmt, host: Host) -> Iterator[str]:
    """The variables that one statement sets or unsets."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in ("setenv", "delenv"):
            yield from _names(call.args[:1])
        elif isinstance(function, ast.Attribute) and _is_environ(function.value, host):
            if function.attr in ("pop", "__setitem__", "__delitem__"):
                yield from _names(call.args[:1])
            elif function.attr == "update":
                yield from _keys(call.args, call.keywords) - {ALL}
            elif function.attr == "clear":
                yield ALL
    elif isinstance(statement, (ast.Assign, ast.Delete)):
        for target in statement.targets:
            if isinstance(target, ast.Subscript) and _is_environ(target.value, host):
                yield from _names([target.slice])


def _set_here(node: ast.AST, host: Host) -> set[str]:
    """What a node writes to the environment behind monkeypatch's back; ``*`` where the name is
    not written out.
    """
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store)
        and _is_environ(node.value, host)
    ):
        return set(_names([node.slice])) or {ALL}
    if not isinstance(node, ast.Call):
        return set()
    if (_called(node, host) or "").endswith("load_dotenv"):
        return {ALL}
    if isinstance(node.func, ast.Attribute) and _is_environ(node.func.value, host):
        if node.func.attr in ("setdefault", "__setitem__"):
            return set(_names(node.args[:1])) or {ALL}
        if node.func.attr == "update":
            return _keys(node.args, node.keywords)
    return set()


def _patched(node: ast.expr, host: Host) -> set[str]:
    """The variables that ``patch.dict`` on the environment sets or clears."""
    if (
        not isinstance(node, ast.Call)
        or _called(node, host) != "unittest.mock.patch.dict"
        or not node.args
    ):
        return set()
    target = node.args[0]
    if not (
        _is_environ(target, host)
        or (isinstance(target, ast.Constant) and target.value == "os.environ")
    ):
        return set()
    clear = [*node.args[2:3], *(k.value for k in node.keywords if k.arg == "clear")]
    if any(isinstance(value, ast.Constant) and value.value for value in clear):
        return {ALL}
    return _keys(node.args[1:2], [k for k in node.keywords if k.arg != "clear"]) - {ALL}


def _keys(values: list[ast.expr], keywords: list[ast.keyword]) -> set[str]:
    """The keys of a mapping and of keywords; ``*`` where some are not written out."""
    found = {k.arg or ALL for k in keywords}
    for value in values:
        keys = value.keys if isinstance(value, ast.Dict) else [None]
        for key in keys:
            found |= set(_names([key] if key is not None else [])) or {ALL}
    return found


def _names(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_environ(node: ast.AST, host: Host) -> bool:
    return isinstance(node, ast.expr) and host.names.dotted(node) == "os.environ"


def _called(node: ast.expr, host: Host) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return (
        node.func.id
        if isinstance(node.func, ast.Name) and node.func.id == "dict"
        else host.names.dotted(node.func)
    )


def _is_quiet(call: ast.Call, host: Host) -> bool:
    cleanup = isinstance(call.func, ast.Attribute) and call.func.attr == "addCleanup"
    return cleanup or _called(call, host) in QUIET_CALLS
