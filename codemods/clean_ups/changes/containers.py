"""Lists and sets that outlive a test and are changed in place: registries, handlers, caches.

A copy of what they hold is put back into them, so that whoever holds the same list sees it as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from codemods.clean_ups.model import Site, Undoing
from codemods.clean_ups.restored import Scope
from codemods.initializers.source_tree.modules import Module
from codemods.initializers.source_tree.target import Class, SourceTree, defined
from codemods.python.names import own_statements, walk
from codemods.python.regular import read_text
from codemods.state.expressions.cells.attributes import object_name

_Kind = Literal["list", "set"]
_METHODS: dict[_Kind, frozenset[str]] = {
    "list": frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
    "set": frozenset(
        {"add", "discard", "remove", "pop", "clear", "update", "difference_update"}
        | {"intersection_update", "symmetric_difference_update"}
    ),
}
_EVERY = sorted(_METHODS["list"] | _METHODS["set"])
LINES = re.compile(rf"\.(?:{'|'.join(_EVERY)})\(|\][ \t]*=(?!=)|\bdel[ \t][^\n]*\[")


def may_change(data: bytes) -> bool:
    """Whether the bytes of a file may change a list or set that is not of a test's own."""
    return _CHANGES.search(data) is not None


_CHANGES = re.compile(
    rb"\n[ \t]+(?!self\.|cls\.)[A-Za-z_][\w.]*"
    rb"\.(?:append|extend|insert|add|discard|remove|reverse|sort)\("
    rb"|\n[ \t]+(?!self\.|cls\.)[A-Za-z_][\w.]*\[[^\n\]]*\][ \t]*=(?!=)"
)


def look(node: ast.AST, scope: Scope) -> Iterator[Site]:
    """The list or set that a node changes, if it outlives the test and nothing puts it back."""
    container, method = _changed(node)
    if container is None or not isinstance(container, (ast.Name, ast.Attribute)):
        return
    name = object_name(container, scope.names, scope.source)
    if name is None or name.startswith("sys."):
        return
    if scope.names is scope.source.names and "." not in name:
        return  # a module that sets up what is its own, while it is imported
    kind = _kind(name, scope)
    if kind is None or (method is not None and method not in _METHODS[kind]):
        return
    assert isinstance(node, ast.expr), "calls and subscripts are expressions"
    last = name.rpartition(".")[2]
    if scope.is_restored(last, node) or _is_emptied(last, scope):
        return
    text = scope.segment(container)
    message = f"{text} is changed, and what it held is never put back"
    yield Site(node, ast.Pass(), None, message, _undoing(text, kind))


def _changed(node: ast.AST) -> tuple[ast.expr | None, str | None]:
    """What a node may change in place, and by which method, if by one."""
    match node:
        case ast.Call(ast.Attribute(container, method)) if method in _EVERY:
            return container, method
        case ast.Subscript(container, _, ast.Store() | ast.Del()):
            return container, None
    return None, None


def _undoing(text: str, kind: _Kind) -> Undoing:
    if kind == "list":
        return Undoing(f"{text}.__setitem__", ("slice(None)", f"{text}[:]"))
    # Only what was there stays, and all of that comes back.
    back = Undoing(f"{text}.update", (f"set({text})",))
    return Undoing(f"{text}.intersection_update", (f"set({text})",), also=back)


def _is_emptied(last: str, scope: Scope) -> bool:
    """Whether the file has a line that empties the container: each test begins with that, or what
    it holds is nobody's concern.
    """
    name = re.escape(last)
    emptied = rf"\b{name}(?:\.clear\(\)|\[:\][ \t]*=)|\bdel[ \t]+[\w.]*\b{name}\[:\]"
    return re.search(emptied, scope.source.text) is not None


def _kind(name: str, scope: Scope) -> _Kind | None:
    """What a container is for certain: a list or a set that its module or class makes so."""
    owner, _, last = name.rpartition(".")
    source = scope.source
    own = _made(source.tree.body, owner, last)
    if own is not None or not owner:
        return own
    tree = SourceTree.for_file(source, scope.context)
    found = tree.canonical(owner)
    things = tree.resolve(found)
    if not isinstance(things, list) or not things or not all(map(defined, things)):
        return None
    kinds = {_of_thing(thing, last) for thing in things}
    return kinds.pop() if len(kinds) == 1 else None


def _of_thing(thing: object, name: str) -> _Kind | None:
    if isinstance(thing, Class):
        return _of_body(thing.node.body, name)
    if isinstance(thing, Module) and thing.file is not None:
        return _of_body(_body(thing.file), name)
    return None


@lru_cache(maxsize=256)
def _body(file: Path) -> tuple[ast.stmt, ...]:
    try:
        return tuple(ast.parse(read_text(file)).body)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _made(body: Iterable[ast.stmt], owner: str, name: str) -> _Kind | None:
    """What the file itself makes: ``REGISTRY = []``, or in a class that it defines."""
    if not owner:
        return _of_body(body, name)
    for statement in own_statements(body):
        if isinstance(statement, ast.ClassDef) and statement.name == owner:
            return _of_body(statement.body, name)
    return None


def _of_body(body: Iterable[ast.stmt], name: str) -> _Kind | None:
    kinds: set[_Kind | None] = set()
    for statement in own_statements(body):
        match statement:
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


def _of_value(value: ast.expr) -> _Kind | None:
    match value:
        case ast.List() | ast.ListComp() | ast.Call(ast.Name("list")):
            return "list"
        case ast.Set() | ast.SetComp() | ast.Call(ast.Name("set")):
            return "set"
    return None
