"""Where functions are found by name, what wraps them, and what they and their modules bind."""

from __future__ import annotations

import ast
import dis
import functools
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from .frames import Namespace


class Named(NamedTuple):
    """A function under its dotted name: what stands there, and the class that it stands in."""

    name: str
    raw: Any
    owner: type | None


def dotted(code: CodeType, namespace: Namespace) -> Named | None:
    """Where a function can be found by name, in its module or a class there; None if it cannot."""
    module, name = str(namespace.get("__name__")), code.co_name
    if _runs(namespace.get(name), code):
        return Named(f"{module}.{name}", namespace[name], None)
    for owner in classes(namespace, module):
        raw = vars(owner).get(name)
        if _runs(raw, code):
            return Named(f"{module}.{owner.__qualname__}.{name}", raw, owner)
    return None


def classes(namespace: Namespace, module: str, outer: str = "") -> Iterator[type]:
    """The classes that a module defines, and those in them."""
    for name, value in [*namespace.items()]:
        known = issubclass(type(value), type) and value.__qualname__ == outer + name
        if known and vars(value).get("__module__") == module:
            yield value
            yield from classes(dict(vars(value)), module, f"{outer}{name}.")


def heirs(owner: type) -> Iterator[type]:
    """The classes below a class."""
    found: list[type] = type.__subclasses__(owner)
    for heir in found:
        yield heir
        yield from heirs(heir)


@functools.cache
def stored(code: CodeType) -> frozenset[str]:
    """The globals and the attributes that a function binds."""
    stores = ("STORE_GLOBAL", "STORE_ATTR")
    found = dis.get_instructions(code)
    return frozenset(str(each.argval) for each in found if each.opname in stores)


LRU_CACHE: type = type(stored)  # what functools.cache makes of a function


@functools.cache
def bindings(file: str) -> list[tuple[int, int, str]]:
    """What a module binds outside of functions and classes: first line, last line, name."""
    try:
        body = ast.parse(Path(file).read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return []
    return [*_bindings(body)]


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[int, int, str]]:
    for node in body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if isinstance(name, ast.Name):
                        yield node.lineno, node.end_lineno or node.lineno, name.id
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                yield from _bindings(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _bindings(handler.body)


def _runs(raw: object, code: CodeType) -> bool:
    """Whether something that stands in a namespace ends up calling this code."""
    while raw is not None:
        if isinstance(raw, FunctionType) and raw.__code__ is code:
            return True
        raw = _within(raw)
    return False


def lru_cache_of(raw: object) -> Any:  # noqa: ANN401
    """The cache that something is, or wraps; None if there is none."""
    while raw is not None and type(raw) is not LRU_CACHE:
        raw = _within(raw)
    return raw


def _within(raw: object) -> Any:  # noqa: ANN401
    """What a wrapper wraps; None if it is none."""
    if isinstance(raw, (staticmethod, classmethod)):
        return raw.__func__
    if isinstance(raw, property):
        return raw.fget
    if type(raw).__name__ == "cached_property":
        return vars(raw).get("func")
    return vars(raw).get("__wrapped__") if isinstance(raw, (FunctionType, LRU_CACHE)) else None
