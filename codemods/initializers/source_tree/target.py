"""What a dotted target is in the source tree, found by reading alone; nothing is imported or run.

An answer is one of three: the tree defines the target, it does not, or that cannot be told (a
module that computes its names, a class with bases from elsewhere). Rules speak up on the second
only.
"""

from __future__ import annotations

import ast
import builtins
import types
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from codemods.context import Context
from codemods.initializers.source_tree.generated import may_be_generated
from codemods.initializers.source_tree.import_statements import Import
from codemods.initializers.source_tree.modules import Module, submodule, submodules
from codemods.initializers.source_tree.scopes import Binding, Scope, bindings_of, scope_of, slots_of
from codemods.python.source import Source, fact

_MODULE_NAMES = frozenset(
    (*dir(types.ModuleType), *vars(types.ModuleType("m")), "__file__", "__path__", "__cached__")
)
_CLASS_NAMES = frozenset((*dir(type), *dir(object), "__slots__", "__annotations__"))
_PLAIN_BASES = frozenset({"object", "ABC", "Generic", "Protocol"})
_PLAIN_DECORATORS = frozenset(
    {"dataclass", "final", "runtime_checkable", "total_ordering", "unique"}
)

# The attributes that a search is in the middle of: imports may go in a circle.
_Seen = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Class:
    """A class of the source tree; ``name`` is dotted and begins with its module's."""

    name: str
    module: Module
    node: ast.ClassDef


@dataclass(frozen=True)
class Value:
    """A function, an instance, or what comes from outside of the tree; ``known`` is whether
    something assigns it.
    """

    name: str
    known: bool = True


Thing = Module | Class | Value


@dataclass(frozen=True)
class Missing:
    """Where the way along a target ends: ``parent`` is there and does not define ``part``; ``near``
    is alike, or None.

    ``namespace`` says that the parent is a package without ``__init__.py``: another one of its
    name may be installed.
    """

    parent: str
    part: str
    near: str | None
    namespace: bool

    @property
    def sentence(self) -> str:
        """What is not where, and what may be meant."""
        near = f"; did you mean {self.parent}.{self.near}?" if self.near else ""
        return f"{self.parent} has no {self.part}{near}"


@dataclass(frozen=True)
class SourceTree:
    """The directories in which targets are looked up, in that order, as they were when that was
    asked first.

    What was found is kept: for a look at what has changed since then there must be a new one.
    """

    roots: tuple[Path, ...]
    _modules: dict[str, Module | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _scopes: dict[str, Scope] = field(default_factory=dict, init=False, repr=False, compare=False)
    _found: dict[str, list[Thing] | Missing] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, context: Context) -> SourceTree:
        """The source tree of a project."""
        return cls(tuple(context.root / root for root in context.source_roots))

    @classmethod
    def for_file(cls, source: Source, context: Context) -> SourceTree:
        """The same for all that is asked about one file, or during a run if it has a number."""
        roots = tuple(context.root / root for root in context.source_roots)
        return _of_run(roots, context.run) if context.run else _for_file(source, roots)

    def module(self, name: str) -> Module | None:
        """The module of that dotted name, or None. The first root that has it wins."""
        if name not in self._modules:
            parent, _, last = name.rpartition(".")
            package = self.module(parent) if parent else Module("", None, self.roots)
            self._modules[name] = submodule(package, last) if package else None
        return self._modules[name]

    def scope(self, module: Module) -> Scope:
        """What a module of the tree binds."""
        if module.name not in self._scopes:
            self._scopes[module.name] = scope_of(module)
        return self._scopes[module.name]

    def resolve(self, target: str) -> list[Thing] | Missing:
        """Everything that a target may stand for, or where the way to it ends.

        Unless one of the things is ``defined`` nothing can be told; the list is empty if the
        target does not begin with a module of the tree.
        """
        if target not in self._found:
            self._found[target] = self._resolved(target)
        return self._found[target]

    def _resolved(self, target: str) -> list[Thing] | Missing:
        first, *rest = target.split(".")
        module = self.module(first)
        things: list[Thing] = [] if module is None else [module]
        for i, part in enumerate(rest if things else ()):
            found = [m for thing in things for m in self._members(thing, part, frozenset())]
            if not found:
                namespace = any(isinstance(t, Module) and t.namespace for t in things)
                return Missing(
                    ".".join([first, *rest[:i]]), part, _nearest(part, things), namespace
                )
            things = list(dict.fromkeys(found))
        return things

    def surely_missing(self, target: str, imported: frozenset[str]) -> Missing | None:
        """Where the way to a target ends, if that is certain.

        A package without ``__init__.py`` may just be a folder that has the name of an installed
        one (``alembic``); it is the project's own if something of it is among ``imported``, the
        names that the test file imports. One that holds nothing but packages (``google``) is
        shared with what is installed, and what it lacks may be there. So may a module that a
        build writes.
        """
        found = self.resolve(target)
        if not isinstance(found, Missing):
            return None
        parent = self.module(found.parent)
        if parent is not None and parent.namespace and not parent.holds_modules:
            return None
        if parent is not None and may_be_generated(parent, found.part):
            return None
        inside = (name for name in imported if name.startswith(f"{found.parent}."))
        if found.namespace and not any(isinstance(self.resolve(name), list) for name in inside):
            return None
        return found

    def canonical(self, target: str) -> str:
        """The name under which the tree defines the target, whatever way it was imported; as
        given where unknown.
        """
        found = self.resolve(target)
        if isinstance(found, Missing):
            return target
        return next((t.name for t in found if defined(t)), target)

    def _members(self, owner: Thing, name: str, seen: _Seen) -> list[Thing]:
        """What an attribute may be; nothing if there certainly is none."""
        if isinstance(owner, Value):
            return [Value(f"{owner.name}.{name}", known=False)]
        if (owner.name, name) in seen:
            return []
        seen |= {(owner.name, name)}
        if isinstance(owner, Class):
            return self._of_class(owner, name, seen)
        scope = self.scope(owner)
        found = [t for b in scope.bindings.get(name, ()) for t in self._bound(b, owner, name, seen)]
        inner = self.module(f"{owner.name}.{name}")
        if inner is not None:
            found.append(inner)
        for star in scope.stars:
            found += self._from_star(star, name, seen)
        if not found and (scope.dynamic or name in _MODULE_NAMES or hasattr(builtins, name)):
            found.append(Value(f"{owner.name}.{name}", known=not scope.dynamic))
        return found

    def _bound(self, binding: Binding, owner: Module, name: str, seen: _Seen) -> list[Thing]:
        here = f"{owner.name}.{name}"
        if isinstance(binding, ast.ClassDef):
            return [Class(here, owner, binding)]
        if not isinstance(binding, Import):
            return [Value(here)]
        module = self.module(binding.module)
        if module is None:
            return [Value(f"{binding.module}.{binding.name}" if binding.name else binding.module)]
        if binding.name is None:
            return [module]
        return self._members(module, binding.name, seen) or [Value(here)]

    def _from_star(self, star: str, name: str, seen: _Seen) -> list[Thing]:
        module = self.module(star)
        if module is None:
            return [Value(f"{star}.{name}", known=False)]
        exported = self.scope(module).exported
        public = not name.startswith("_") if exported is None else name in exported
        if not public or name in _MODULE_NAMES or hasattr(builtins, name):
            return []
        return self._members(module, name, seen)

    def _of_class(self, owner: Class, name: str, seen: _Seen) -> list[Thing]:
        scope, here = self.scope(owner.module), f"{owner.name}.{name}"
        for binding in bindings_of(owner.node.body, owner.module.package).get(name, ()):
            return (
                [Class(here, owner.module, binding)]
                if isinstance(binding, ast.ClassDef)
                else [Value(here)]
            )
        if {f"cls.{name}", f"{owner.node.name}.{name}"} & scope.stored or name in slots_of(
            owner.node
        ):
            return [Value(here)]
        for base in owner.node.bases:
            found = self._inherited(base, name, owner, seen)
            if found:
                return found
        if name in _CLASS_NAMES:
            return [Value(here)]
        decorated = any(_last_name(d) not in _PLAIN_DECORATORS for d in owner.node.decorator_list)
        return (
            [Value(here, known=False)] if scope.dynamic or decorated or owner.node.keywords else []
        )

    def _inherited(self, base: ast.expr, name: str, owner: Class, seen: _Seen) -> list[Thing]:
        if isinstance(base, ast.Subscript):
            base = base.value
        if name in _CLASS_NAMES or _last_name(base) in _PLAIN_BASES:
            return []
        things = self._named(base, owner.module, seen)
        builtin = getattr(builtins, base.id, None) if isinstance(base, ast.Name) else None
        if not things and isinstance(builtin, type):
            return [Value(f"{owner.name}.{name}")] if hasattr(builtin, name) else []
        if not things or not all(isinstance(t, Class) for t in things):
            return [Value(f"{owner.name}.{name}", known=False)]
        return [m for t in things for m in self._members(t, name, seen)]

    def _named(self, node: ast.expr, module: Module, seen: _Seen) -> list[Thing]:
        """What a name, or a dotted one, stands for in the code of a module."""
        if isinstance(node, ast.Attribute):
            return [
                m
                for t in self._named(node.value, module, seen)
                for m in self._members(t, node.attr, seen)
            ]
        scope = self.scope(module)
        if isinstance(node, ast.Name) and (node.id in scope.bindings or scope.stars):
            return self._members(module, node.id, seen)
        return []


@fact
def _for_file(_source: Source, roots: tuple[Path, ...]) -> SourceTree:
    return SourceTree(roots)


@lru_cache(maxsize=2)
def _of_run(roots: tuple[Path, ...], _run: int) -> SourceTree:
    return SourceTree(roots)


def defined(thing: Thing) -> bool:
    """Whether the source tree surely defines what ``resolve`` found."""
    return not isinstance(thing, Value) or thing.known


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else ""
    )


def _nearest(part: str, things: list[Thing]) -> str | None:
    """The name most like the missing one among those that are there."""
    from difflib import get_close_matches  # few runs have anything to say that needs it

    names: set[str] = set()
    for thing in things:
        if isinstance(thing, Module):
            names.update(scope_of(thing).bindings, submodules(thing))
        elif isinstance(thing, Class):
            names.update(bindings_of(thing.node.body, ""))
    return next(iter(get_close_matches(part, sorted(names), n=1)), None)
