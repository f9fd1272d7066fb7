"""What a name of a module or class is made as, if its source says so: a list, a set or a dict."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from codemods.context import Context
from codemods.initializers.source_tree.modules import Module
from codemods.initializers.source_tree.target import Class, SourceTree
from codemods.python.names import own_statements, walk
from codemods.python.regular import read_text
from codemods.python.source import Source

Made = Literal["list", "set", "dict"]
_CALLS: dict[str, Made] = {
    "list": "list",
    "set": "set",
    "dict": "dict",
    "OrderedDict": "dict",
    "defaultdict": "dict",
    "Counter": "dict",
}
_ALIASES = 3  # names that stand for one another


def made_as(name: str, source: Source, context: Context) -> Made | None:
    """What a full name stands for, which the file or its source tree makes; None if that is not
    certain.
    """
    owner, _, last = name.rpartition(".")
    own = _in_file(source.tree.body, owner, last)
    if own is not None or not owner:
        return own
    tree = SourceTree.for_file(source, context)
    owner, _, last = tree.canonical(name).rpartition(".")
    found = tree.resolve(owner)
    # A package may export a function that is called as its module is: an import means the module.
    things = [t for t in found if isinstance(t, (Module, Class))] if isinstance(found, list) else []
    kinds = {_of_thing(thing, last) for thing in things}
    return kinds.pop() if len(kinds) == 1 else None


def _of_thing(thing: Module | Class, name: str) -> Made | None:
    if isinstance(thing, Class):
        return _of_body(thing.node.body, name)
    return None if thing.file is None else _of_body(_body(thing.file), name)


@lru_cache(maxsize=256)
def _body(file: Path) -> tuple[ast.stmt, ...]:
    try:
        return tuple(ast.parse(read_text(file)).body)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _in_file(body: Iterable[ast.stmt], owner: str, name: str) -> Made | None:
    """What the file itself makes: ``REGISTRY = []``, or in a class that it defines."""
    if not owner:
        return _of_body(body, name)
    for statement in own_statements(body):
        if isinstance(statement, ast.ClassDef) and statement.name == owner:
            return _of_body(statement.body, name)
    return None


def _of_body(body: Iterable[ast.stmt], name: str, asked: int = 0) -> Made | None:
    body, kinds = list(body), set[Made | None]()
    for statement in own_statements(body):
        match statement:
            case ast.Assign([ast.Name(target)], ast.Name(other)) if target == name:
                # `converter = _external_converter`
                kinds.add(_of_body(body, other, asked + 1) if asked < _ALIASES else None)
            case ast.Assign(targets, value):
                if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    kinds.add(_of_value(value))
            case ast.AnnAssign(ast.Name(target), _, ast.expr() as value) if target == name:
                kinds.add(_of_value(value))
            case ast.AugAssign(ast.Name(target)) if target == name:
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                bound = (n for n in walk(statement) if isinstance(n, ast.Global))
                kinds |= {None for n in bound if name in n.names}
    return kinds.pop() if len(kinds) == 1 else None


def _of_value(value: ast.expr) -> Made | None:
    match value:
        case ast.List() | ast.ListComp():
            return "list"
        case ast.Set() | ast.SetComp():
            return "set"
        case ast.Dict() | ast.DictComp():
            return "dict"
        case ast.Call(ast.Name(name) | ast.Attribute(_, name)):
            return _CALLS.get(name)
    return None
