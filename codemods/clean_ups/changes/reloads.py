"""Modules that are reloaded: all that their code sets has its first value again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.clean_ups import model
from codemods.clean_ups.model import Change, Undoing
from codemods.clean_ups.scope import Scope

LINES = re.compile(r"\breload\(")
_RELOAD = ("importlib.reload", "imp.reload")


def may_reload(data: bytes) -> bool:
    """Whether the bytes of a file may reload a module."""
    return b"reload(" in data


def look(node: ast.AST, scope: Scope) -> Iterator[Change]:
    """The module that a node reloads, unless another reload puts it back in any case."""
    match node:
        case ast.Call(function, [module], []) if scope.dotted(function) in _RELOAD:
            pass
        case _:
            return
    if scope.is_restored("reload", node):
        return
    text = scope.segment(module)
    message = f"{text} is reloaded and never restored"
    if isinstance(module, (ast.Name, ast.Attribute)):
        undoing = Undoing(f"vars({text}).update", (f"dict(vars({text}))",))
        yield Change(node, message, undoing)
    else:
        yield Change(node, message, refusal=model.ARGUMENT_UNKNOWN)
