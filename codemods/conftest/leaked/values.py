"""What an expression of the source makes: the part that a fixture must know."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Literal

from codemods.python.names import Names

# A container that is put back in place, a value that is assigned again (plain: one that was None, a
# number or a string at first), a name that is removed again unless it was there, a cache that is
# emptied, a default of a function.
Kind = Literal["dict", "list", "set", "deque", "value", "plain", "new", "cache", "defaults"]
# How a container gets its content again.
FILLS: dict[str, tuple[str, ...]] = {
    "list": ("{}[:] = {}",),
    "dict": ("{}.clear()", "{}.update({})"),
    "set": ("{}.clear()", "{}.update({})"),
    "deque": ("{}.clear()", "{}.extend({})"),
}
_DISPLAYS: dict[type[ast.expr], Kind] = {
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.List: "list",
    ast.ListComp: "list",
    ast.Set: "set",
    ast.SetComp: "set",
}
_CALLS: dict[str, Kind] = {
    "dict": "dict",
    "list": "list",
    "set": "set",
    "collections.OrderedDict": "dict",
    "collections.Counter": "dict",
    "collections.deque": "deque",
}
_CACHES = ("functools.lru_cache", "functools.cache")
_CONTAINER = (
    r"\b(?:dict|list|set|deque|[dD]efault[dD]ict|[A-Z]\w*(?:Dict|List|Set)|Dict|List|Set)\b"
)
_NESTED = re.compile(rf"\[.*{_CONTAINER}", re.DOTALL)
_DEFAULT_DICT = "collections.defaultdict"


def kind_of(node: ast.expr, names: Names) -> Kind | None:
    """What an expression makes; None for a container with others in it, which a copy does not keep.

    HANDLERS = {}       jobs = deque()       _instance = None
    """
    kind = _container(node, names)
    if kind is None:
        return (
            None
            if isinstance(node, ast.Call) and _called(node, names) == _DEFAULT_DICT
            else "value"
        )
    return None if any(_container(each, names) for each in _elements(node)) else kind


def is_nested(annotation: ast.expr | None) -> bool:
    """Whether an annotation is one of containers in a container: dict[str, list[Handler]]."""
    return annotation is not None and _NESTED.search(ast.unparse(annotation)) is not None


def is_cache(function: ast.FunctionDef, names: Names, tree: ast.Module) -> bool:
    """Whether a function is decorated by ``lru_cache``, and above that only by ``classmethod`` or
    ``staticmethod``.

    The module ``tree`` may define that name itself for a Python that lacks it.
    """
    decorators = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    while decorators and _is_method_kind(decorators[0], names):
        decorators = decorators[1:]
    if not decorators:
        return False
    name = getattr(decorators[0], "id", "")
    return names.dotted(decorators[0]) in _CACHES or name in _imported_or_made(tree)


def _imported_or_made(tree: ast.Module) -> Iterator[str]:
    """The caches that a module imports from ``functools``, or else defines itself.

    try: from functools import lru_cache
    except ImportError: def lru_cache(…)
    """
    tries = (s for s in tree.body if isinstance(s, ast.Try) and not s.finalbody and not s.orelse)
    for each in tries:
        match each.body, each.handlers:
            case [ast.ImportFrom("functools", names)], [ast.ExceptHandler(ast.Name("ImportError"))]:
                yield from (
                    n.name for n in names if not n.asname and f"functools.{n.name}" in _CACHES
                )


def default_of(function: ast.FunctionDef, names: Names) -> tuple[Kind, str] | None:
    """The one default of a function that is a container, and where the function keeps it.

    def gather(item, into=[])    ->    "list", "__defaults__[0]"
    """
    if not all(_is_method_kind(each, names) for each in function.decorator_list):
        return None
    arguments = function.args
    given = {f"__defaults__[{i}]": each for i, each in enumerate(arguments.defaults)}
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    given |= {f'__kwdefaults__["{a.arg}"]': each for a, each in pairs if each is not None}
    found = [(kind_of(each, names), at) for at, each in given.items() if _is_made(each)]
    if len(found) != 1:
        return None
    kind, at = found[0]
    return None if kind is None or kind == "value" else (kind, at)


def _is_made(node: ast.expr) -> bool:
    """Whether it creates an object that belongs to the function, which calls may change."""
    return not isinstance(node, (ast.Constant, ast.UnaryOp, ast.Name, ast.Attribute))


def _container(node: ast.expr, names: Names) -> Kind | None:
    if type(node) in _DISPLAYS:
        return _DISPLAYS[type(node)]
    return _CALLS.get(_called(node, names)) if isinstance(node, ast.Call) else None


def _called(call: ast.Call, names: Names) -> str:
    name = getattr(call.func, "id", "")
    if name not in names.table and hasattr(builtins, name):
        return name
    return names.dotted(call.func) or ""


def _elements(node: ast.expr) -> Iterator[ast.expr]:
    """What a container is made with."""
    if isinstance(node, (ast.Dict, ast.List, ast.Set)):
        yield from node.values if isinstance(node, ast.Dict) else node.elts
    elif isinstance(node, (ast.ListComp, ast.SetComp)):
        yield node.elt
    elif isinstance(node, ast.DictComp):
        yield node.value
    elif isinstance(node, ast.Call):
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield each if node.keywords else ast.Constant(None)
            yield from _elements(each)


def _is_method_kind(decorator: ast.expr, names: Names) -> bool:
    return (
        isinstance(decorator, ast.Name)
        and decorator.id in ("staticmethod", "classmethod")
        and (decorator.id not in names.table)
    )
