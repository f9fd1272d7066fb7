"""Which path an expression stands for, read from the file itself."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.python.names import Function, Names, bound_names, children
from codemods.python.source import Source

_HERE = ("os.getcwd", "pathlib.Path.cwd")
_SAME = ("os.path.normpath", "os.fspath", "str")
_ABSOLUTE = ("os.path.abspath", "os.path.realpath")
_PATHS = ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath")
_LONGEST = 250


@dataclass(frozen=True)
class Place:
    """A path: relative to where pytest is started, or absolute, or below ``~``.

    ``moves`` says that it is looked up in the working directory whenever it is used, and not where
    that was before the function ran. ``is_text``: it is a str, no Path.
    """

    path: str
    moves: bool
    is_text: bool

    @cached_property
    def normal(self) -> str:
        """The path without what does not matter: ``data/x`` for ``./data//x``."""
        return posixpath.normpath(self.path)

    def within(self, folder: str) -> str | None:
        """What leads on from a path to this one; "" where it is the same, None if nothing does."""
        if self.normal == folder:
            return ""
        return self.normal[len(folder) + 1 :] if self.normal.startswith(f"{folder}/") else None


@dataclass(frozen=True)
class Paths:
    """What the expressions of a function denote, or of a module where there is none."""

    source: Source
    function: Function | None = None

    @property
    def names(self) -> Names:
        """The names as the function sees them."""
        names = self.source.names
        return names if self.function is None else names.inside(self.function)

    def named(self, *trees: ast.AST) -> Iterator[tuple[ast.expr, Place]]:
        """The expressions in some trees that denote a path, none that is a part of another one."""
        todo = list(reversed(trees))
        names = self.names
        while todo:
            node = todo.pop()
            if isinstance(node, ast.JoinedStr):
                continue
            place = self.place(node, names) if isinstance(node, ast.expr) else None
            if place is not None and isinstance(node, ast.expr):
                yield node, place
            else:
                todo += reversed(children(node))

    def place(self, node: ast.expr, names: Names) -> Place | None:
        """The path that an expression denotes; None if that is not known, or it is none."""
        match node:
            case ast.Constant(str(text)):
                return _of_text(text)
            case ast.Name(name):
                return self._of_name(name, names)
            case ast.Call():
                return self._of_call(node, names)
            case ast.BinOp(left, ast.Div() | ast.Add(), right):
                return self._joined(node, left, right, names)
            case ast.Attribute(value, "parent"):
                return _up(self.place(value, names))
            case ast.Subscript(ast.Attribute(value, "parents"), ast.Constant(int(number))):
                place = self.place(value, names)
                for _ in range(min(number, 20) + 1):
                    place = _up(place)
                return place
        return None

    def _of_name(self, name: str, names: Names) -> Place | None:
        """What the only assignment of a name gives it; of the module, before the function ran."""
        if name == "__file__":
            return Place(self.source.path, False, True)
        value = names.values.get(name)
        if value is None or any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(value)):
            return None
        if self.function is None or name in bound_names(self.function):
            return self.place(value, names)
        place = Paths(self.source).place(value, self.source.names)
        return place and replace(place, moves=place.moves and not self.looks_in(value))

    def looks_in(self, tree: ast.AST) -> bool:
        """Whether something in an expression looks up where the process is."""
        return any(map(self._looks, ast.walk(tree)))

    def _looks(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        name = self.source.names.dotted(node.func)
        method = isinstance(node.func, ast.Attribute) and node.func.attr in ("resolve", "absolute")
        return name in (*_HERE, *_ABSOLUTE) or method

    def _of_call(self, call: ast.Call, names: Names) -> Place | None:
        name = called(call, names)
        given = [self.place(argument, names) for argument in call.args]
        if call.keywords or None in given:
            return None
        places = [place for place in given if place is not None]
        if name in _HERE and not places:
            return Place(".", True, name == "os.getcwd")
        if name in (*_PATHS, "os.path.join"):
            return _all_joined(places, is_text=name == "os.path.join")
        if name == "pathlib.Path.home" and not places:
            return Place("~", False, False)
        if len(places) == 1 and name in (*_SAME, *_ABSOLUTE):
            return replace(places[0], is_text=True)
        if len(places) == 1 and name == "os.path.dirname":
            return _up(places[0])
        return self._of_method(call, places, names)

    def _of_method(self, call: ast.Call, given: list[Place], names: Names) -> Place | None:
        """``path.resolve()``, ``path.joinpath("x")``; and what is in the home of the user."""
        match call:
            case ast.Call(ast.Attribute(value, "resolve" | "absolute"), [], []):
                return _path_of(self.place(value, names))
            case ast.Call(ast.Attribute(value, "joinpath"), _, []):
                place = _path_of(self.place(value, names))
                return place and _all_joined([place, *given], is_text=False)
            case ast.Call(function, [ast.Constant(str(text))], []):
                if names.dotted(function) == "os.path.expanduser" and text.startswith("~/"):
                    return Place(text, False, True)
        return None

    def _joined(
        self, node: ast.BinOp, left: ast.expr, right: ast.expr, names: Names
    ) -> Place | None:
        first, last = self.place(left, names), self.place(right, names)
        if first is None or last is None:
            return None
        if isinstance(node.op, ast.Add):
            both = first.is_text and last.is_text
            return replace(first, path=first.path + last.path) if both else None
        return None if first.is_text else _all_joined([first, last], is_text=False)


def called(call: ast.Call, names: Names) -> str | None:
    """The full name of what is called; that of a builtin where nothing else has it."""
    if isinstance(call.func, ast.Name) and call.func.id not in names.table:
        return call.func.id
    return names.dotted(call.func)


def _of_text(text: str) -> Place | None:
    odd = not text or len(text) > _LONGEST or text.startswith(("~", "-")) or not text.isprintable()
    return None if odd or "://" in text else Place(text, not text.startswith("/"), True)


def _path_of(place: Place | None) -> Place | None:
    return None if place is None or place.is_text else place


def _all_joined(places: list[Place], *, is_text: bool) -> Place | None:
    if not places:
        return Place(".", True, is_text)
    first, *rest = places
    path = posixpath.join(first.path, *(place.path for place in rest))
    return Place(path, first.moves and not path.startswith("/"), is_text)


def _up(place: Place | None) -> Place | None:
    """The folder that a path is in."""
    return place and replace(place, path=posixpath.dirname(place.normal) or ".")
