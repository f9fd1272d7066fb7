"""What becomes of single statements of a function: one edit each.

An edit is decided when the function is read, and carried out when it is written.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from codemods.state.model.operations import Operation


@dataclass(frozen=True)
class Calls:
    """The statement becomes calls of the MonkeyPatch of its frame, one for each operation.

    ``os.environ["K"] = "1"`` → ``monkeypatch.setenv("K", "1")``
    """

    operations: list[Operation]
    own_end = False


@dataclass(frozen=True)
class Gone:
    """The statement goes: it saved what is saved by itself now, or restored it."""

    operations = ()
    own_end = False


@dataclass(frozen=True)
class PatchedWith:
    """A ``with`` that has patchers among its items: what each of them does, by its index.

    ``flat``: it ends with its frame, and needs no block. Otherwise it has a MonkeyPatch of its own:

    ``with patch.dict(os.environ, {"K": "1"}):`` → ``with monkeypatch.context() as m:``
    """

    items: dict[int, list[Operation]]
    flat: bool

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What all of them do, in the order of the items."""
        return tuple(operation for _, found in sorted(self.items.items()) for operation in found)

    @property
    def own_end(self) -> bool:
        """Whether what stands in it ends with it."""
        return not self.flat


@dataclass(frozen=True)
class OwnContext:
    """A ``with`` that makes a MonkeyPatch of the user's own, by this name, for what changes inside.

    ``with pytest.MonkeyPatch.context() as m:``
    """

    name: str
    operations = ()
    own_end = True


@dataclass(frozen=True)
class ManagedBlock:
    """A ``with`` of another manager, which gets a MonkeyPatch of its own as its last item."""

    operations = ()
    own_end = True


@dataclass(frozen=True)
class Entered:
    """A patch that is entered on a stack: the text of ``stack.enter_context``, and what it does.

    The rest of the list of statements runs inside it.
    """

    method: str
    operations: list[Operation]
    own_end = True


Edit = Calls | Gone | PatchedWith | OwnContext | ManagedBlock | Entered


@dataclass(frozen=True)
class Wrap:
    """Statements of one list, first to last, that go into a ``with`` block of their own.

    The last is one that restores, or a ``try`` whose restoration goes; ``after`` are the statements
    of its ``finally`` that must see the environment restored.
    """

    last: ast.stmt
    after: tuple[ast.stmt, ...] = ()


def walk_frame(
    body: Sequence[ast.stmt], edits: Mapping[ast.stmt, Edit], wraps: Mapping[ast.stmt, Wrap]
) -> Iterator[ast.stmt]:
    """The statements of a body, at any depth, that stand in no block with a MonkeyPatch of its own.

    Neither do those in a flat one, which has been looked at when it was read. What runs after a
    wrap does.
    """
    wrapped_until: ast.stmt | None = None
    for statement in body:
        edit = edits.get(statement)
        if isinstance(edit, Entered):
            return
        if wrapped_until is None and statement in wraps:
            wrapped_until = wraps[statement].last
            yield from walk_frame(wraps[statement].after, edits, wraps)
        if wrapped_until is not None:
            wrapped_until = None if statement is wrapped_until else wrapped_until
            continue
        yield statement
        if edit is None or isinstance(edit, Gone):
            handlers, cases = getattr(statement, "handlers", ()), getattr(statement, "cases", ())
            for block in (statement, *handlers, *cases):
                for field in ("body", "orelse", "finalbody"):
                    yield from walk_frame(getattr(block, field, ()), edits, wraps)


def with_ancestors(statement: ast.AST, mentioned: Set[ast.AST]) -> set[ast.AST]:
    """Those of some statements that stand in a statement, and all in it that hold one of them."""
    found: set[ast.AST] = set()

    def visit(node: ast.AST) -> bool:
        hit = node in mentioned
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            for inner in getattr(node, part, ()):
                hit = visit(inner) or hit
        if hit:
            found.add(node)
        return hit

    visit(statement)
    return found
