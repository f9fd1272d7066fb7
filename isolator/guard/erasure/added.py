"""What may be added to a conftest: imports, and the definitions and constants of a template."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Iterable
from functools import cached_property

from isolator.guard.erasure.syntax.blindness import calls
from isolator.guard.erasure.syntax.nodes import FUNCTIONS, SCOPES, walk
from isolator.guard.erasure.syntax.scope import Scope, imported


class Added:
    """Judges the statements of a module, ``body``, that may add to another one, whose names are those of ``scope``.

    ``templates`` are the texts whose definitions may be added, under a name of the project's own; None for any.
    """

    def __init__(self, body: Iterable[ast.stmt], scope: Scope, templates: Collection[str] | None) -> None:
        self.names = [s.name for s in body if isinstance(s, FUNCTIONS) and s.name not in scope.table]
        self.scope = scope
        self.templates = templates

    def welcomes(self, statement: ast.stmt) -> bool:
        """Whether a top-level statement only defines or imports what had no name before, and is not a test."""
        known = self.scope.table.keys()
        if isinstance(statement, SCOPES):
            new = statement.name not in known and not statement.name.lower().startswith("test")
            return new and self._is_of_template(statement)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            return all(name not in known for name, _ in imported(statement))
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            return False
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if not all(isinstance(t, ast.Name) and t.id not in known for t in targets):
            return False
        return not calls(statement.value, self.scope, reads=True) or self._is_of_template(statement)

    def _is_of_template(self, statement: ast.stmt) -> bool:
        return self.templates is None or _shown(copy.deepcopy(statement)) in self._shown

    @cached_property
    def _shown(self) -> set[str]:
        """The statements of the templates, with each function in turn under each of the new names.

        A name that a template has itself is not one of the project's own: nothing else is called so.
        """
        found: set[str] = set()
        for text in self.templates or ():
            functions = [s.name for s in ast.parse(text).body if isinstance(s, FUNCTIONS)]
            own = [name for name in self.names if name not in functions]
            pairs = [(function, name) for function in functions for name in own]
            renamed = (re.sub(rf"\b{re.escape(function)}(?=\b|_of_)", name, text) for function, name in pairs)
            found |= {_shown(statement) for each in (text, *renamed) for statement in ast.parse(each).body}
        return found


def _shown(statement: ast.stmt) -> str:
    """A statement without its annotations, which a conftest that has none does not get; they are taken from it."""
    for node in walk([statement]):
        if isinstance(node, FUNCTIONS):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.dump(statement)
