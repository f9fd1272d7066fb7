"""Caches that keep a configuration read from the environment, found by reading the code under test."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.python.names import Function, own_nodes
from isolator.init.code import Code, Definitions, calls, methods_of
from isolator.init.files import Files
from isolator.init.found import Noted
from isolator.init.reaching import reached
from isolator.init.reads import Readers, Reads, reads_in

_CACHING = frozenset({"functools.lru_cache", "functools.cache"})
_HOPS = 4  # local variables that a value passes through before it is kept
_PROPERTY = "functools.cached_property"
_MAY_KEEP = re.compile(
    rb"\bcache\b|\blru_cache\b|\bcached_property\b|\bglobal\b|\bcls\b|\bsuper\b|^\w+[ \t]*[:=]", re.MULTILINE
)


@dataclass(frozen=True)
class _Kept:
    """A cache: its name, what fills it, and the line; ``refilled`` says that a call fills it, not an import only."""

    object: str
    how: str
    line: int
    reads: Reads
    refilled: bool = True


def caches(files: Files, readers: Readers, written: Iterable[str]) -> list[Noted[str]]:
    """The caches that are filled from variables which tests write; one a name.

    Certain are those that a call fills, in a module that is imported with the tests: the fixture that resets them would
    import any other, which may not be possible. A value that only an import makes is a suggestion. A cache of variables
    that no test writes is none that tests could share.
    """
    found: dict[str, Noted[str]] = {}
    for code in _may_keep(readers, files):
        for kept in _Finder(code, readers.known).all():
            variables = kept.reads.of(written)
            if variables and kept.object not in found:
                why = f"{code.module.file}:{kept.line}: {kept.how}; tests write {_list(variables)}"
                sure = kept.refilled and code.module.usual and reached(code.module.name, files)
                found[kept.object] = Noted(kept.object, why, sure)
    return [found[name] for name in sorted(found)]


def _list(variables: list[str]) -> str:
    return ", ".join(variables[:3]) + (f" and {len(variables) - 3} more" if len(variables) > 3 else "")


def _may_keep(readers: Readers, files: Files) -> Iterator[Code]:
    """The modules that read the environment, and those that speak of what does."""
    yield from readers.codes
    if not readers.known:
        return
    seen = {code.module.file for code in readers.codes}
    last = sorted({re.escape(name.rpartition(".")[2]) for name in readers.known})
    speaks_of = re.compile(rb"\b(" + "|".join(last).encode() + rb")\b")
    others = [n for n in files.modules if n not in seen and speaks_of.search(files.data[n])]
    for name, source in files.mentioning(_MAY_KEEP, others):
        yield Code(files.modules[name], source, files.context)


class _Finder:
    """Looks for the caches of one module."""

    def __init__(self, code: Code, known: Mapping[str, Reads]) -> None:
        self._code = code
        self._known = known
        self._definitions = Definitions(code.context, frozenset(known))

    def all(self) -> Iterator[_Kept]:
        """The caches; where two ways lead to one object, the one that is told for certain comes first."""
        for name, function in self._code.functions.items():
            yield from self._cached(name, function)
            yield from self._globals(function)
        for cls in self._code.classes.values():
            for name, method in methods_of(cls).items():
                yield from self._cached(f"{cls.name}.{name}", method)
                yield from self._globals(method)
                yield from self._attributes(cls, method)
        yield from self._module_level()

    def _reads(self, node: ast.AST, function: Function) -> Reads:
        """What a node of a function reads, and what the functions and classes read that it calls."""
        names = self._code.names_in(function)
        reads = reads_in(node, names)
        for call in calls(node):
            name = self._definitions.find(names.dotted(call.func))
            reads |= self._known.get(name or "", Reads())
        return reads

    def _name(self, local: str) -> str:
        return f"{self._code.module.name}.{local}"

    def _cached(self, name: str, function: Function) -> Iterator[_Kept]:
        """A function below ``lru_cache`` or ``cache``."""
        if any(self._decorates(d, _CACHING) for d in function.decorator_list):
            reads = self._reads(function, function)
            yield _Kept(self._name(name), f"{name}() keeps what it returns", function.lineno, reads)

    def _decorates(self, decorator: ast.expr, names: frozenset[str]) -> bool:
        return self._code.names.dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) in names

    def _globals(self, function: Function) -> Iterator[_Kept]:
        """What a function binds by ``global``."""
        declared = {name for n in own_nodes(function.body) if isinstance(n, ast.Global) for name in n.names}
        for target, reads in self._bound(function) if declared else ():
            if isinstance(target, ast.Name) and target.id in declared:
                how = f"{function.name}() assigns it"
                yield _Kept(self._name(target.id), how, function.lineno, reads)

    def _attributes(self, cls: ast.ClassDef, method: Function) -> Iterator[_Kept]:
        """What a method keeps on its class: ``cls._instance = cls()``."""
        of_class = method.name == "__new__" or any(_is_named(d, "classmethod") for d in method.decorator_list)
        own = {cls.name, *(argument.arg for argument in method.args.args[:1] if of_class)}
        kept = {n for n in own_nodes(method.body) if _is_stored(n, own)}
        for target, reads in self._bound(method, own) if kept else ():
            if isinstance(target, ast.Attribute) and target in kept:
                how = f"{cls.name}.{method.name}() keeps it on the class"
                yield _Kept(self._name(f"{cls.name}.{target.attr}"), how, target.lineno, reads)

    def _bound(self, function: Function, own: Collection[str] = ()) -> list[tuple[ast.expr, Reads]]:
        """What a function binds, with what was read for it; by ``own`` names and ``super`` its class is made."""
        nodes = list(own_nodes(function.body))
        steps = [step for node in nodes for step in _steps(node)]
        reads = [(target, self._reads(value, function) | self._made(value, own), value) for target, value in steps]
        carried: dict[str, Reads] = {}
        for _ in range(_HOPS):
            for target, read, value in reads:
                for name in sorted(set(_names(target)) - set(own)):
                    carried[name] = carried.get(name, Reads()) | read | _sum(carried, value)
        return [(target, read | _sum(carried, value)) for target, read, value in reads]

    def _made(self, value: ast.expr, own: Collection[str]) -> Reads:
        """What an object of the class reads when it is made, if an expression makes one; ``own`` names the class."""
        named = [n.id for call in calls(value) for n in ast.walk(call.func) if isinstance(n, ast.Name)]
        owner = next((name for name in own if name in self._code.classes), None)
        makes = owner is not None and any(name in own or name == "super" for name in named)
        return self._known.get(self._name(owner), Reads()) if owner is not None and makes else Reads()

    def _module_level(self) -> Iterator[_Kept]:
        """Objects that are made while the module is imported, and the cached properties of their classes."""
        for statement in self._code.source.tree.body:
            for target, value in _steps(statement):
                if isinstance(target, ast.Name) and isinstance(value, ast.Call):
                    yield from self._properties(target.id, value)
                    made = self._definitions.find(self._code.names.dotted(value.func))
                    how = "created at import and never recreated"
                    reads = self._known.get(made or "", Reads())
                    yield _Kept(self._name(target.id), how, statement.lineno, reads, refilled=False)

    def _properties(self, name: str, call: ast.Call) -> Iterator[_Kept]:
        cls = self._code.classes.get(call.func.id) if isinstance(call.func, ast.Name) else None
        for inner in self._code.family(cls) if cls is not None else ():
            for method, function in methods_of(inner).items():
                if any(self._decorates(d, frozenset({_PROPERTY})) for d in function.decorator_list):
                    how = f"{inner.name}.{method} is a cached_property"
                    yield _Kept(self._name(f"{name}.{method}"), how, function.lineno, self._reads(function, function))


def _steps(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets that a statement or an expression binds, each with what it is bound to."""
    match node:
        case ast.Assign(targets, value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target, _, ast.expr() as value) | ast.NamedExpr(target, value):
            yield target, value
        case ast.AugAssign(target, _, value) | ast.For(target, value) | ast.comprehension(target, value):
            yield target, value


def _is_stored(node: ast.AST, own: Collection[str]) -> bool:
    """Whether this is an attribute that is assigned to one of these names."""
    match node:
        case ast.Attribute(ast.Name(owner), _, ast.Store()):
            return owner in own
    return False


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _names(node: ast.AST) -> Iterator[str]:
    return (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def _sum(carried: Mapping[str, Reads], value: ast.expr) -> Reads:
    found = Reads()
    for name in _names(value):
        found |= carried.get(name, Reads())
    return found
