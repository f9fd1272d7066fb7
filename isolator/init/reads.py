"""Which functions and classes of the code under test read the environment, and which variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.python.names import Names, walk
from isolator.init.code import Code, calls, is_class_method, methods_of
from isolator.init.files import Files
from isolator.init.writes import constant_text

MAY_READ = re.compile(rb"\benviron\b|\bgetenv\b|\bBaseSettings\b")
_BY_KEY = frozenset({"get", "setdefault", "pop"})


@dataclass(frozen=True)
class Reads:
    """The variables that are read by name, and the fields of a pydantic ``BaseSettings``, which are parts of names."""

    variables: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.variables or self.fields)

    def __or__(self, other: Reads) -> Reads:
        return Reads(self.variables | other.variables, self.fields | other.fields)

    def of(self, written: Iterable[str]) -> list[str]:
        """Those of some variables that are read, sorted."""
        return sorted(v for v in written if v in self.variables or any(_fits(field, v) for field in self.fields))


def _fits(field: str, variable: str) -> bool:
    return f"_{variable}".lower().endswith(f"_{field}".lower())


@dataclass(frozen=True)
class Readers:
    """The modules that may read the environment, and what their functions and classes read, by dotted name."""

    codes: list[Code]
    known: Mapping[str, Reads]


def all_readers(files: Files) -> Readers:
    """Those of a project."""
    found = files.mentioning(MAY_READ, files.modules)
    codes = [Code(files.modules[name], source, files.context) for name, source in found]
    return Readers(codes, {name: reads for code in codes for name, reads in _readers(code).items()})


def _readers(code: Code) -> dict[str, Reads]:
    """What of a module reads the environment when called, itself or by what it calls of the module: the functions and
    classes at its top level and the class methods, by dotted name.
    """
    parts = dict(_parts(code))
    found = {name: _fields(code.classes[name], code) if name in code.classes else Reads() for name in parts}
    for name, nodes in parts.items():
        for node in nodes:
            found[name] |= reads_in(node, code.names_in(node))
    called = {name: _called(name, nodes, code) & found.keys() for name, nodes in parts.items()}
    todo = list(found)
    while todo:
        name = todo.pop()
        if not found[name]:
            continue
        for caller in (each for each, names in called.items() if name in names):
            more = found[caller] | found[name]
            if more != found[caller]:
                found[caller] = more
                todo.append(caller)
    return {f"{code.module.name}.{name}": reads for name, reads in found.items() if reads}


def _parts(code: Code) -> Iterator[tuple[str, list[ast.AST]]]:
    """What can be called of a module, and what then runs."""
    for name, function in code.functions.items():
        yield name, [function]
    for name, cls in code.classes.items():
        yield name, list(code.made_by(cls))
        for method_name, method in methods_of(cls).items():
            if is_class_method(method):
                yield f"{name}.{method_name}", [method]


def _called(part: str, nodes: Iterable[ast.AST], code: Code) -> set[str]:
    """The names of what some code calls of its own module; in a class method ``cls()`` is the class."""
    start = f"{code.module.name}."
    found: set[str] = set()
    for node in nodes:
        names = code.names_in(node)
        found |= {d.removeprefix(start) for c in calls(node) if (d := names.dotted(c.func)) and d.startswith(start)}
        if any(isinstance(call.func, ast.Name) and call.func.id == "cls" for call in calls(node)):
            found.add(part.partition(".")[0])
    return found


def reads_in(node: ast.AST, names: Names) -> Reads:
    """What a piece of code reads by itself; ``names`` are those of the function that it is in."""
    keys = (_key(inner, names) for inner in walk(node))
    return Reads(frozenset(text for key in keys if key is not None and (text := constant_text(key, names))))


def _key(node: ast.AST, names: Names) -> ast.expr | None:
    """The key that an expression looks up in the environment."""
    match node:
        case ast.Subscript(environ, key, ast.Load()) if names.dotted(environ) == "os.environ":
            return key
        case ast.Compare(key, [ast.In() | ast.NotIn()], [environ]) if names.dotted(environ) == "os.environ":
            return key
        case ast.Call(ast.Attribute(environ, method), [key, *_]) if names.dotted(environ) == "os.environ":
            return key if method in _BY_KEY else None
        case ast.Call(function, [key, *_]) if names.dotted(function) == "os.getenv":
            return key
    return None


def _fields(cls: ast.ClassDef, code: Code) -> Reads:
    family = code.family(cls)
    if not any((code.names.dotted(base) or "").endswith(".BaseSettings") for c in family for base in c.bases):
        return Reads()
    fields = (
        s.target.id for c in family for s in c.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    )
    return Reads(fields=frozenset(name for name in fields if name != "model_config"))
