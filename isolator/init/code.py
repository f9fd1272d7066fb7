"""One module of the code under test: what its names stand for, and which functions its classes are made by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.context import Context
from codemods.initializers.imported import relative_names
from codemods.initializers.source_tree.target import SourceTree
from codemods.python.names import Function, Names, bound_in, module_names, walk
from codemods.python.source import Source
from codemods.suite.classes import with_bases
from isolator.init.files import Module

_MAKERS = ("__init__", "__new__", "__post_init__")


@dataclass(frozen=True)
class Code:
    """A module, parsed."""

    module: Module
    source: Source
    context: Context

    @cached_property
    def names(self) -> Names:
        """What names at module level stand for: imports, relative ones too, and the module's own definitions."""
        top = [s for s in self.source.tree.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        own = {s.name: f"{self.module.name}.{s.name}" for s in top}
        known = {**_optional_imports(self.source.tree), **relative_names(self.source, self.context), **own}
        return Names({**self.source.names.table, **known}, self.source.names.values)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """The functions at the top level."""
        return {s.name: s for s in self.source.tree.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes at the top level."""
        return {s.name: s for s in self.source.tree.body if isinstance(s, ast.ClassDef)}

    def family(self, cls: ast.ClassDef) -> list[ast.ClassDef]:
        """A class and those of its bases that stand in the module."""
        return with_bases(cls, self.classes)

    def made_by(self, cls: ast.ClassDef) -> Iterator[ast.AST]:
        """What runs when the class is called: its makers, the methods that these call on it, defaults of fields."""
        methods: dict[str, Function] = {}
        for each in self.family(cls):
            for name, function in methods_of(each).items():
                methods.setdefault(name, function)
            yield from (n for s in each.body if isinstance(s, ast.Assign | ast.AnnAssign) for n in _lambdas(s))
        makers = [methods[name] for name in _MAKERS if name in methods]
        called = {n.attr for maker in makers for n in walk(maker) if isinstance(n, ast.Attribute) and _is_own(n)}
        yield from makers
        yield from (methods[name] for name in sorted(called - set(_MAKERS)) if name in methods)

    def names_in(self, node: ast.AST) -> Names:
        """What names stand for in a function of this module, or at its top level."""
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return self.names
        if node not in self._inside:
            self._inside[node] = self.names.inside(node)
        return self._inside[node]

    @cached_property
    def _inside(self) -> dict[Function, Names]:
        return {}


def _optional_imports(tree: ast.Module) -> dict[str, str]:
    """What imports that may fail import if they do not.

    After ``except ImportError: OpenAI = None`` the name stands for two things; code that calls it has the class.
    """
    tries = [s for s in tree.body if isinstance(s, ast.Try) and s.handlers]
    tried = {name for s in tries for name in bound_in(s.body) & {n for h in s.handlers for n in bound_in(h.body)}}
    if not tried:
        return {}
    parts = [(s.body + s.orelse + s.finalbody if s in tries else [s]) for s in tree.body]
    table = module_names(ast.Module([s for part in parts for s in part], [])).table
    return {name: dotted for name in sorted(tried) if (dotted := table.get(name)) is not None}


def methods_of(cls: ast.ClassDef) -> dict[str, Function]:
    """The methods of a class, by name."""
    return {s.name: s for s in cls.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)}


def is_class_method(method: Function) -> bool:
    """Whether a method is called on its class."""
    return any(isinstance(d, ast.Name) and d.id in ("classmethod", "staticmethod") for d in method.decorator_list)


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """The calls anywhere in a node."""
    return (inner for inner in walk(node) if isinstance(inner, ast.Call))


class Definitions:
    """Dotted names as code spells them, and what they are the names of in the source tree."""

    def __init__(self, context: Context, wanted: frozenset[str]) -> None:
        self._tree = SourceTree.of(context)
        self._wanted = wanted
        self._last = {name.rpartition(".")[2] for name in wanted}

    def find(self, dotted: str | None) -> str | None:
        """Which of the wanted definitions a dotted name means, or None."""
        if dotted is None or dotted in self._wanted:
            return dotted
        if dotted.rpartition(".")[2] not in self._last:
            return None
        name = self._tree.canonical(dotted)
        return name if name in self._wanted else None


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _lambdas(statement: ast.stmt) -> Iterator[ast.Lambda]:
    return (node for node in walk(statement) if isinstance(node, ast.Lambda))
