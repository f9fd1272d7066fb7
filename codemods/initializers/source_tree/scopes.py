"""The names that a module of the source tree defines at its top level, read from its text."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from codemods.initializers.source_tree.import_statements import (
    Import,
    absolute,
    for_type_checkers,
    imports_at_once,
    imports_of,
)
from codemods.initializers.source_tree.modules import Module
from codemods.python.regular import read_python

# Code that may define names in a module, or in a class, that cannot be read from its text.
_DYNAMIC = re.compile(
    r"\b(globals|locals|vars|exec)\s*\(|\bsetattr\s*\((?!\s*self\b)|\bsys\.modules\b|\b__path__\b|\b__dict__\b"
)

# The value of a name; None if nothing more is known of it (a function, an instance).
Binding = Import | ast.ClassDef | None


@dataclass(frozen=True)
class Scope:
    """The names that a module defines at its top level, and those that its code looks up.

    ``stars`` are the modules that it imports ``*`` from; ``exported`` is its ``__all__``, None if
    there is none that can be read; ``used`` are the names that its functions read when called,
    and ``lazy`` what they import; ``read`` and ``stored`` are attributes of names, as
    ``cls.cache``; ``dynamic`` says that it may define more names than can be read.
    """

    bindings: Mapping[str, tuple[Binding, ...]]
    stars: tuple[str, ...] = ()
    exported: frozenset[str] | None = None
    used: frozenset[str] = frozenset()
    lazy: frozenset[Import] = frozenset()
    read: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()
    dynamic: bool = False


def scope_of(module: Module) -> Scope:
    """The names that a module defines; one that cannot be read or parsed may define any name."""
    if module.file is None:
        return Scope({}, dynamic=not module.folders)
    try:
        return _scope(module, module.file.stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Scope({}, dynamic=True)


@lru_cache(maxsize=1024)
def _scope(module: Module, _modified: int) -> Scope:
    assert module.file is not None
    text = read_python(module.file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # not our code
        tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    at_once = list(imports_at_once(tree.body, module.package))
    bindings = bindings_of(tree.body, module.package)
    for name in dict.fromkeys(name for n in nodes if isinstance(n, ast.Global) for name in n.names):
        bindings[name] = (*bindings.get(name, ()), None)
    for name in _imported_submodules(at_once, module):
        bindings.setdefault(name, (Import(f"{module.name}.{name}", None),))
    return Scope(
        bindings,
        stars=tuple(i.module for i in at_once if i.name == "*"),
        exported=_exported(tree, nodes),
        used=_used(nodes),
        lazy=frozenset(imports_of(tree.body, module.package) - {*at_once}),
        read=_attributes(nodes, ast.Load),
        stored=_attributes(nodes, ast.Store),
        dynamic=bool(_DYNAMIC.search(text)) or "__getattr__" in bindings,
    )


def bindings_of(body: Iterable[ast.stmt], package: str) -> dict[str, tuple[Binding, ...]]:
    """What the statements of a module or a class bind: each name with all that it may be.

    ``package`` is what relative imports start from.
    """
    found: dict[str, tuple[Binding, ...]] = {}
    for node in _own_nodes(body):
        for name, binding in _bound(node, package):
            found[name] = (*found.get(name, ()), binding)
    return found


def slots_of(node: ast.ClassDef) -> frozenset[str]:
    """The attributes that a class declares by ``__slots__``."""
    assigned = [
        s.value for s in node.body if isinstance(s, ast.Assign) and _assigns(s, "__slots__")
    ]
    constants = (n for value in assigned for n in ast.walk(value) if isinstance(n, ast.Constant))
    return frozenset(n.value for n in constants if isinstance(n.value, str))


def _own_nodes(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that run when the body does: not what stands in functions and classes, or below
    TYPE_CHECKING.
    """
    for node in nodes:
        yield node
        if for_type_checkers(node):
            yield from _own_nodes(getattr(node, "orelse", ()))
        elif not isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        ):
            yield from _own_nodes(ast.iter_child_nodes(node))


def _bound(node: ast.AST, package: str) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id, None
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name, None
    elif isinstance(node, ast.ClassDef):
        yield node.name, node
    elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
        yield node.name, None
    elif isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield alias.asname or top, Import(alias.name if alias.asname else top, None)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name != "*":
                yield alias.asname or alias.name, Import(absolute(node, package), alias.name)


def _imported_submodules(imports: list[Import], package: Module) -> Iterator[str]:
    """The submodules that a package's own imports make its attributes; a generated one may have
    no file.
    """
    for imported in imports if package.folders else ():
        parent, _, last = imported.module.rpartition(".")
        if parent == package.name:
            yield last


def _exported(tree: ast.Module, nodes: list[ast.AST]) -> frozenset[str] | None:
    """The names in ``__all__``, if it is one plain list that nothing else in the module refers
    to.
    """
    if sum(isinstance(n, ast.Name) and n.id == "__all__" for n in nodes) != 1:
        return None
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and _assigns(statement, "__all__"):
            value = statement.value
            elements = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [None]
            names = [
                e.value
                for e in elements
                if isinstance(e, ast.Constant) and isinstance(e.value, str)
            ]
            return frozenset(names) if len(names) == len(elements) else None
    return None


def _attributes(nodes: list[ast.AST], context: type[ast.expr_context]) -> frozenset[str]:
    """The attributes, written as dotted names, that the code reads or assigns anywhere."""
    attributes = (n for n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, context))
    return frozenset(filter(None, map(_dotted, attributes)))


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return owner and f"{owner}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else None


def _used(nodes: list[ast.AST]) -> frozenset[str]:
    """The names that functions read when they are called: annotations do not count."""
    annotations: set[ast.AST] = set()
    read: set[ast.Name] = set()
    for node in nodes:
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            annotations.update(ast.walk(node.annotation))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            read.update(n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name))
            annotations.update(ast.walk(node.returns) if node.returns is not None else ())
        elif isinstance(node, ast.Lambda):
            read.update(n for n in ast.walk(node.body) if isinstance(n, ast.Name))
    return frozenset(n.id for n in read - annotations if isinstance(n.ctx, ast.Load))


def _assigns(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(t, ast.Name) and t.id == name for t in statement.targets)
