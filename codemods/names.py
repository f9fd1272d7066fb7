"""What a name in a test file stands for, as far as the file itself tells.

LibCST's qualified names answer the same question for every node of a file, at eight times the cost of parsing it;
rules ask it of a handful of nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

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

# Of a dotted name: a chain of a thousand calls is none, and is not followed from each of its links.
_MOST_PARTS = 100

# Fields of nodes that hold no nodes, or (``ctx``) none that says more than its place.
_NO_NODES = frozenset({"ctx", "id", "attr", "arg", "module", "level", "kind", "type_comment"})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


class Names:
    """Names in scope and the dotted names they stand for; None where a name is bound to something unknown.

    ``values`` are the expressions of names that are assigned once.
    """

    def __init__(self, table: dict[str, str | None], values: dict[str, ast.expr] | None = None) -> None:
        self.table = table
        self.values = values or {}

    def dotted(self, node: ast.expr) -> str | None:
        """``unittest.mock.patch.dict`` for ``mock.patch.dict`` after ``from unittest import mock``; None if unknown.

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

    def spelling(self, dotted: str) -> str | None:
        """How the dotted name can be written here, or None if nothing imported leads to it."""
        for name, target in self.table.items():
            if target == dotted:
                return name
            if target and dotted.startswith(target + "."):
                return name + dotted[len(target) :]
        return None

    def inside(self, function: Function) -> Names:
        """The names as the body of a function in this scope sees them."""
        bound = bound_names(function)
        # In an order that does not hang on hashes: where several names stand for one thing, the first is written.
        outside = {name: target for name, target in self.table.items() if name not in bound}
        table: dict[str, str | None] = {**outside, **dict.fromkeys(sorted(bound))}
        values = {name: value for name, value in self.values.items() if name not in bound}
        for argument in parameters(function):
            table[argument] = _FIXTURES.get(argument)
        imports, assigned = _bindings(own_statements(function.body))
        table = {**{name: target for name, target in table.items() if name not in imports}, **imports}
        names = Names(table, values)
        names._assign(assigned, imports)
        return names

    def _assign(self, assigned: dict[str, list[ast.expr | None]], imports: dict[str, str]) -> None:
        for name, found in assigned.items():
            if len(found) == 1 and found[0] is not None and name not in imports:
                self.values[name] = found[0]
                self.table[name] = self.dotted(found[0])


def module_names(tree: ast.Module) -> Names:
    """The names that a module's imports bind at its top level, and plain aliases of these (``env = os.environ``)."""
    imports, assigned = _bindings(own_statements(tree.body))
    table: dict[str, str | None] = dict(imports)
    names = Names({**table, **dict.fromkeys(assigned)})
    names._assign(assigned, imports)
    return names


def parameters(function: Function) -> list[str]:
    """The names of a function's parameters, ``*args`` and ``**kwargs`` last."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [a.arg for a in (*plain, arguments.vararg, arguments.kwarg) if a is not None]


def bound_names(function: Function) -> set[str]:
    """Every name that is local to a function: parameters, assignments, imports, nested definitions."""
    return bound_in(function.body, parameters(function))


def bound_in(body: Iterable[ast.stmt], parameters: Iterable[str] = ()) -> set[str]:
    """The names that the statements of one scope bind, and its parameters."""
    found = set(parameters)
    declared: set[str] = set()
    for node in own_nodes(body):
        if isinstance(node, ast.expr):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(a.asname or a.name.partition(".")[0] for a in node.names)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            declared.update(node.names)
    return found - declared


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of some statements, without what stands inside nested functions, classes and lambdas."""
    todo = list(body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            todo += children(node)


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node of a tree in the order of the file, but for contexts: ``ast.walk`` for a hot loop."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)[::-1]


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside a node, but for contexts: ``ast.iter_child_nodes`` for a hot loop."""
    fields = _FIELDS.get(type(node))
    if fields is None:
        fields = _FIELDS[type(node)] = tuple(field for field in node._fields if field not in _NO_NODES)
    found: list[ast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if type(value) is list:
            found += [inner for inner in value if isinstance(inner, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def own_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those nested in them (``if``, ``try``, ``with`` …), without nested functions and classes."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from own_statements(getattr(statement, field, ()))
        for inner in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from own_statements(inner.body)


def _canonical(module: str) -> str:
    """The module's name; the backport ``mock`` is ``unittest.mock``."""
    return "unittest.mock" + module[4:] if module == "mock" or module.startswith("mock.") else module


def _bindings(statements: Iterable[ast.stmt]) -> tuple[dict[str, str], dict[str, list[ast.expr | None]]]:
    """What the imports among the statements bind, and the values that are assigned to each other name."""
    imports: dict[str, str] = {}
    assigned: dict[str, list[ast.expr | None]] = {}
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.partition(".")[0]
                imports[alias.asname or top] = _canonical(alias.name if alias.asname else top)
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            for alias in statement.names:
                imports[alias.asname or alias.name] = f"{_canonical(statement.module or '')}.{alias.name}"
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    assigned.setdefault(target.id, []).append(statement.value)
        elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)) and isinstance(statement.target, ast.Name):
            value = statement.value if isinstance(statement, ast.AnnAssign) else None
            assigned.setdefault(statement.target.id, []).append(value)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            assigned.setdefault(statement.name, []).append(None)
    return imports, assigned
