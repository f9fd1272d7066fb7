"""What a name in a test file stands for, read from the file itself.

LibCST's qualified names answer the same question for every node of a file, at eight times the
cost of parsing it; rules ask it for a handful of nodes.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Function = ast.FunctionDef | ast.AsyncFunctionDef

# Fixtures whose names say what they are, wherever they are a parameter.
_FIXTURES = {
    "monkeypatch": "monkeypatch",
    "mocker": "mocker",
    "class_mocker": "mocker",
    "module_mocker": "mocker",
    "package_mocker": "mocker",
    "session_mocker": "mocker",
}

# Parts of a dotted name: a chain of a thousand calls is not followed from each of its links.
_MOST_PARTS = 100

# Fields that hold no nodes, or (``ctx``, ``op``) nodes that add nothing to where they stand.
_NO_NODES = frozenset(
    {
        *(
            "ctx",
            "id",
            "attr",
            "arg",
            "module",
            "level",
            "kind",
            "type_comment",
            "conversion",
            "simple",
            "is_async",
            "op",
            "ops",
        ),
        *("kwd_attrs", "rest", "tag", "str"),
    }
)
# Kinds of nodes without child nodes, though a field may be a list: ``global A, B``.
_EMPTY = frozenset({ast.Name, ast.Constant, ast.Global, ast.Nonlocal, ast.Pass})
# Kinds of nodes with an inner scope, which is looked at separately.
_CLOSED = _EMPTY | {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}
# Kinds of statements that hold other statements of the same scope.
_HOLDERS = frozenset(
    {
        *(ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match),
        *(ast.Try, getattr(ast, "TryStar", ast.Try)),
    }
)
# Kinds of nodes with lists that may hold None: ``{**given}``, ``def f(*, a, b=1)``.
_SPARSE = frozenset({ast.Dict, ast.arguments})


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold nodes, found when the kind is first met."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind in _EMPTY else kind._fields
        self[kind] = tuple(field for field in fields[:: self.step] if field not in _NO_NODES)
        return self[kind]


_FIELDS, _BACKWARDS = _Fields(1), _Fields(-1)


class Names:
    """Names in scope and the dotted names they stand for; None if a name is assigned something
    else as well.

    ``values`` are the expressions of names that are assigned once. ``local`` are the names of
    functions, and the line after which each is sure to be bound: that of an import in the
    body, else none. ``typing`` are those that only ``if TYPE_CHECKING`` binds: these are
    for annotations, and do not exist at run time.
    """

    def __init__(
        self,
        table: dict[str, str | None],
        values: dict[str, ast.expr] | None = None,
        local: dict[str, float] | None = None,
        typing: frozenset[str] = frozenset(),
    ) -> None:
        self.table = table
        self.values = values or {}
        self.local = local or {}
        self.typing = typing

    def dotted(self, node: ast.expr) -> str | None:
        """``unittest.mock.patch.dict`` for ``mock.patch.dict`` after ``from unittest import mock``;
        None if unknown.

        What a call returns is written ``unittest.mock.patch.dict()``.
        """
        parts: list[str] = []
        while isinstance(node, (ast.Attribute, ast.Call)) and len(parts) < _MOST_PARTS:
            if isinstance(node, ast.Call):
                parts.append("()")
                node = node.func
            else:
                parts.append(f".{node.attr}")
                node = node.value
        base = self.table.get(node.id) if isinstance(node, ast.Name) else None
        return base and base + "".join(reversed(parts))

    def spelling(self, dotted: str, line: float = 0, *, typed: bool = False) -> str | None:
        """How the dotted name can be written on a line, or None if nothing imported leads to it.

        Without a line it is written at the top of a function; ``typed`` where only a type
        checker reads it.
        """
        for name, target in self.table.items():
            if self.local.get(name, -1) >= line or (name in self.typing and not typed):
                continue
            if target == dotted:
                return name
            if target and dotted.startswith(target + "."):
                return name + dotted[len(target) :]
        return None

    def inside(self, function: Function) -> Names:
        """The names as the body of a function in this scope sees them."""
        bound, hidden = _bound_names(function)
        # In an order that does not depend on hashes: if several names stand for the same thing,
        # the first is written.
        outside = {name: target for name, target in self.table.items() if name not in bound}
        table: dict[str, str | None] = {**outside, **dict.fromkeys(sorted(bound))}
        values = {name: value for name, value in self.values.items() if name not in bound}
        for argument in parameters(function):
            table[argument] = _FIXTURES.get(argument)
        bindings = _Bindings(function.body)
        for name in hidden & bindings.every.keys():
            bindings.other(name)
        local = {**self.local, **dict.fromkeys(bound, math.inf)}
        for statement in function.body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                for alias in statement.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    local[name] = min(local.get(name, math.inf), statement.end_lineno or 0)
        names = Names(table, values, local, self.typing - bound)
        names._bind({name for name in bindings.every if name in bound}, bindings)
        return names

    def _bind(self, bound: set[str], bindings: _Bindings) -> None:
        """Give the names the meaning that all their assignments allow."""
        for name in sorted(bound & bindings.imports.keys()):
            meant = set(bindings.imports[name])
            self.table[name] = (
                meant.pop() if len(meant) == 1 and name not in bindings.assigned else None
            )
        for name in sorted(bound & bindings.assigned.keys(), key=list(bindings.assigned).index):
            found = bindings.assigned[name]
            if len(found) == 1 and found[0] is not None and name not in bindings.imports:
                self.values[name] = found[0]
                self.table[name] = self.dotted(found[0])


def module_names(tree: ast.Module, rebound: Iterable[str] = ()) -> Names:
    """The names that a module's imports define at its top level, and plain aliases of these
    (``env = os.environ``).

    ``rebound`` are names that functions declare as ``global``.
    """
    bindings = _Bindings(tree.body)
    for name in rebound:
        if name in bindings.every:
            bindings.other(name)
    names = Names(dict.fromkeys(bindings.every), typing=frozenset(bindings.typing))
    names.table.update(bindings.typing)
    names._bind(set(bindings.every), bindings)
    return names


def parameters(function: Function) -> list[str]:
    """The names of a function's parameters, ``*args`` and ``**kwargs`` last."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [a.arg for a in (*plain, arguments.vararg, arguments.kwarg) if a is not None]


def bound_names(function: Function) -> frozenset[str]:
    """Every name that is local to a function: parameters, assignments, imports, nested
    definitions.
    """
    return _bound_names(function)[0]


def bound_in(body: Iterable[ast.stmt], parameters: Iterable[str] = ()) -> set[str]:
    """The names that the statements of one scope define, and its parameters."""
    return _bound_in(own_nodes(body), parameters)[0]


def _bound_in(nodes: Iterable[ast.AST], parameters: Iterable[str]) -> tuple[set[str], set[str]]:
    """The names that the nodes of one scope define, and those that no statement does: ``:=``,
    ``case``, ``nonlocal``.
    """
    found = set(parameters)
    declared: set[str] = set()
    hidden: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.expr):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.add(node.id)
            elif isinstance(node, ast.NamedExpr):
                hidden.add(node.target.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            hidden.update(
                n for inner in walk(node) if isinstance(inner, ast.Nonlocal) for n in inner.names
            )
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(a.asname or a.name.partition(".")[0] for a in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
            hidden.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
    return found - declared, hidden


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of some statements, without what stands inside nested functions, classes and
    lambdas.
    """
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        kind = node.__class__
        if kind in _CLOSED:
            continue
        # `children`, here and in `walk`, without a list for each node: that is a quarter quicker.
        for field in _FIELDS[kind]:
            value = getattr(node, field, None)
            if value.__class__ is list:
                todo += [n for n in value if n is not None] if kind in _SPARSE else value
            elif isinstance(value, ast.AST):
                todo.append(value)


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of a tree in the order of the file, without contexts: ``ast.walk`` for a hot
    loop.
    """
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        kind = node.__class__
        for field in _BACKWARDS[kind]:
            value = getattr(node, field, None)
            if value.__class__ is list:
                value = [n for n in value if n is not None] if kind in _SPARSE else value
                todo += value[::-1]
            elif isinstance(value, ast.AST):
                todo.append(value)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside a node, without contexts: ``ast.iter_child_nodes`` for a hot
    loop.
    """
    kind = node.__class__
    found: list[ast.AST] = []
    for field in _FIELDS[kind]:
        value = getattr(node, field, None)
        if value.__class__ is list:
            found += [n for n in value if n is not None] if kind in _SPARSE else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


Of = TypeVar("Of")
_facts: list[WeakKeyDictionary[Function, Any]] = []


def function_fact(compute: Callable[[Function], Of]) -> Callable[[Function], Of]:
    """A function that computes a fact about a function of the file once, and forgets it with its
    tree.
    """
    known: WeakKeyDictionary[Function, Of] = WeakKeyDictionary()
    _facts.append(known)

    @wraps(compute)
    def of(function: Function) -> Of:
        if function not in known:
            known[function] = compute(function)
        return known[function]

    return of


def forget_facts(function: Function) -> None:
    """Forget the facts about a function, and about those in it, since its tree was changed."""
    for inner in ast.walk(function):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for known in _facts:
                known.pop(inner, None)


@function_fact
def _bound_names(function: Function) -> tuple[frozenset[str], frozenset[str]]:
    bound, hidden = _bound_in(function_nodes(function), parameters(function))
    return frozenset(bound), frozenset(hidden)


@function_fact
def function_nodes(function: Function) -> tuple[ast.AST, ...]:
    """The nodes of a function's body without nested functions, classes and lambdas:
    ``own_nodes`` of it.
    """
    return tuple(own_nodes(function.body))


@function_fact
def every_node(function: Function) -> tuple[ast.AST, ...]:
    """All nodes of a function, in the order of the file: ``walk`` of it."""
    return tuple(walk(function))


@function_fact
def generator(function: Function) -> bool:
    """Whether the function yields."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in function_nodes(function))


def own_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those nested in them (``if``, ``try``, ``with`` …), without nested
    functions and classes.
    """
    for statement in body:
        yield statement
        if statement.__class__ not in _HOLDERS:
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from own_statements(getattr(statement, field, ()))
        for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from own_statements(inner.body)


def _canonical(module: str) -> str:
    """The module's name; the backport ``mock`` is ``unittest.mock``."""
    return (
        "unittest.mock" + module[4:] if module == "mock" or module.startswith("mock.") else module
    )


class _Bindings:
    """What the names of one scope mean: imports, and the values of assignments, None for any other.

    ``typing`` are names that are only imported below ``if TYPE_CHECKING``.
    """

    def __init__(self, body: Iterable[ast.stmt]) -> None:
        self.imports: dict[str, list[str]] = {}
        self.assigned: dict[str, list[ast.expr | None]] = {}
        self.typing: dict[str, str] = {}
        unreached: set[int] = set()
        for statement in own_statements(body):
            if isinstance(statement, ast.If) and _is_type_checking(statement.test):
                unreached.update(map(id, own_statements(statement.body)))
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                for name, target in _imported(statement):
                    if id(statement) in unreached:
                        self.typing[name] = target
                    else:
                        self.imports.setdefault(name, []).append(target)
            elif id(statement) not in unreached:
                self._read(statement)
        for name in self.imports.keys() | self.assigned.keys():
            self.typing.pop(name, None)

    @property
    def every(self) -> dict[str, None]:
        """All the names, in their order."""
        return dict.fromkeys([*self.imports, *self.assigned, *self.typing])

    def other(self, name: str) -> None:
        """The name gets an unknown value."""
        self.assigned.setdefault(name, []).append(None)

    def _read(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._assigned(target, statement.value)
        elif isinstance(statement, ast.AnnAssign):
            self._assigned(statement.target, statement.value)
        elif isinstance(statement, (ast.AugAssign, ast.For, ast.AsyncFor)):
            self._targets(statement.target)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            self._targets(*(item.optional_vars for item in statement.items if item.optional_vars))
        elif isinstance(statement, ast.Delete):
            self._targets(*statement.targets)
        elif isinstance(statement, ast.Try):
            for name in filter(None, (handler.name for handler in statement.handlers)):
                self.other(name)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.other(statement.name)

    def _assigned(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.assigned.setdefault(target.id, []).append(value)
        else:
            self._targets(target)

    def _targets(self, *targets: ast.expr) -> None:
        """Names that are assigned without a known value."""
        for target in targets:
            for node in ast.walk(target):
                if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                    self.other(node.id)


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _imported(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """The names that an import defines, and what they stand for; none for a relative import."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            top = alias.name.partition(".")[0]
            yield alias.asname or top, _canonical(alias.name if alias.asname else top)
    elif not statement.level:
        for alias in statement.names:
            yield alias.asname or alias.name, f"{_canonical(statement.module or '')}.{alias.name}"
