"""Which targets are patched while a test runs, read from its own file.

The test, its class, its fixtures, the set-up methods and whatever else of the file these refer
to by name are taken together; a conftest is not read.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.context import Context
from codemods.initializers.patches import PatchReader
from codemods.python.names import Names, parameters
from codemods.python.source import Source, top_classes
from codemods.suite.hosts import SETUP_NAMES, Host, hosts


@dataclass(frozen=True)
class _Part:
    """Some code of the file: the targets that it patches, and the names that it refers to."""

    targets: frozenset[str]
    refers: frozenset[str]


class PatchedTargets:
    """The patches of one file, and the ways from its tests to them."""

    def __init__(self, source: Source, context: Context) -> None:
        self._reader = PatchReader(source, context)
        self._classes = top_classes(source)
        self._named: dict[str, list[_Part]] = defaultdict(list)
        # What runs for every test of the file (under None), or of a class (under its name).
        self._around: dict[str | None, list[_Part]] = defaultdict(list)
        for host in hosts(source, context):
            self._add_function(host)
        self._add_assignments(source.tree, source.names)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ClassDef):
                self._add_assignments(node, source.names)

    def of(self, host: Host) -> frozenset[str]:
        """The dotted targets that are patched in a test or around it, as the file names them."""
        todo = [self._part(host.function, host.names), *self._around[None]]
        for name in self._family([c.name for c in host.classes]):
            todo += self._around[name]
        targets: set[str] = set()
        seen: set[str] = set()
        while todo:
            part = todo.pop()
            targets |= part.targets
            for name in part.refers - seen:
                todo += self._named.get(name, [])
            seen |= part.refers
        return frozenset(targets)

    def _add_function(self, host: Host) -> None:
        part = self._part(host.function, host.names)
        self._named[host.function.name].append(part)
        if host.function.name in SETUP_NAMES or any(
            _is_autouse(d) for d in host.function.decorator_list
        ):
            self._around[host.classes[-1].name if host.classes else None].append(part)

    def _add_assignments(self, scope: ast.Module | ast.ClassDef, names: Names) -> None:
        """A patcher may be bound to a name; ``pytestmark`` and the decorators of a class hold
        for all of its tests.
        """
        around = self._around[scope.name if isinstance(scope, ast.ClassDef) else None]
        around += [self._part(d, names) for d in getattr(scope, "decorator_list", ())]
        for statement in scope.body:
            if isinstance(statement, ast.Assign):
                part = self._part(statement.value, names)
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        (around if target.id == "pytestmark" else self._named[target.id]).append(
                            part
                        )

    def _part(self, node: ast.AST, names: Names) -> _Part:
        targets: set[str] = set()
        refers: set[str] = set()
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                targets.update(patch.target for patch in self._reader.read(inner, names))
            refers.update(_references(inner))
        return _Part(frozenset(targets), frozenset(refers))

    def _family(self, names: list[str]) -> list[str]:
        """The classes and their bases, direct and indirect, if they are in the file."""
        for name in names:
            bases = self._classes[name].bases if name in self._classes else ()
            names += [b.id for b in bases if isinstance(b, ast.Name) and b.id not in names]
        return names


def _references(node: ast.AST) -> Iterator[str]:
    """The names of functions, fixtures and patchers that a node may refer to."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from parameters(node)
    elif (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    ):
        yield node.attr
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "usefixtures"
    ):
        yield from (
            a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
        )


def _is_autouse(decorator: ast.expr) -> bool:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    return any(
        k.arg == "autouse" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in keywords
    )
