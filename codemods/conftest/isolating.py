"""Whether a fixture that the project already has does what a template would do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.conftest.rendering import list_of
from codemods.suite.hosts import Host, Kind

_WRITES = frozenset({"pop", "update", "setdefault", "clear", "__setitem__", "__delitem__"})


def isolates(host: Host, variables: tuple[str, ...]) -> bool:
    """Whether a function-scoped fixture reads these variables, or a copy of the environment, and
    writes them back.

    It must read the environment before its ``yield`` and write to it after; its variables are
    the strings in its body and in the lists of the file that it reads. A yield below
    ``patch.dict`` counts as well.
    """
    yields = [node.lineno for node in ast.walk(host.function) if isinstance(node, ast.Yield)]
    if host.kind is not Kind.FIXTURE or len(yields) != 1 or not variables:
        return False
    if _patched(host):
        return True
    reads = any(node.lineno < yields[0] for node in _environ(host))
    writes = any(node.lineno > yields[0] for node in _written(host))
    if not (reads and writes):
        return False
    return _copies(host, yields[0]) or set(variables) <= set(_strings(host))


def _environ(host: Host) -> Iterator[ast.expr]:
    """Where the fixture mentions ``os.environ`` or ``os.getenv``."""
    for node in ast.walk(host.function):
        if isinstance(node, (ast.Name, ast.Attribute)) and host.names.dotted(node) in (
            "os.environ",
            "os.getenv",
        ):
            yield node


def _written(host: Host) -> Iterator[ast.expr]:
    for node in ast.walk(host.function):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            target: ast.expr = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _WRITES
        ):
            target = node.func.value
        else:
            continue
        if host.names.dotted(target) == "os.environ":
            yield target


def _copies(host: Host, before: int) -> bool:
    """Whether the whole environment is copied before a line: ``dict(os.environ)``,
    ``os.environ.copy()``.
    """
    for node in ast.walk(host.function):
        if isinstance(node, ast.Call) and node.lineno < before:
            called = (
                node.func.id if isinstance(node.func, ast.Name) else host.names.dotted(node.func)
            )
            copied = [host.names.dotted(argument) for argument in node.args] == ["os.environ"]
            if called == "os.environ.copy" or (
                copied and called in ("dict", "copy.copy", "copy.deepcopy")
            ):
                return True
    return False


def _patched(host: Host) -> bool:
    """Whether the fixture yields below ``with patch.dict(os.environ, …)``, which restores the
    whole environment.
    """
    for statement in ast.walk(host.function):
        if isinstance(statement, ast.With) and any(
            isinstance(node, ast.Yield) for node in ast.walk(statement)
        ):
            for item in statement.items:
                call = item.context_expr
                if (
                    isinstance(call, ast.Call)
                    and host.names.dotted(call.func) == "unittest.mock.patch.dict"
                ):
                    target = call.args[0] if call.args else None
                    named = isinstance(target, ast.Constant) and target.value == "os.environ"
                    if named or (target is not None and host.names.dotted(target) == "os.environ"):
                        return True
    return False


def _strings(host: Host) -> Iterator[str]:
    """The strings in the fixture, and in the lists at the top of the file that it reads."""
    read = {node.id for node in ast.walk(host.function) if isinstance(node, ast.Name)}
    lists = [list_of(s, name) for s in host.source.tree.body for name in read]
    for root in (host.function, *(found for found in lists if found is not None)):
        for node in ast.walk(root):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
