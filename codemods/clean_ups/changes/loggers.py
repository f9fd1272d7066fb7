"""What is changed of loggers: levels, handlers, filters, and whether they pass records on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.clean_ups import model
from codemods.clean_ups.changes.settings import attribute_writes, setter_calls
from codemods.clean_ups.model import Change, Undoing
from codemods.clean_ups.scope import Scope
from codemods.clean_ups.setters import CONFIGURING, HOLDERS, SETTERS
from codemods.state.expressions.cells.attributes import attribute_cell

_LOGGERS = ("logging.getLogger()", "logging.root")
_HOLDERS = {name: HOLDERS[name] for name in _LOGGERS}
_SETTERS = frozenset(name for name in SETTERS if name.startswith("logging."))
# A method of a logger that adds something, and the one that takes it off.
_ADDING = {"addHandler": "removeHandler", "addFilter": "removeFilter"}
LINES = re.compile(
    r"\.(?:setLevel|addHandler|addFilter)\(|\.(?:propagate|disabled|level|handlers|filters)\b"
    r"|\b(?:basicConfig|dictConfig|fileConfig|setLoggerClass|setLogRecordFactory|disable)\("
)
_LINES = re.compile(LINES.pattern.encode())
_LISTS = frozenset({"handlers", "filters"})
_IN_PLACE = frozenset({"append", "insert", "extend", "clear", "remove", "pop"})


def may_change(data: bytes) -> bool:
    """Whether the bytes of a file may change a logger."""
    return b"logg" in data and _LINES.search(data) is not None


def look(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """What a node changes of a logger, or of all of them, and nothing puts back."""
    yield from setter_calls(node, scope, _SETTERS)
    if not _is_named(node, scope):
        yield from attribute_writes(node, scope, _HOLDERS)
    if not isinstance(node, ast.Call):
        return
    if scope.dotted(node.func) in CONFIGURING:
        yield from _configured(node, scope)
        return
    match node:
        case ast.Call(ast.Attribute(logger, method), [argument]) if method in _ADDING:
            if _is_logger(logger, scope):
                yield from _added(node, logger, method, argument, scope)
        case ast.Call(ast.Attribute(logger, "setLevel"), [_]) if _is_logger(logger, scope):
            if not scope.is_restored("setLevel", node):
                text = scope.segment(logger)
                undoing = Undoing(f"{text}.setLevel", (f"{text}.level",))
                message = f"the level of {text} is set and never restored"
                yield Change(node, message, undoing)
        case ast.Call(ast.Attribute(ast.Attribute(logger, name), method)) if (
            name in _LISTS and method in _IN_PLACE and _is_logger(logger, scope)
        ):
            if not scope.is_restored(name, node):
                message = f"the {name} of {scope.segment(logger)} are changed in place"
                yield Change(node, message, refusal=model.IN_PLACE)


def _is_named(node: ast.AST, scope: Scope) -> bool:
    """Whether a node is an attribute of a logger that the module has a name for, which MonkeyPatch
    sets.
    """
    if not isinstance(node, ast.Attribute):
        return False
    return attribute_cell(node.value, node.attr, scope.names, scope.source) is not None


def _configured(call: ast.Call, scope: Scope) -> Iterator[Change]:
    """``logging.basicConfig(…)``: its effect on the root logger stays, if it has any."""
    name = scope.dotted(call.func) or ""
    restored = any(scope.is_restored(other, call) for other in ("removeHandler", "dictConfig"))
    if not restored:
        message = f"{name} configures logging for all tests"
        yield Change(call, message, refusal=model.LOGGING_CONFIGURED)


def _added(
    call: ast.Call, logger: ast.expr, method: str, argument: ast.expr, scope: Scope
) -> Iterator[Change]:
    lists = f"{method.removeprefix('add').lower()}s"
    if scope.is_restored(_ADDING[method], call) or scope.is_restored(lists, call):
        return
    text, what = scope.segment(logger), method.removeprefix("add").lower()
    message = f"a {what} is added to {text} and never removed"
    if isinstance(argument, (ast.Name, ast.Attribute)):
        undoing = Undoing(f"{text}.{_ADDING[method]}", (scope.segment(argument),))
        yield Change(call, message, undoing)
    else:
        yield Change(call, message, refusal=model.UNNAMED)


def _is_logger(node: ast.expr, scope: Scope) -> bool:
    """Whether an expression is a logger: what ``getLogger`` gives, or an attribute of a module that
    is called so.
    """
    dotted = scope.dotted(node) or ""
    if dotted in _LOGGERS:
        return True
    last = dotted.rpartition(".")[2].lower().strip("_")
    return "()" not in dotted and "." in dotted and last in ("log", "logger", "root_logger")
