"""Where a file of tests speaks of a path, and what is done there."""

from __future__ import annotations

import ast
import os
import posixpath
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from codemods.context import Context
from codemods.python.names import Function, bound_names, every_node
from codemods.python.source import DEFINITIONS, Source, fact
from codemods.shared_files.paths import Paths, Place
from codemods.shared_files.uses import Use, parents_in, use_of
from codemods.suite.hosts import Host, Kind, hosts

NEEDS = (Use.READS, Use.CHANGES)
_DEEP = 20
_FIXTURES = (Kind.FIXTURE, Kind.WIDE_FIXTURE)


@dataclass(frozen=True)
class Mention:
    """An expression that denotes a path, or one below it, which ``rest`` leads to.

    ``is_name``: it is a name that got its value elsewhere.
    """

    node: ast.expr
    place: Place
    use: Use
    rest: str

    @property
    def is_name(self) -> bool:
        return isinstance(self.node, ast.Name)

    @property
    def only_named(self) -> bool:
        """Whether nothing is done yet, and the path is looked up when something is."""
        return self.use is Use.NAMED and self.place.moves


def path_of(shown: str) -> str:
    """How expressions name what is told as ``./data/x``."""
    return posixpath.normpath(shown)


def mentions(source: Source, path: str, function: Function | None) -> tuple[Mention, ...]:
    """What a function does with a path; what the module does outside of functions if it is None."""
    return tuple(
        Mention(node, place, use, rest)
        for node, place, use in _named(source, function)
        if (rest := place.within(path)) is not None
    )


@fact
def _named(source: Source, function: Function | None) -> tuple[tuple[ast.expr, Place, Use], ...]:
    body = source.tree.body if function is None else function.body
    trees = [s for s in body if function is not None or not isinstance(s, DEFINITIONS)]
    paths, parents = Paths(source, function), parents_in(*trees)
    names = paths.names
    found = (
        (node, place, use_of(node, parents, names, is_text=place.is_text))
        for node, place in paths.named(*trees)
    )
    spoken = (ast.Assert, ast.Expr)  # a message, a docstring: no path
    return tuple(each for each in found if not isinstance(parents.get(each[0]), spoken))


def first_use(found: Iterable[Mention]) -> Use | None:
    """What is done first, except the giving of names."""
    return next((each.use for each in found if each.use is not Use.NAMED), None)


@fact
def needing(source: Source, context: Context, path: str) -> tuple[Host, ...]:
    """The tests of a file that need what is at a path before they do anything with it."""
    tests = (host for host in every_host(source, context) if is_test(host))
    return tuple(h for h in tests if first_use(mentions(source, path, h.function)) in NEEDS)


def makes(found: Iterable[Mention]) -> bool:
    """Whether something is made."""
    return any(each.use in (Use.MAKES, Use.ADDS) for each in found)


@fact
def every_host(source: Source, context: Context) -> tuple[Host, ...]:
    """The functions of a file."""
    return tuple(hosts(source, context))


@fact
def fixtures_in_sight(source: Source, context: Context) -> tuple[Host, ...]:
    """The fixtures of a file, and of the conftests above it."""
    found = [each for each in every_host(source, context) if each.kind in _FIXTURES]
    path = (context.root / source.path).as_posix()
    for conftest in context.conftests:
        if path.startswith(conftest.folder) and not path.endswith("/conftest.py"):
            folder = Path(os.path.relpath(conftest.folder, context.root)).as_posix()
            above = Source(conftest.text, posixpath.normpath(f"{folder}/conftest.py"))
            with suppress(SyntaxError, ValueError):
                found += [each for each in every_host(above, context) if each.kind in _FIXTURES]
    return tuple(found)


def is_test(host: Host) -> bool:
    """Whether it is a test, and not what one calls."""
    return host.node_id is not None and host.kind is not Kind.HELPER


@fact
def _helpers_by_name(source: Source, context: Context) -> dict[str, list[Host]]:
    """The functions and methods of a file that tests may call."""
    found: dict[str, list[Host]] = {}
    for host in every_host(source, context):
        if host.kind in (Kind.HELPER, Kind.TESTCASE) and not is_test(host):
            found.setdefault(host.function.name, []).append(host)
    return found


def helpers(host: Host) -> list[Host]:
    """The functions and methods of the file that a function has run, through others as well."""
    named = _helpers_by_name(host.source, host.context)
    found: list[Host] = []
    todo = [host]
    while todo and named and len(found) < _DEEP:
        for name in _run(todo.pop().function):
            called = [h for h in named.get(name, ()) if h.classes in ((), host.classes)]
            new = [each for each in called if each not in found]
            found += new
            todo += new
    return found


def _run(function: Function) -> Iterator[str]:
    for node in every_node(function):
        match node:
            case ast.Call(ast.Name(name) | ast.Attribute(ast.Name("self" | "cls"), name)):
                yield name


def asked(host: Host) -> set[str]:
    """The fixtures that a function asks for, through others of the file as well."""
    fixtures = {
        each.function.name: each.function for each in fixtures_in_sight(host.source, host.context)
    }
    found: set[str] = set()
    todo = [*_asks(host.function), *(name for cls in host.classes for name in _marked(cls))]
    todo += [name for name, each in fixtures.items() if "autouse" in _decorators(each)]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += _asks(fixtures[name]) if name in fixtures else []
    return found


def _asks(function: Function) -> list[str]:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    called = [
        node.args[0].value
        for node in every_node(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "getfixturevalue"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    return [*(a.arg for a in plain), *map(str, called), *_marked(function)]


def _marked(node: Function | ast.ClassDef) -> list[str]:
    """``@pytest.mark.usefixtures("a", "b")``."""
    return [
        str(argument.value)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and "usefixtures" in ast.unparse(decorator.func)
        for argument in decorator.args
        if isinstance(argument, ast.Constant)
    ]


@lru_cache(maxsize=256)
def _decorators(function: Function) -> str:
    return " ".join(map(ast.unparse, function.decorator_list))


def is_derived(mention: Mention, path: str, source: Source, function: Function) -> bool:
    """Whether it is made of a name that the function gave the path: ``Path(name)``."""
    paths = Paths(source, function)
    inside = [node for node in ast.walk(mention.node) if isinstance(node, ast.Name)]
    named = [node for node in inside if node.id in bound_names(function)]
    places = (paths.place(node, paths.names) for node in named)
    return any(place is not None and place.within(path) is not None for place in places)


def is_local(mention: Mention, function: Function) -> bool:
    """Whether it is a name that the function gave the path itself."""
    return isinstance(mention.node, ast.Name) and mention.node.id in bound_names(function)
