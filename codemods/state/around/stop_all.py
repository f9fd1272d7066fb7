"""``mocker.stopall()``, ``patch.stopall()``: they end what ``mocker.patch.dict(…)``,
``patcher.start()`` began.
"""

from __future__ import annotations

import ast

from codemods.python.names import Function, own_nodes
from codemods.python.source import Source, fact, top_classes
from codemods.state.around.fixtures import fixtures_around
from codemods.state.expressions.scope import Scope
from codemods.suite.hosts import Host, Kind, hosts

_WORD = "stopall"


def stops_all(statement: ast.stmt, host: Host) -> bool:
    """Whether a statement ends the patches that were started: by itself, or by a function of the
    file that it calls.
    """
    return _may_stop(host.source) and any(_stops(node, host) for node in own_nodes([statement]))


@fact
def _may_stop(source: Source) -> bool:
    """Whether anything in a file may end patches that were started; most have no word for it."""
    return _WORD in source.text or (".stop(" in source.text and "mocker" in source.text)


def stopped_by_users(host: Host) -> bool:
    """Whether a function of the file that has a fixture around it ends the patches which the
    fixture started.
    """
    if host.kind is not Kind.FIXTURE or _WORD not in host.source.text:
        return False
    for other in hosts(host.source, host.context):
        around = fixtures_around(other).set_up_for(other)
        uses = any(f is not None and f.function is host.function for _, f in around)
        if uses and any(_stops(node, other) for node in ast.walk(other.function)):
            return True
    return False


def _stops(node: ast.AST, host: Host) -> bool:
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Attribute) and node.attr == _WORD
    if host.names.dotted(node.func) == "mocker.stop":
        return any(Scope(host.source, host.names).is_container(argument) for argument in node.args)
    called = _called(node, host)
    return called is not None and _WORD in host.source.segment(called)


def _called(call: ast.Call, host: Host) -> Function | None:
    """The function of the file that is called, by its name or as a method."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    bodies = [
        host.function.body,
        host.source.tree.body,
        *(cls.body for cls in top_classes(host.source).values()),
    ]
    functions = [
        s for body in bodies for s in body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return next((f for f in functions if f.name == name and f is not host.function), None)
