"""Calls of setters whose old value nobody puts back, and attributes of what they set."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from codemods.clean_ups import model
from codemods.clean_ups.model import Change, Undoing
from codemods.clean_ups.scope import Scope
from codemods.clean_ups.setters import SETTERS, WITHOUT_GETTER, Setter
from codemods.rule import Refusal

_CALLED = frozenset(name.rpartition(".")[2] for name in (*SETTERS, *WITHOUT_GETTER))
_PLAIN = (ast.Name, ast.Attribute, ast.Constant)


def setter_calls(node: ast.AST, scope: Scope, setters: Collection[str]) -> Iterator[Change]:
    """The change that a node makes if it is a call of one of some setters."""
    match node:
        case ast.Call(ast.Name(called) | ast.Attribute(_, called)) if called in _CALLED:
            name = scope.dotted(node.func)
        case _:
            return
    if name is None or name not in setters:
        return
    setter = SETTERS.get(name)
    if setter is None and _is_saved(node, name, scope):
        return
    if setter is not None and len(node.args) + len(node.keywords) < setter.least:
        return
    if scope.is_restored(called, node) or (setter and scope.is_restored(setter.function, node)):
        return
    message = f"{name} is called, and its setting is never restored"
    undoing = _undoing(node, name, setter, scope) if setter else model.NO_GETTER
    if isinstance(undoing, Refusal):
        yield Change(node, message, refusal=undoing)
    else:
        yield Change(node, message, undoing)


def _is_saved(call: ast.Call, name: str, scope: Scope) -> bool:
    """Whether a call puts back what an earlier one gave: ``os.umask(old)``."""
    match call:
        case ast.Call(_, [ast.Name(saved)], []):
            value = scope.names.values.get(saved)
            return isinstance(value, ast.Call) and scope.dotted(value.func) == name
    return False


def _undoing(call: ast.Call, name: str, setter: Setter, scope: Scope) -> Undoing | Refusal:
    module = name.rpartition(".")[0]
    here = _module(call.func, module, scope)
    if here is None:
        return model.NAME_UNKNOWN
    first = ""
    if any("{0}" in argument for argument in setter.arguments):
        if len(call.args) != setter.least or not isinstance(call.args[0], _PLAIN):
            return model.ARGUMENT_UNKNOWN
        first = scope.segment(call.args[0])
    arguments = (argument.format(first, here=here) for argument in setter.arguments)
    return Undoing(f"{here}.{setter.function}", tuple(arguments))


def _module(function: ast.expr, module: str, scope: Scope) -> str | None:
    """How the module of a setter is written there: ``np.random`` for ``np.random.seed``."""
    if isinstance(function, ast.Attribute):
        return scope.segment(function.value)
    return scope.names.spelling(module, function.lineno)


def attribute_writes(
    node: ast.AST, scope: Scope, holders: dict[str, frozenset[str]]
) -> Iterator[Change]:
    """The attributes that a node sets of what a call gives for the whole process:
    ``decimal.getcontext().prec = 5``.
    """
    match node:
        case ast.Attribute(owner, name, ast.Store()):
            dotted = scope.dotted(owner)
        case _:
            return
    if dotted is None or name not in holders.get(dotted, ()) or scope.is_restored(name, node):
        return
    shown = re.sub(r"\(\)$", "", dotted)
    message = f"{name} of the result of {shown} is set and never restored"
    if not dotted.endswith(")"):
        message = f"{dotted}.{name} is set and never restored"
    text, quote = scope.segment(owner), scope.source.quote
    undoing = Undoing("setattr", (text, f"{quote}{name}{quote}", f"{text}.{name}"))
    yield Change(node, message, undoing)
