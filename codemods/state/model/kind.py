"""What a kind of state is: how its cells are spelled, changed, saved and given back.

The environment is one kind, the working directory another. All else that reads, places and
writes knows none: it asks the kind that a file is read for. So a kind is one file in
``kinds``, a rule, and the guard's file of it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from codemods.context import Context
from codemods.python.names import Names, walk
from codemods.python.source import Source
from codemods.python.words import positions
from codemods.rule import Additions
from codemods.state.model.operations import Operation, Text, unknown
from codemods.state.model.refusals import RefusedError
from codemods.suite.known_calls import BLIND_CALLS

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

    @property
    def quote(self) -> str:
        """The quotes that most strings of the file have."""

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
        """The operations of a statement that changes cells, None if it is not one; raises
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
    fail, because that may have removed where it leads back to. ``shares_patchers``: patchers that
    are not reported may change its cells too.
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
    shares_patchers: bool = False

    def in_file(self, source: Source, context: Context) -> StateKind | None:
        """The kind as a file is read for it, where what it looks for depends on the file; None if
        there is nothing to find.
        """
        del source, context
        return self

    def adds(self, source: Source, context: Context) -> Additions:
        """The facts about a file that the guard gets."""
        del source, context
        return Additions()

    def may_change(self, data: bytes) -> bool:
        """Whether anything in the bytes of a file may change a cell."""
        words = (word.encode() for word in self.words)
        return any(self._pattern.search(data, *_around(data, at)) for at in positions(data, *words))

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(self.change.encode(), re.MULTILINE)

    def changed_lines(self, source: Source) -> list[int]:
        """The numbers of the lines, in order, on which something may change a cell."""
        change, found = re.compile(self.change, re.MULTILINE), set()
        names = source.names.table.items()
        alias = [n for n, target in names if target in self.targets and n not in self.words]
        for word in self.words:  # one at a time, for a search for plain words is quick
            for match in re.finditer(word, source.text):
                number = source.line_at(match.start())
                if number not in found and change.search(
                    source.text, *source.extent(max(1, number - 3), number)
                ):
                    found.add(number)
        for name in alias:
            found.update(
                source.line_at(match.start())
                for match in re.finditer(rf"\b{re.escape(name)}\b", source.text)
            )
        return sorted(found)

    @property
    def marks(self) -> tuple[str, ...]:
        """Words one of which stands in whatever changes a cell under its own name."""
        return self.words[:1]

    def is_read(self, node: ast.Name | ast.Attribute, scope: Scope) -> bool:
        """Whether a name or attribute, when it is evaluated, gives what a cell holds."""
        return scope.is_container(node)

    def is_blind(self, called: str | None) -> bool:
        """Whether a function, by its full name, gives the same whatever the cells hold."""
        return called in BLIND_CALLS or called in self.blind

    def patched_by(self, call: ast.Call, names: Names) -> frozenset[str]:
        """The cells, as keys, that a patcher of another make puts back when it ends."""
        del call, names
        return frozenset()

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
        None if it is not one.
        """
        raise NotImplementedError

    def records(self, call: ast.Call) -> bool:
        """Whether such a method makes sure that the cell is put back, whatever it was."""
        raise NotImplementedError

    def code(self, operation: Operation, frame: str, layout: Layout) -> str:
        """The lines that carry out an operation by the MonkeyPatch of a name, ``frame``."""
        raise NotImplementedError


def _around(data: bytes, at: int) -> tuple[int, int]:
    """The line of a position, with the three before it, on which a call may begin, and the end
    of that line.
    """
    start = at
    for _ in range(4):
        start = data.rfind(b"\n", 0, max(start, 0))
    end = data.find(b"\n", at)
    return start + 1, len(data) if end < 0 else end + 1


def kind_of(source: Source) -> StateKind:
    """The kind of state that a file is read for."""
    assert isinstance(source.focus, StateKind), "a file is read for a kind of state"
    return source.focus


def spelling_in(scope: Scope) -> Spelling:
    """What reads the statements of a scope, as the kind of its file spells them."""
    return kind_of(scope.source).spelling(scope)
