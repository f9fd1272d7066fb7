"""The class of a ``unittest.TestCase`` method: its relatives in the file, and what runs when its tests are over."""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache

from codemods.classes import with_bases
from codemods.hosts import Host
from codemods.names import parameters
from codemods.source import Source

_LATE = ("addCleanup", "addAsyncCleanup", "enterContext", "enterAsyncContext")
_CLASS_LATE = ("addClassCleanup", "enterClassContext")
_PATCHES = ("unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.patch.dict")


def family(host: Host) -> tuple[ast.ClassDef, ...]:
    """The class of a method, with those of the file that it derives from and that derive from it."""
    return _family(host.source, host.classes[-1])


def with_bases_of(host: Host) -> list[ast.ClassDef]:
    """The class of a method, with those of the file that it derives from."""
    return with_bases(host.classes[-1], top_classes(host.source))


@lru_cache(maxsize=256)
def _family(source: Source, cls: ast.ClassDef) -> tuple[ast.ClassDef, ...]:
    classes = top_classes(source)
    bases = with_bases(cls, classes)
    return (*bases, *(c for c in classes.values() if c not in bases and cls in with_bases(c, classes)))


@lru_cache(maxsize=2)
def top_classes(source: Source) -> dict[str, ast.ClassDef]:
    """The classes at the top level of a file, by their names."""
    return {s.name: s for s in source.tree.body if isinstance(s, ast.ClassDef)}


def registers_more(host: Host) -> bool:
    """Whether something of the class runs behind its tear-down that may look at the environment."""
    wanted = _CLASS_LATE if host.function.name == "setUpClass" else _LATE
    calls = [n for c in family(host) for n in ast.walk(c) if isinstance(n, ast.Call)]
    late = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in wanted and c.args]
    return not all(_is_patch(c.args[0], host) for c in late)


def _is_patch(node: ast.expr, host: Host) -> bool:
    """Whether this is a patcher, or the end of one: ``patch(...)``, ``patch.stopall``, ``self.patcher.stop``."""
    if isinstance(node, ast.Call):
        return host.source.names.dotted(node.func) in _PATCHES
    if not isinstance(node, ast.Attribute):
        return False
    if host.source.names.dotted(node) == "unittest.mock.patch.stopall":
        return True
    patcher, nodes = ast.dump(node.value), (n for c in host.classes for n in ast.walk(c) if isinstance(n, ast.Assign))
    values = [n.value for n in nodes if ast.dump(n.targets[0]).replace("Store()", "Load()") == patcher]
    return node.attr == "stop" and bool(values) and all(isinstance(v, ast.Call) and _is_patch(v, host) for v in values)


def read_elsewhere(host: Host, tear_down: Host | None) -> set[str]:
    """The attributes of the instance, as ``self.name``, that something but the two functions reads."""
    every, on_self = _read_in(host.source)
    related = Counter[str]()
    for cls in family(host):
        related += _loads(cls, ("self", "cls"))
    outside = every if host.classes[:-1] else every - (on_self - related)
    for function in (host.function, *([tear_down.function] if tear_down is not None else [])):
        outside = outside - _loads(function)
    return {f"{name}.{attribute}" for name in parameters(host.function)[:1] for attribute in outside}


@lru_cache(maxsize=2)
def _read_in(source: Source) -> tuple[Counter[str], Counter[str]]:
    """How often each attribute is read in a file, and how often on the instance of a top-level class."""
    on_self = Counter[str]()
    for cls in top_classes(source).values():
        on_self += _loads(cls, ("self", "cls"))
    return _loads(source.tree), on_self


def _loads(tree: ast.AST, receivers: tuple[str, ...] = ()) -> Counter[str]:
    """How often each attribute is read or deleted, of certain names only if these are given."""
    nodes = (n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Store))
    return Counter(
        n.attr for n in nodes if not receivers or (isinstance(n.value, ast.Name) and n.value.id in receivers)
    )
