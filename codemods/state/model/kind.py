"""What a kind of state is: how its cells are spelled, changed, saved and given back.

The environment is one kind, the working directory another. All else that reads, places and
writes knows none: it asks the kind that a file is read for. So a kind is one file in
``kinds``, a rule, and the guard's file of it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from codemods.python.names import walk
from codemods.python.source import Source
from codemods.state.model.operations import Operation, Text, unknown
from codemods.state.model.refusals import RefusedError

if TYPE_CHECKING:
    from codemods.state.expressions.scope import Scope


_PLAIN = re.compile(r"\"\w+\"|'\w+'")


class Layout(Protocol):
    """How calls are written at one place: its line ends, its indentation, and the names that can
    be used there.
    """

    @property
    def newline(self) -> str:
        """The line end of the file."""

    @property
    def indent(self) -> str:
        """One level of indentation."""

    def call(self, head: str, *arguments: str) -> str:
        """A call, on several lines where it is long."""

    def free(self, *wanted: str) -> str:
        """The first of the names that the function does not use."""

    def spelled(self, dotted: str, module: str) -> str:
        """A dotted name as it can be written here, once the module is imported."""


@dataclass(frozen=True)
class Spelling:
    """Reads the statements and calls of one scope, for one kind of state.

    ``kept`` are the patchers that its function has names for. A kind without patchers has only
    ``write``, ``changes`` and ``reads`` to say.
    """

    scope: Scope
    kept: dict[str, ast.Call] = field(default_factory=dict)

    def write(self, statement: ast.stmt) -> list[Operation] | None:
        """The operations of a statement that changes cells, None if it is no such; raises
        RefusedError.
        """
        raise NotImplementedError

    def changes(self, node: ast.expr) -> bool:
        """Whether evaluating or binding an expression, what stands inside it apart, changes a
        cell.
        """
        raise NotImplementedError

    def reads(self, value: ast.expr) -> frozenset[str] | None:
        """The cells whose value an expression gives, ``*`` for a copy of all, None for any other
        expression.
        """
        raise NotImplementedError

    def changes_late(self, function: ast.expr, arguments: list[ast.expr]) -> bool:
        """Whether a function that is registered with these arguments, to be called in the end,
        changes a cell.
        """
        return self.changes(ast.Call(function, arguments, []))

    def held_name(self, code: str) -> str:
        """The name that holds the value which an expression gives back, as code: most give what
        they are.
        """
        return code

    def copies_all(self, node: ast.expr) -> bool:
        """Whether an expression is a copy of all cells."""
        del node
        return False

    def patch_call(self, node: ast.expr) -> ast.Call | None:
        """The call of a patcher that an expression is, or that its name was given."""
        del node
        return None

    def patch_dict(self, call: ast.Call) -> list[Operation]:
        """The operations of a patcher, none for a pure snapshot; raises RefusedError."""
        raise NotImplementedError

    def onto_a_copy(self, call: ast.Call) -> list[Operation] | None:
        """The operations of a patcher that clears, and sets a copy of all that was there, and more:
        those of the more.

        None for any other; raises RefusedError.
        """
        del call
        return None

    def is_fake(self, node: ast.AST) -> bool:
        """Whether this is a call that puts something else in the place of the container."""
        del node
        return False

    def is_patch_dict(self, node: ast.expr) -> bool:
        """Whether an expression is a patcher, or a name for one."""
        return self.patch_call(node) is not None

    def quiet_write(self, statement: ast.stmt) -> list[Operation] | None:
        """What ``write`` gives, None too for what cannot be rewritten."""
        try:
            return self.write(statement)
        except RefusedError:
            return None

    def change_inside(self, node: ast.AST) -> ast.expr | None:
        """The first expression in a node that changes a cell or is a patcher, in whatever
        spelling.
        """
        for inner in walk(node):
            if isinstance(inner, (ast.Call, ast.Name)) and self.is_patch_dict(inner):
                return inner
            if isinstance(inner, ast.expr) and self.changes(inner):
                return inner
        return None


class StateKind:
    """A kind of state. What is said here in strings are words for messages, names and regular
    expressions.

    ``noun`` is what a message says is changed, ``whole`` what it says is restored, and
    ``at_import`` what it says of code that runs when the file is imported. ``container`` is the
    dotted name of the object whose items the cells are, if there is one. A line can change a
    cell only if it has one of the ``words``, and ``change`` matches around it, or a name for one
    of the ``targets``; it can have to do with the kind only if it has one of ``mentioned``.
    ``about`` matches the names of context managers that speak of the kind, ``hint`` what those
    have in their spelling that may restore it, ``written`` the text of a class that changes it,
    ``patching`` calls of methods of a MonkeyPatch that do. ``blind`` are calls that give the
    same whatever the cells hold. ``nests``: what is undone later than something around it may
    fail, for that may have removed where it leads back to.
    """

    noun: str
    whole: str
    at_import: str
    container: str | None = None
    words: tuple[str, ...]
    change: str
    targets: tuple[str, ...]
    mentioned: tuple[str, ...]
    about: str
    hint: str
    written: str
    patching: str
    blind: frozenset[str]
    nests: bool = False

    def spelling(self, scope: Scope) -> Spelling:
        """What reads the statements of a scope."""
        raise NotImplementedError

    def shown(self, keys: frozenset[str]) -> str:
        """Cells as a message names them: plain constants without their quotes, or the noun if
        they are not known.
        """
        if not keys or any(map(unknown, keys)):
            return self.noun
        return ", ".join(key[1:-1] if _PLAIN.fullmatch(key) else key for key in sorted(keys))

    def patched(self, call: ast.Call, scope: Scope, *, only_given: bool = False) -> Text | None:
        """The cell that a method of a MonkeyPatch changes, or only one that it gives a value;
        None if it is no such.
        """
        raise NotImplementedError

    def records(self, call: ast.Call) -> bool:
        """Whether such a method makes sure that the cell is put back, whatever it was."""
        raise NotImplementedError

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """The lines that carry out an operation by the MonkeyPatch of a name, ``frame``."""
        raise NotImplementedError


def kind_of(source: Source) -> StateKind:
    """The kind of state that a file is read for."""
    assert isinstance(source.focus, StateKind), "a file is read for a kind of state"
    return source.focus


def spelling_in(scope: Scope) -> Spelling:
    """What reads the statements of a scope, as the kind of its file spells them."""
    return kind_of(scope.source).spelling(scope)
