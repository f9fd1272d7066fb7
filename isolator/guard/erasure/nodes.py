"""Small tools over ``ast``: walking, replacing and comparing trees. None of them recurses into expressions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from isolator.guard.erasure.states import State

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef)
# Fields that hold names or operators, which hold no nodes of interest; nothing of ``Global`` is one.
_EMPTY = frozenset(
    {
        *("ctx", "id", "attr", "arg", "name", "names", "module", "level", "op", "ops", "kind", "type_comment"),
        "kwd_attrs",
    }
)
_INNER: dict[type[ast.AST], tuple[str, ...]] = {}
_BLOCKS: dict[type[ast.AST], tuple[str, ...]] = {}
# How a constant was written and which way a name is used follow from the rest of the tree.
_IGNORED = {"ctx", "kind", "type_comment", "type_ignores"}


# Among the steps of an Environment: it stands at the head of a function.
HEAD = "head"


@dataclass(frozen=True)
class Undo:
    """Among the steps of an Environment: these changes are taken back, as far as they were made."""

    changes: tuple[object, ...]


class Environment(ast.stmt):
    """Stands where the environment changes, or may have changed back.

    ``steps`` says how, in this order. ``state`` is what the environment is then, filled in when the names of the whole
    function are known.
    """

    _fields = ()

    def __init__(self, line: int, steps: tuple[object, ...] = ()) -> None:
        super().__init__()
        self.lineno = line
        self.steps = steps
        self.state: State | None = None


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside a node, in the order of the file.

    ``ast.iter_child_nodes`` for a hot loop: contexts and operators, which hold nothing, are left out.
    """
    kind = type(node)
    if kind is ast.Dict:  # {key(): value(), …} computes each key in front of its value
        return [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]  # type: ignore[attr-defined]
    fields = _INNER.get(kind)
    if fields is None:
        fields = _INNER[kind] = tuple(
            f for f in node._fields if f not in _EMPTY and (kind, f) != (ast.Constant, "value")
        )
    found: list[ast.AST] = []
    for field in fields:
        value = getattr(node, field, None)
        if value.__class__ is list:
            found += [v for v in value if isinstance(v, ast.AST)] if None in value else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def merged(first: Environment, second: Environment) -> Environment:
    """One change for two."""
    return Environment(second.lineno, (*first.steps, *second.steps))


def own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of some statements in the order of the file, without the insides of nested functions and classes."""
    todo = list(body)[::-1]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            todo += [node.args, *node.decorator_list[::-1]]
        elif isinstance(node, ast.ClassDef):
            todo += [*node.keywords[::-1], *node.bases[::-1], *node.decorator_list[::-1]]
        else:
            todo += children(node)[::-1]


def walk(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every node of some statements, in the order of the file but for decorators, which come behind the body."""
    todo = list(body)[::-1]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)[::-1]


def blocks(statement: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The statement lists of a compound statement, each as its owner and the name of the field."""
    fields = _BLOCKS.get(type(statement))
    for field in _blocks_of(type(statement)) if fields is None else fields:
        if field in ("handlers", "cases"):
            yield from ((part, "body") for part in getattr(statement, field))
        elif isinstance(getattr(statement, field), list):
            yield statement, field


def _blocks_of(kind: type[ast.AST]) -> tuple[str, ...]:
    fields = _BLOCKS[kind] = tuple(f for f in ("body", "orelse", "finalbody", "handlers", "cases") if f in kind._fields)
    return fields


def statements(body: Iterable[ast.stmt], nested: bool = False) -> Iterator[ast.stmt]:
    """Statements and those inside them, without any expression; inside functions and classes too if ``nested``."""
    for statement in body:
        yield statement
        if nested or not isinstance(statement, SCOPES):
            for owner, field in blocks(statement):
                yield from statements(getattr(owner, field), nested)


def is_try(statement: ast.AST) -> TypeGuard[ast.Try]:
    """Whether a statement is a ``try``, with ``except`` or with ``except*``."""
    return type(statement).__name__ in ("Try", "TryStar")


def replace_expressions(nodes: Iterable[ast.AST], replacement: Callable[[ast.expr], ast.expr | None]) -> None:
    """Replace the expressions directly inside the nodes by what ``replacement`` returns for them, unless it is None."""
    for node in nodes:
        for field in _INNER.get(type(node), node._fields):
            value = getattr(node, field, None)
            if isinstance(value, ast.expr):
                new = replacement(value)
                if new is not None:
                    setattr(node, field, new)
            elif value.__class__ is list and not (field == "body" and isinstance(node, SCOPES)):
                for index, part in enumerate(value):
                    new = replacement(part) if isinstance(part, ast.expr) else None
                    if new is not None:
                        value[index] = new


def substitute(expression: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression in which names are replaced by expressions; itself if none of them is in it."""
    if not values or not any(isinstance(n, ast.Name) and n.id in values for n in walk([expression])):
        return expression

    def value(node: ast.expr) -> ast.expr | None:
        return values.get(node.id) if isinstance(node, ast.Name) else None

    holder = ast.Expr(copy.deepcopy(expression))
    replace_expressions(list(own_nodes([holder])), value)
    return holder.value


def names_loaded(body: Iterable[ast.AST]) -> set[str]:
    """The names that some statements read, in nested functions too."""
    return {n.id for n in walk(body) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def names_stored(statement: ast.AST) -> set[str]:
    """The names that a statement binds."""
    return {n.id for n in walk([statement]) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}


def dump(tree: ast.AST) -> str:
    """``ast.dump`` for expressions of any depth."""
    found: list[str] = []
    todo: list[ast.AST | str] = [tree]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            found.append(part)
            continue
        inner: list[ast.AST | str] = [f"{type(part).__name__}("]
        for field in part._fields:
            value = getattr(part, field, None)
            if isinstance(value, ast.AST):
                inner += [f"{field}=", value, ", "]
            elif isinstance(value, list):
                items = (item if isinstance(item, ast.AST) else repr(item) for item in value)
                inner += [f"{field}=[", *(each for item in items for each in (item, ", ")), "], "]
            elif value is not None or isinstance(part, ast.Constant):
                inner.append(f"{field}={value!r}, ")
        todo += [*inner, ")"][::-1]
    return "".join(found)


def first_difference(before: object, after: object) -> tuple[object, object, int | None] | None:
    """The first pair of parts that differ and the line of ``after`` they stand on; None if the trees are the same."""
    todo: list[tuple[object, object, int | None]] = [(before, after, None)]
    while todo:
        old, new, line = todo.pop()
        if old is new:
            continue
        line = getattr(new, "lineno", line)
        if type(old) is not type(new):
            return old, new, line
        if isinstance(old, Environment) and isinstance(new, Environment):
            if old.state is not None and new.state is not None and not old.state.looks_like(new.state):
                return old, new, line
            continue
        if isinstance(old, ast.AST):
            fields = [field for field in reversed(old._fields) if field not in _IGNORED]
            todo += [(getattr(old, field, None), getattr(new, field, None), line) for field in fields]
        elif isinstance(old, list) and isinstance(new, list):
            todo += [(a, b, line) for a, b in _paired(old, new)][::-1]
        elif repr(old) != repr(new):
            return old, new, line
    return None


def _paired(old: list[object], new: list[object]) -> list[tuple[object, object]]:
    """The elements of two lists side by side, up to the first that one of them has alone."""
    shared = min(len(old), len(new))
    pairs = list(zip(old[:shared], new[:shared], strict=True))
    if len(old) == len(new):
        return pairs
    return [*pairs, (old[shared] if len(old) > shared else None, new[shared] if len(new) > shared else None)]
