"""What one file defines: its functions and classes, and what each of its names stands for.

What an expression stands for is a *reference*: a tuple that begins where the way to it begins
(the name of a top-level module, or a ``Module``, ``Class`` or ``Folder`` of the source tree) and
goes on by attributes, ``()`` for a call:

    from core import client as c          c.make().run   ->   ("core", "client", "make", "()",
    "run")

It begins with UNKNOWN where nothing is known, and with OUTSIDE for what no code of the project
has made.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Union

from codemods.python.names import Function as FunctionNode
from codemods.python.names import every_node, own_statements, walk
from codemods.python.source import DEFINITIONS

if TYPE_CHECKING:
    from codemods.reach.bodies import Body

UNKNOWN, OUTSIDE = "?", "!"
CALL, ENTER, RELOAD, SELF, SUPER = "()", "(enter)", "(reload)", "(self)", "(super)"
ENVIRON = (("os", "environ"), ("os", "environb"))
# Steps, of which ``importlib.import_module("os").environ`` has four: a chain of a thousand calls is
# not followed from each of its links.
_LONG = 20
# Built-in functions that give back what they are given, or what they find.
_GIVES_BACK = frozenset(
    {"getattr", "next", "iter", "max", "min", "vars", "globals", "locals", "eval", "__import__"}
)
_NAMES = (ast.Name, ast.Attribute)
_BINDS = frozenset(
    {
        *(*DEFINITIONS, ast.Import, ast.ImportFrom, ast.Global, ast.arg, ast.withitem),
        *(ast.ExceptHandler, ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.AsyncFor),
        ast.comprehension,
    }
)
_PROPERTIES = ("property", "cached_property", "hybrid_property", "setter", "deleter", "getter")

Reference = tuple[Union[str, "Module", "Class", "Folder"], ...]
Definition = Union["Function", "Class", Reference]


@dataclass(frozen=True)
class Folder:
    """A folder that a relative import starts from."""

    path: str


@dataclass(eq=False, repr=False)
class Module:
    """A file: ``path`` is absolute, ``shown`` is what the user is told; ``shared`` as in
    ``SourceFile``.
    """

    tree: ast.Module
    text: str
    path: str
    shown: str
    shared: bool
    names: dict[str, list[Definition]] = field(default_factory=dict)
    stars: list[Reference] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    of_nodes: dict[ast.stmt, Function] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _define(self.tree.body, self, None)
        self.imports = Function("<module>", self, None, ast.parse("def module(): pass").body[0])  # type: ignore[arg-type]
        self.imports.statements = self.tree.body

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def renamed(self) -> list[tuple[str, frozenset[str]]]:
        """The names that stand for something that has another one (aliases, subclasses), each
        with these.
        """
        return list(_renamed(self.tree)) if self.shared else []

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__init__.py")

    def constant(self, name: str) -> str | None:
        """The text that a name is bound to, if it is bound once, to a text that is written out."""
        return self._constants.get(name)

    @cached_property
    def _constants(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for statement in own_statements(self.tree.body):
            for name, value in _assigned(statement):
                known = (
                    value.value
                    if isinstance(value, ast.Constant) and isinstance(value.value, str)
                    else None
                )
                found[name] = None if name in found else known
        return found


@dataclass(eq=False, repr=False)
class Class:
    """A class at the top level of a file, or in another class."""

    name: str
    module: Module
    node: ast.ClassDef
    members: dict[str, list[Definition]] = field(default_factory=dict)

    @cached_property
    def bases(self) -> list[Reference]:
        """What the bases stand for."""
        names = NamesAt(self.module)
        inner = (b.value if isinstance(b, ast.Subscript) else b for b in self.node.bases)
        return [names.reference(base) for base in inner]

    @cached_property
    def attributes(self) -> dict[str, list[Reference]]:
        """What its methods assign to attributes of ``self``."""
        found: dict[str, list[Reference]] = {}
        for function in (d for ds in self.members.values() for d in ds if isinstance(d, Function)):
            names = function.names
            for node in walk(function.node) if f"{_first_name(function)}." in function.text else ():
                for target, value in _targets(node):
                    if isinstance(target, ast.Attribute) and names.reference(target.value)[:1] == (
                        self,
                    ):
                        found.setdefault(target.attr, []).append(names.reference(value))
        return found

    def methods(self) -> Iterator[Function]:
        """The functions that stand in it."""
        return (
            d
            for definitions in self.members.values()
            for d in definitions
            if isinstance(d, Function)
        )


@dataclass(eq=False, repr=False)
class Function:
    """A function at the top level or in a class; what stands in a function belongs to that one."""

    name: str
    module: Module
    cls: Class | None
    node: FunctionNode
    statements: list[ast.stmt] | None = None

    @cached_property
    def names(self) -> NamesAt:
        """The names as its body sees them."""
        return NamesAt(self.module, self)

    @cached_property
    def body(self) -> Body:
        """What it calls and writes."""
        from codemods.reach.bodies import body_of

        return body_of(self)

    @cached_property
    def text(self) -> str:
        """Its lines, those of its decorators included."""
        first = min([self.node.lineno, *(d.lineno for d in self.node.decorator_list)])
        return "\n".join(self.module.lines[first - 1 : self.node.end_lineno])

    @cached_property
    def is_property(self) -> bool:
        """Whether to read, or to bind, an attribute runs it."""
        return any(_last(d) in _PROPERTIES for d in self.node.decorator_list)


def module_of(data: bytes | str, path: str, shown: str, shared: bool) -> Module | None:
    """The file as a module; None if it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # the code is not ours to warn about
            text = data if isinstance(data, str) else data.decode(errors="replace")
            return Module(
                ast.parse(data), text.replace("\r\n", "\n").replace("\r", "\n"), path, shown, shared
            )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class NamesAt:
    """What expressions stand for, at the top level of a module or in a function."""

    def __init__(self, module: Module, function: Function | None = None) -> None:
        self.module, self.function = module, function
        # What each local name is given; None where that is not told by an expression.
        self.given: dict[str, list[ast.expr | None]] = {}
        self.known: dict[str, Reference] = {}
        if function is not None and function.statements is None:
            self._read(function)

    def reference(self, node: ast.expr) -> Reference:
        """What an expression stands for; a chain of a thousand calls too, which recursion would
        not get through.
        """
        steps: list[
            str | tuple[str]
        ] = []  # from the end; in a tuple, what a call is given that may import it
        seen: set[str] = set()
        found: Reference | None = None
        while found is None:
            match node:
                case ast.Name(name):
                    value = None if name in seen else self._value(name)
                    if value is None:
                        found = self._named(name)
                    else:
                        seen.add(name)
                        node = value
                case ast.Attribute(ast.Call(ast.Name("super"), []), name) if (
                    self.function and self.function.cls
                ):
                    found = (self.function.cls, SUPER, name)
                case ast.Attribute(value, name) | ast.Call(
                    ast.Name("getattr"), [value, ast.Constant(str(name)), *_]
                ):
                    steps.append(name)
                    node = value
                case ast.Call(function, [ast.Constant(str(name)), *_]):
                    steps.append((name,))
                    node = function
                case ast.Call(function):
                    steps.append(CALL)
                    node = function
                case ast.Await(value) | ast.NamedExpr(_, value):
                    node = value
                case ast.Subscript() | ast.IfExp() | ast.BoolOp() | ast.BinOp() | ast.Starred():
                    found = (UNKNOWN, "[]")
                case _:
                    found = (OUTSIDE,)
        return _followed(found, steps[::-1])

    def is_environ(self, node: ast.expr) -> bool:
        """Whether an expression is ``os.environ``, by whatever name; ``self.env`` too, where a
        method made it so.
        """
        if is_long(node):
            return False
        reference = self.reference(node)
        match reference:
            case (Class() as cls, "(self)", str(name)):
                return any(given in ENVIRON for given in cls.attributes.get(name, ()))
        return reference in ENVIRON

    def _value(self, name: str) -> ast.expr | None:
        """What a local name is given, where that is one expression."""
        given = self.given.get(name, ()) if name not in self.known else ()
        return given[0] if len(given) == 1 else None

    def _named(self, name: str) -> Reference:
        if name in self.known:
            return self.known[name]
        if name in self.given:
            return (UNKNOWN, name)
        bound = self.module.names.get(name)
        if (
            bound is not None
            and len(bound) == 1
            and isinstance(bound[0], tuple)
            and bound[0][0] is not self.module
        ):
            return bound[0] if bound[0][0] not in (UNKNOWN, OUTSIDE) else (self.module, name)
        if bound is not None or self.module.stars:
            return (self.module, name)
        if hasattr(builtins, name):
            return (UNKNOWN if name in _GIVES_BACK else OUTSIDE, name)
        return (UNKNOWN, name)

    def _read(self, function: Function) -> None:
        node = function.node
        declared: set[str] = set()
        for inner in every_node(node):
            if inner.__class__ not in _BINDS:
                continue
            for name, value in _locals(inner):
                self.given.setdefault(name, []).append(value)
            for name, reference in _imported(inner, self.module):
                self.known[name] = reference
            if isinstance(inner, DEFINITIONS) and inner is not node:
                self.known[inner.name] = (OUTSIDE,)  # its body belongs to this function's
            if isinstance(inner, ast.Global):
                declared.update(inner.names)
        for name in declared:
            self.given.pop(name, None)
        self._parameters(function)

    def _parameters(self, function: Function) -> None:
        arguments = function.node.args
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = dict(zip(plain[::-1], arguments.defaults[::-1], strict=False))
        defaults |= {
            a: d
            for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if d is not None
        }
        for argument in (*plain, *arguments.kwonlyargs):
            annotation = (
                None if argument.annotation is None else self._annotated(argument.annotation)
            )
            default = defaults.get(argument)
            if annotation is not None:
                self.known.setdefault(argument.arg, annotation)
            elif default is not None and self.is_environ(default):
                self.known.setdefault(argument.arg, ENVIRON[0])
        if function.cls is not None and plain and not _is_static(function.node):
            first = (function.cls,) if _is_class_method(function.node) else (function.cls, SELF)
            self.known[plain[0].arg] = first

    def _annotated(self, annotation: ast.expr) -> Reference | None:
        """An instance of the class that an annotation names."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except (SyntaxError, ValueError):
                return None
        if not isinstance(annotation, (ast.Name, ast.Attribute)):
            return None
        reference = NamesAt(self.module).reference(annotation)
        return None if reference[0] in (UNKNOWN, OUTSIDE) else (*reference, CALL)


def _define(body: Iterable[ast.stmt], module: Module, cls: Class | None) -> None:
    """What the statements of a module, or of a class in it, define."""
    space = module.names if cls is None else cls.members
    for statement in own_statements(body):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            name = statement.name if cls is None else f"{cls.name}.{statement.name}"
            function = module.of_nodes[statement] = Function(name, module, cls, statement)
            module.functions.append(function)
            space.setdefault(statement.name, []).append(function)
        elif isinstance(statement, ast.ClassDef):
            inner = Class(
                statement.name if cls is None else f"{cls.name}.{statement.name}", module, statement
            )
            module.classes.append(inner)
            space.setdefault(statement.name, []).append(inner)
            _define(statement.body, module, inner)
        for name, reference in _imported(statement, module):
            space.setdefault(name, []).append(reference)
        if (
            cls is None
            and isinstance(statement, ast.ImportFrom)
            and any(a.name == "*" for a in statement.names)
        ):
            module.stars.append(_imported_from(statement, module))
        for name, value in _assigned(statement):
            space.setdefault(name, []).append(_variable(name, value, module))


def _variable(name: str, value: ast.expr, module: Module) -> Reference:
    """What a variable stands for: an alias of something, an instance, or it is known by its name
    alone.
    """
    if isinstance(value, (ast.Name, ast.Attribute, ast.Call)):
        reference = NamesAt(module).reference(value)
        return (OUTSIDE,) if reference == (module, name) else reference
    if isinstance(value, (ast.Constant, ast.JoinedStr)):
        return (OUTSIDE,)
    return (UNKNOWN, name)


def _assigned(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    return (
        (target.id, value) for target, value in _targets(statement) if isinstance(target, ast.Name)
    )


def _targets(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
        yield node.target, node.value


def _locals(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a node binds in a function, imports left out, each with the expression that
    tells what to.
    """
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
        yield from _assigned(node)
        for target, _ in _targets(node):
            if isinstance(target, (ast.Tuple, ast.List)):
                yield from ((name, None) for name in _stored(target))
    elif isinstance(node, ast.withitem):
        if isinstance(node.optional_vars, ast.Name):
            yield node.optional_vars.id, node.context_expr
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield from ((name, None) for name in _stored(node.target))
    elif isinstance(node, ast.arg):
        yield node.arg, None
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name, None


def _stored(target: ast.expr) -> Iterator[str]:
    return (n.id for n in walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _imported(node: ast.AST, module: Module) -> Iterator[tuple[str, Reference]]:
    """What an import binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            names = _canonical(alias.name.split("."))
            yield (alias.asname, names) if alias.asname else (names[0], names[:1])
    elif isinstance(node, ast.ImportFrom):
        start = _imported_from(node, module)
        yield from ((a.asname or a.name, (*start, a.name)) for a in node.names if a.name != "*")


def _imported_from(node: ast.ImportFrom, module: Module) -> Reference:
    names = node.module.split(".") if node.module else []
    if not node.level:
        return _canonical(names)
    folder = module.folder
    for _ in range(node.level - 1):
        folder = folder.rpartition("/")[0]
    return (Folder(folder), *names)


def _canonical(names: list[str]) -> tuple[str, ...]:
    """The names of a module; the backport ``mock`` is ``unittest.mock``."""
    return ("unittest", *names) if names[0] == "mock" else tuple(names)


def is_long(node: ast.expr) -> bool:
    """Whether an expression is a way of more steps than lead to anything that is told by its
    name here.
    """
    for _ in range(_LONG):
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return False
    return True


def _followed(start: Reference, steps: Iterable[str | tuple[str]]) -> Reference:
    """Where the steps lead from a reference: a call that is given a name may import the module
    of that name.
    """
    found = list(start)
    for step in steps:
        if isinstance(step, str):
            found.append(step)
        elif len(found) == 2 and _imports_by_name(tuple(found)):
            found = list(step[0].split("."))
        else:
            found.append(CALL)
    return tuple(found)


def _imports_by_name(reference: Reference) -> bool:
    return reference in (("importlib", "import_module"), (UNKNOWN, "__import__"))


def _is_static(node: FunctionNode) -> bool:
    return any(_last(d) == "staticmethod" for d in node.decorator_list)


def _is_class_method(node: FunctionNode) -> bool:
    made = node.name in ("__new__", "__init_subclass__", "__class_getitem__")
    return made or any(_last(d) == "classmethod" for d in node.decorator_list)


def _last(node: ast.expr) -> str:
    return (
        node.attr
        if isinstance(node, ast.Attribute)
        else node.id
        if isinstance(node, ast.Name)
        else ""
    )


def _first_name(function: Function) -> str:
    arguments = function.node.args
    return next((a.arg for a in (*arguments.posonlyargs, *arguments.args)), "")


def _renamed(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    for node in walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, frozenset({alias.name.rpartition(".")[2]})
        elif isinstance(node, ast.Assign):
            named = [
                t.id if isinstance(t, ast.Name) else t.attr
                for t in node.targets
                if isinstance(t, _NAMES)
            ]
            spelled = frozenset(_spelled([node.value]))
            yield from ((name, spelled) for name in named if spelled)
        elif isinstance(node, ast.ClassDef):
            yield node.name, frozenset(_spelled(node.bases))


def _spelled(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in (n for each in nodes for n in walk(each)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
