"""Taking off the ``@patch`` decorators that a rewrite added, with what they inject and how it is set up."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection

from isolator.guard.erasure.syntax.nodes import Environment, Function
from isolator.guard.erasure.syntax.scope import Scope

_PATCHES = {"unittest.mock.patch": 1, "unittest.mock.patch.object": 2}


class Injected:
    """The patches that were added: their dotted targets. Those that stood there before are counted and stay."""

    def __init__(self, targets: Collection[str] = ()) -> None:
        self.targets = frozenset(targets)
        self.standing: Counter[tuple[str, str]] = Counter()

    def take(self, function: Function, path: str, scope: Scope, in_class: bool) -> set[str]:
        """Take the added decorators and their parameters off a function; returns the names of the parameters."""
        if not self.targets:
            return set()
        position = int(in_class and not _is_static(function))
        standing = Counter({target: n for (where, target), n in self.standing.items() if where == path})
        positional = [*function.args.posonlyargs, *function.args.args]
        removed: list[ast.arg] = []
        for decorator in reversed(list(function.decorator_list)):
            fills = _fills(decorator, scope)
            target = patch_target(decorator, scope)
            if target in self.targets and not standing[target]:
                function.decorator_list.remove(decorator)
                removed += positional[position : position + 1] if fills else []
            elif target is not None:
                standing[target] -= 1
            position += fills
        function.args.args = [a for a in function.args.args if a not in removed]
        return {a.arg for a in removed}

    def note(self, function: Function, path: str, scope: Scope) -> None:
        """Remember the patches that stand on a function before the rewrite."""
        for decorator in function.decorator_list:
            target = patch_target(decorator, scope)
            if target in self.targets:
                self.standing[path, target] += 1


def patch_target(decorator: ast.expr, scope: Scope) -> str | None:
    """``a.b`` for ``@patch("a.b", …)``, None for anything else."""
    if not isinstance(decorator, ast.Call) or scope.dotted(decorator.func) != "unittest.mock.patch":
        return None
    target = decorator.args[0] if decorator.args else None
    return target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else None


def without_configuration(body: list[ast.stmt], names: set[str]) -> list[ast.stmt]:
    """The body without the lines at its head that set up the mocks of these names."""
    index = 0
    left: list[ast.stmt] = []
    while index < len(body) and (_configures(body[index], names) or _opens(body[index])):
        left += [] if _configures(body[index], names) else [body[index]]
        index += 1
    return left + body[index:]


def _configures(statement: ast.stmt, names: set[str]) -> bool:
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    node: ast.expr = statement.targets[0]
    dotted = isinstance(node, ast.Attribute)
    while isinstance(node, ast.Attribute):
        node = node.value
    return dotted and isinstance(node, ast.Name) and node.id in names


def _opens(statement: ast.stmt) -> bool:
    """A docstring or a change of the environment, which may stand in front of the set-up."""
    docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return docstring or isinstance(statement, Environment)


def _fills(decorator: ast.expr, scope: Scope) -> bool:
    """Whether a decorator fills a parameter."""
    if not isinstance(decorator, ast.Call):
        return False
    plain = _PATCHES.get(scope.dotted(decorator.func) or "")
    return plain is not None and len(decorator.args) <= plain and all(k.arg != "new" for k in decorator.keywords)


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
