"""The set-up and the tear-down of a module, or of its functions, read as the methods of a class: that is how they run.

``setup_module(module)`` keeps in ``module.old`` what ``teardown_module(module)`` puts back, as methods do in ``self``.
"""

from __future__ import annotations

import ast
import copy
from typing import TypeVar

_PAIRS = (("setup_module", "teardown_module"), ("setup_function", "teardown_function"))
_Piece = tuple[ast.stmt, str]
_Function = TypeVar("_Function", bound=ast.FunctionDef)


def is_pair(cls: ast.ClassDef) -> bool:
    """Whether a class stands for two functions of a module: what they set on that is a global name."""
    return " and " in cls.name


def as_classes(was: list[_Piece], now: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """The statements of two modules, each with its text, with a class for each pair that is not the same in both."""
    for names in _PAIRS:
        old, new = _found(was, names), _found(now, names)
        if old is not None and new is not None and [text for _, text in old] != [text for _, text in new]:
            was, now = _joined(was, old), _joined(now, new)
    return was, now


def _found(pieces: list[_Piece], names: tuple[str, str]) -> tuple[_Piece, _Piece] | None:
    """The two functions among some statements, if each is there once and takes what pytest gives it."""
    found = [p for name in names for p in pieces if isinstance(p[0], ast.FunctionDef) and p[0].name == name]
    plain = all(len(f.args.args) == 1 and not f.decorator_list for f, _ in found if isinstance(f, ast.FunctionDef))
    return (found[0], found[1]) if len(found) == len(names) and plain else None


def _joined(pieces: list[_Piece], pair: tuple[_Piece, _Piece]) -> list[_Piece]:
    """The statements with one class in the place of the first function."""
    (set_up, text), (tear_down, other) = pair
    assert isinstance(set_up, ast.FunctionDef)
    assert isinstance(tear_down, ast.FunctionDef)
    methods: list[ast.stmt] = [_method(set_up, "setup_method"), _method(tear_down, "teardown_method")]
    cls = ast.ClassDef(f"{set_up.name} and {tear_down.name}", [], [], methods, [])
    if "type_params" in ast.ClassDef._fields:
        setattr(cls, "type_params", [])  # noqa: B010 - Python 3.12
    joined = (ast.copy_location(cls, set_up), f"{text}\n{other}")
    return [joined if piece[0] is set_up else piece for piece in pieces if piece[0] is not tear_down]


def _method(function: _Function, name: str) -> _Function:
    method = copy.deepcopy(function)
    own = method.args.args[0].arg
    method.name = name
    for node in ast.walk(method):
        if isinstance(node, ast.arg) and node.arg == own:
            node.arg = "self"
        elif isinstance(node, ast.Name) and node.id == own:
            node.id = "self"
    return method
