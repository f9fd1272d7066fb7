"""How the project changes state under a name: whether it assigns it again, or changes its contents.

Files are searched for the name, so another attribute of the same name counts, too: then the
fixture does a little more than it must, or the general one is used.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.conftest.leaked.places import Place
from codemods.context import Context
from codemods.reach.files import files_of

_CHANGES = frozenset(
    {
        *("append", "appendleft", "extend", "extendleft", "insert", "remove", "pop", "popleft"),
        *("popitem", "update", "setdefault", "add", "discard", "clear", "sort", "reverse"),
        *("__setitem__", "__delitem__", "subtract", "move_to_end", "rotate"),
    }
)


@dataclass(frozen=True)
class Uses:
    """``rebound``: the name is assigned again; ``changed``: it is a container whose contents
    change; ``deeply``: those of a container inside it change.
    """

    rebound: bool = False
    changed: bool = False
    deeply: bool = False

    def __or__(self, other: Uses) -> Uses:
        return Uses(
            self.rebound or other.rebound,
            self.changed or other.changed,
            self.deeply or other.deeply,
        )


def uses_of(place: Place, context: Context) -> Uses:
    """How the files of the project and its tests change it."""
    found = Uses()
    spelled = _spelled(place)
    for path, tree in _files(spelled, context):
        is_home = place.home.file is not None and path == place.home.file.as_posix()
        looker = _Looker(place, spelled, is_home=is_home)
        for node in ast.walk(tree):
            found |= looker.use(node)
    return found


def _spelled(place: Place) -> frozenset[str]:
    """The spellings of the name: its class writes a private one without the class name."""
    name = place.names[-1]
    _, dunder, private = name.partition("__")
    is_mangled = name.startswith("_") and not name.startswith("__") and dunder
    return frozenset({name, f"__{private}"} if is_mangled else {name})


def _files(spelled: frozenset[str], context: Context) -> Iterator[tuple[str, ast.Module]]:
    """The Python files that contain one of the names."""
    words = [name.encode() for name in spelled]
    roots = tuple(dict.fromkeys((*(context.root / r for r in context.source_roots), context.root)))
    for path, file in files_of(roots, context.run).by_path.items():
        data = file.read()
        if any(word in data for word in words):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter(
                        "ignore", SyntaxWarning
                    )  # warnings about code of the project are not wanted here
                    yield path, ast.parse(data)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue


class _Looker:
    """Looks at the nodes of one file; ``is_home`` if it is the one that creates the state."""

    def __init__(self, place: Place, spelled: frozenset[str], *, is_home: bool) -> None:
        self.place, self.spelled, self.is_home = place, spelled, is_home
        self.by_name = is_home and len(place.names) == 1

    def use(self, node: ast.AST) -> Uses:
        """How one node uses the state."""
        match node:
            case ast.Global(names):
                return Uses(rebound=self.by_name and not self.spelled.isdisjoint(names))
            case ast.Call(ast.Name("setattr" | "delattr"), [_, ast.Constant(str(name)), *_]):
                return Uses(rebound=name in self.spelled)
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                is_made = self.is_home and node.lineno == self.place.line
                return Uses(rebound=self._is_it(node) and not is_made)
            case ast.Subscript(value, ctx=ast.Store() | ast.Del()):
                return Uses(changed=self._is_it(value), deeply=self._is_inside(value))
            case ast.Call(ast.Attribute(value, method)) if method in _CHANGES:
                return Uses(changed=self._is_it(value), deeply=self._is_inside(value))
        return Uses()

    def _is_it(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in self.spelled
        return self.by_name and isinstance(node, ast.Name) and node.id in self.spelled

    def _is_inside(self, node: ast.AST) -> bool:
        """Whether it is an item of it: REGISTRY["a"]   REGISTRY.setdefault("a", [])"""
        inner = node
        while True:
            match inner:
                case ast.Subscript(value) | ast.Call(
                    ast.Attribute(value, "setdefault" | "get" | "pop")
                ):
                    inner = value
                case _:
                    return inner is not node and self._is_it(inner)
