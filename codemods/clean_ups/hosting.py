"""How a host has something undone in the end: the call that registers it."""

from __future__ import annotations

import ast
from functools import lru_cache

from codemods.clean_ups import model
from codemods.clean_ups.model import Undoing
from codemods.python.names import every_node, parameters
from codemods.rule import Refusal
from codemods.suite.hosts import Host, Kind, is_found_by_name
from codemods.suite.known_calls import REGISTERS_CLEAN_UP

PARTIAL = "functools.partial"
_CLASS_LEVEL = ("setUpClass",)


def refused(host: Host, undoing: Undoing) -> Refusal | None:
    """Why a host cannot register an undoing; None if it can."""
    match host.kind:
        case Kind.HELPER:
            return model.HELPER
        case Kind.GIVEN:
            return model.GIVEN
        case Kind.SETUP:
            return model.SET_UP
        case Kind.TESTCASE:
            return None if _first_parameter(host) else model.SET_UP
    if not (host.takes_fixtures and is_found_by_name(host)):
        return model.SIGNATURE
    taken = not has_request(host) and "request" in _names(host)
    partial = bool(undoing.arguments) and _partial(host) is None
    return model.NAME_TAKEN if taken or partial else None


def registered(host: Host, undoing: Undoing) -> str:
    """The line that has it undone when the test, or what the fixture is for, ends."""
    function, arguments = undoing.function, undoing.arguments
    if host.kind is Kind.TESTCASE:
        method = "addClassCleanup" if host.function.name in _CLASS_LEVEL else "addCleanup"
        return f"{_first_parameter(host)}.{method}({', '.join((function, *arguments))})"
    if not arguments:
        return f"request.addfinalizer({function})"
    return f"request.addfinalizer({_partial(host)}({', '.join((function, *arguments))}))"


def is_registered(host: Host, undoing: Undoing) -> bool:
    """Whether the function has that line already."""
    wanted = ast.dump(ast.parse(registered(host, undoing)).body[0])
    every = (node for node in every_node(host.function) if isinstance(node, ast.Expr))
    return any(ast.dump(node) == wanted for node in every if _registers(node))


def _registers(node: ast.Expr) -> bool:
    match node:
        case ast.Expr(ast.Call(ast.Attribute(_, method))):
            return method in REGISTERS_CLEAN_UP
    return False


def has_request(host: Host) -> bool:
    """Whether the function has the fixture ``request`` already."""
    return "request" in parameters(host.function)


def needs_partial(host: Host, undoing: Undoing) -> bool:
    """Whether ``from functools import partial`` is needed for it, unless it is there."""
    plain = host.kind is not Kind.TESTCASE and bool(undoing.arguments)
    return plain and host.names.spelling(PARTIAL, host.function.lineno) is None


def _partial(host: Host) -> str | None:
    """How ``partial`` is written there; None if its name is another thing's."""
    known = host.names.spelling(PARTIAL, host.function.lineno)
    if known is not None:
        return known
    free = "partial" not in _names(host) and "partial" not in host.source.names.table
    return "partial" if free else None


@lru_cache(maxsize=256)
def _names(host: Host) -> frozenset[str]:
    """The names that stand in a function, and its parameters."""
    inside = (node.id for node in every_node(host.function) if isinstance(node, ast.Name))
    return frozenset([*inside, *parameters(host.function)])


def _first_parameter(host: Host) -> str | None:
    """``self``, or ``cls`` of ``setUpClass``; None for any other method of a class."""
    arguments = parameters(host.function)
    decorated = {ast.unparse(d) for d in host.function.decorator_list}
    of_class = host.function.name in _CLASS_LEVEL
    if not arguments or "staticmethod" in decorated or ("classmethod" in decorated) != of_class:
        return None
    return arguments[0]
