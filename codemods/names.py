"""What a name in a test file stands for, as far as the file itself tells.

LibCST's qualified names answer the same question for every node of a file, at eight times the cost of parsing it;
rules ask it of a handful of nodes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

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


class Names:
    """Names in scope and the dotted names they stand for; None where a name is bound to something unknown."""

    def __init__(self, table: Mapping[str, str | None]) -> None:
        self.table = table

    def dotted(self, node: ast.expr) -> str | None:
        """``unittest.mock.patch.dict`` for ``mock.patch.dict`` after ``from unittest import mock``; None if unknown."""
        if isinstance(node, ast.Name):
            return self.table.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.dotted(node.value)
            return base and f"{base}.{node.attr}"
        return None

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
        table = dict(self.table)
        for name in bound_names(function):
            table[name] = _FIXTURES.get(name)
        imports, _ = _bindings(_statements(function.body), self)
        table.update(imports)
        return Names(table)


def module_names(tree: ast.Module) -> Names:
    """The names that a module's imports bind at its top level, and plain aliases of these (``env = os.environ``)."""
    names = Names({})
    imports, assigned = _bindings(_statements(tree.body), names)
    table: dict[str, str | None] = dict(imports)
    names = Names(table)
    for name, values in assigned.items():
        value = values[0] if len(values) == 1 and name not in imports else None
        if isinstance(value, ast.Call) and (names.dotted(value.func) or "").startswith("pytest.mark."):
            value = value.func
        table[name] = names.dotted(value) if value is not None else None
    return names


def bound_names(function: Function) -> set[str]:
    """Every name that is local to a function: parameters, assignments, imports, nested definitions."""
    arguments = function.args
    found = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    found.update(a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None)
    declared: set[str] = set()
    for node in own_nodes(function.body):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(a.asname or a.name.partition(".")[0] for a in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
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
            todo.extend(ast.iter_child_nodes(node))


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements and those nested in them (``if``, ``try``, ``with`` …), without nested functions and classes."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, field, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body)


def _canonical(module: str) -> str:
    """The module's name; the backport ``mock`` is ``unittest.mock``."""
    return "unittest.mock" + module[4:] if module == "mock" or module.startswith("mock.") else module


def _bindings(statements: Iterable[ast.stmt], outer: Names) -> tuple[dict[str, str], dict[str, list[ast.expr | None]]]:
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
