"""Values that a rewrite hoisted: out of a decorator, where they were computed at import, into a name right above.

Only that is taken for hoisting: a new private name, in front of a function, that gets just what a decorator of this
function set before. Anything else stays where it is, and is a difference.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from isolator.guard.erasure.syntax.blindness import calls
from isolator.guard.erasure.syntax.nodes import FUNCTIONS, Function, walk
from isolator.guard.erasure.syntax.operations import Operation, of_mapping, of_patch
from isolator.guard.erasure.syntax.scope import Scope

Piece = tuple[ast.stmt, str]


class Hoisted:
    """Finds them. ``lines`` are those of the file before, ``scope`` its names."""

    def __init__(self, lines: Sequence[str], scope: Scope) -> None:
        self.lines = lines
        self.scope = scope
        self._values: dict[ast.AST, dict[str, ast.expr]] = {}

    def values(self, function: Function, in_class: bool) -> dict[str, ast.expr]:
        """What the names that were put above a function hold; those in its class it reads by its first parameter."""
        found = self._values.get(function, {})
        if not in_class:
            return found
        instance = function.args.args[0].arg if function.args.args else ""
        return {attribute(f"{instance}.{name}"): value for name, value in found.items()}

    def taken(self, was: Iterable[Piece], now: Iterable[Piece]) -> list[Piece]:
        """The statements of a module or class without those that only hoist; ``was`` are those before."""
        functions: dict[str, list[Function]] = {}
        for statement, _ in was:
            if isinstance(statement, FUNCTIONS):
                functions.setdefault(statement.name, []).append(statement)
        left: list[Piece] = []
        found: list[tuple[Piece, str, ast.expr]] = []
        for piece in now:
            new = self._new_name(piece[0])
            if new is not None:
                found.append((piece, *new))
                continue
            if found and not self._hoists(found, piece[0], functions):
                left += [other for other, _, _ in found]
            found = []
            left.append(piece)
        return left + [other for other, _, _ in found]

    def _new_name(self, statement: ast.stmt) -> tuple[str, ast.expr] | None:
        """The private name that a statement assigns and that the file before does not hold, and its value."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return None
        target = statement.targets[0]
        if not isinstance(target, ast.Name) or not target.id.startswith("_"):
            return None
        known = re.compile(rf"\b{re.escape(target.id)}\b")
        return None if any(known.search(line) for line in self.lines) else (target.id, statement.value)

    def _hoists(
        self, found: list[tuple[Piece, str, ast.expr]], definition: ast.stmt, functions: dict[str, list[Function]]
    ) -> bool:
        """Whether the names hold, in this order, what decorators of the function after them set before."""
        same = functions.get(definition.name, []) if isinstance(definition, FUNCTIONS) else []
        if len(same) != 1:
            return False
        patches = self._set_by_decorators(same[0])
        if not all(any(p == _shown(of_mapping(value)) for p in patches) for _, _, value in found):
            return False
        self._values[definition] = {name: value for _, name, value in found}
        return len(self._values[definition]) == len(found)

    def _set_by_decorators(self, function: Function) -> Iterator[list[str]]:
        """What each ``patch.dict`` on the environment sets among the decorators of a function, as text.

        Those below a decorator whose making runs code are left out: their values were computed after that.
        """
        for decorator in function.decorator_list:
            patch = self.scope.patch(decorator)
            if patch is not None:
                yield _shown(operation for operation in of_patch(patch) if operation.kind != "clear")
            elif any(self._acts(node) for node in walk([decorator])):
                return

    def _acts(self, node: ast.AST) -> bool:
        """Whether a part of a decorator itself runs code that could tell; its arguments are other parts."""
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.NamedExpr)
        known = (self.scope.dotted(node.func) or "").startswith(("pytest.", "pytest_asyncio.", "unittest.mock.patch"))
        return not known and bool(calls(ast.Call(node.func, [], []), self.scope))


def attribute(spelled: str | None) -> str:
    """A name that stands for an attribute, such as no file can hold: ``<self values>`` for ``self.values``."""
    return f"<{(spelled or '').replace('.', ' ')}>"


def _shown(operations: Iterable[Operation]) -> list[str]:
    return [ast.dump(ast.Tuple([part for part in (o.key, o.value) if part is not None])) for o in operations]
