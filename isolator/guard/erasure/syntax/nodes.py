"""Small tools over ``ast``: walking, replacing and comparing trees. None of them recurses into expressions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from isolator.guard.erasure.effects.states import State

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
_BLOCK_FIELDS = ("body", "orelse", "finalbody", "handlers", "cases")
# How a constant was written and which way a name is used follow from the rest of the tree.
_IGNORED = {"ctx", "kind", "type_comment", "type_ignores"}


class _Table(dict[type[ast.AST], tuple[str, ...]]):
    """Fields of each kind of node, found when the kind is first met."""

    def __init__(self, fields: Callable[[type[ast.AST]], Iterable[str]]) -> None:
        super().__init__()
        self.fields = fields

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        found = self[kind] = tuple(self.fields(kind))
        return found


def _inner(kind: type[ast.AST]) -> list[str]:
    return [f for f in kind._fields if f not in _EMPTY and (kind, f) != (ast.Constant, "value")]


# The fields that hold nodes, forwards and backwards, those that are compared, and those that hold statements.
_INNER = _Table(_inner)
_BACKWARDS = _Table(lambda kind: reversed(_inner(kind)))
_COMPARED = _Table(lambda kind: (f for f in kind._fields if f not in _IGNORED))
_BLOCKS = _Table(lambda kind: (f for f in _BLOCK_FIELDS if f in kind._fields))
_TRIES = frozenset({ast.Try, getattr(ast, "TryStar", ast.Try)})
# Lists in these may hold None; in ``{key(): value(), …}`` each key is computed in front of its value.
_SPARSE = frozenset({ast.Dict, ast.arguments})
_CLOSED = frozenset(SCOPES)
_LAMBDA = frozenset({ast.Lambda})
_NAMES = (ast.Name, ast.Attribute)

# Among the steps of an Environment: it stands at the head of a function.
HEAD = "head"


@dataclass(frozen=True, slots=True)
class Undo:
    """Among the steps of an Environment: these changes are taken back, if they were made."""

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
    kind = node.__class__
    if kind is ast.Dict:
        return [part for pair in zip(node.keys, node.values, strict=True) for part in pair if part is not None]  # type: ignore[attr-defined]
    found: list[ast.AST] = []
    for field in _INNER[kind]:
        value = getattr(node, field, None)
        if value.__class__ is list:
            found += [v for v in value if v is not None] if kind in _SPARSE else value
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def merged(first: Environment, second: Environment) -> Environment:
    """One change for two."""
    return Environment(second.lineno, (*first.steps, *second.steps))


def own_nodes(body: Iterable[ast.AST]) -> list[ast.AST]:
    """The nodes of some statements in the order of the file, without the insides of nested functions and classes."""
    return _in_order(body, _CLOSED)


def own_among(function: Function, nodes: Sequence[ast.AST]) -> list[ast.AST]:
    """The nodes that ``own_nodes`` finds in the body of a function, which are looked up in all that it consists of."""
    if any(node.__class__ in _CLOSED for node in nodes[1:]):
        return own_nodes(function.body)
    after_body = children(function)[1 + len(function.body) :]
    return list(nodes[1 + len(every([function.args])) : len(nodes) - len(every(after_body))])


def computed(parts: Iterable[ast.AST]) -> list[ast.AST]:
    """The nodes of some expressions in the order of the file, without the insides of a ``lambda``."""
    return _in_order(parts, _LAMBDA)


def walk(body: Iterable[ast.AST]) -> list[ast.AST]:
    """Every node of some statements, in the order of the file except decorators, which come after the body."""
    return _in_order(body, frozenset())


def _in_order(body: Iterable[ast.AST], closed: frozenset[type[ast.AST]]) -> list[ast.AST]:
    """The nodes of some statements in the order of the file; of nodes of the ``closed`` kinds only the heads."""
    found: list[ast.AST] = []
    todo = list(body)[::-1]
    while todo:
        node = todo.pop()
        found.append(node)
        kind = node.__class__
        fields = _BACKWARDS[kind]
        if not fields:
            continue
        if kind in closed or kind in _SPARSE:
            todo += (_head(node) if kind in closed else children(node))[::-1]
            continue
        for field in fields:
            value = getattr(node, field, None)
            if value.__class__ is list:
                todo += value[::-1]
            elif isinstance(value, ast.AST):
                todo.append(value)
    return found


def _head(node: ast.AST) -> list[ast.AST]:
    """What is computed where a function or class is defined, its decorators first."""
    if isinstance(node, FUNCTIONS):
        return [*node.decorator_list, node.args]
    return [*node.decorator_list, *node.bases, *node.keywords] if isinstance(node, ast.ClassDef) else []


def every(body: Iterable[ast.AST], limit: int | None = None) -> list[ast.AST]:
    """Every node of some statements, from the outside in: for questions to which the order does not matter.

    With a ``limit`` it may be no more than that many of them and a few.
    """
    found = list(body)
    for node in found:  # which grows meanwhile
        if limit is not None and len(found) >= limit:
            break
        kind = node.__class__
        for field in _INNER[kind]:
            value = getattr(node, field, None)
            if value.__class__ is list:
                found += [v for v in value if v is not None] if kind in _SPARSE else value
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def names_in(body: Iterable[ast.AST]) -> list[ast.Name]:
    """Every name in some statements, in no particular order."""
    return [node for node in every(body) if node.__class__ is ast.Name]


def blocks(statement: ast.AST) -> list[tuple[ast.AST, str]]:
    """The statement lists of a compound statement, each as its owner and the name of the field."""
    found: list[tuple[ast.AST, str]] = []
    for field in _BLOCKS[statement.__class__]:
        if field in ("handlers", "cases"):
            found += [(part, "body") for part in getattr(statement, field)]
        elif isinstance(getattr(statement, field), list):
            found.append((statement, field))
    return found


def statements(body: Iterable[ast.stmt], nested: bool = False) -> Iterator[ast.stmt]:
    """Statements and those inside them, without any expression; inside functions and classes too if ``nested``."""
    for statement in body:
        yield statement
        if is_compound(statement) and (nested or not isinstance(statement, SCOPES)):
            for owner, field in blocks(statement):
                yield from statements(getattr(owner, field), nested)


def is_try(statement: ast.AST) -> TypeGuard[ast.Try]:
    """Whether a statement is a ``try``, with ``except`` or with ``except*``."""
    return statement.__class__ in _TRIES


def is_compound(statement: ast.AST) -> bool:
    """Whether a statement holds others."""
    return bool(_BLOCKS[statement.__class__])


def replace_names(nodes: Iterable[ast.AST], replacement: Callable[[ast.Name | ast.Attribute], ast.expr | None]) -> None:
    """Replace the names and attributes directly inside the nodes by what ``replacement`` returns, unless it is None."""
    for node in nodes:
        for field in _INNER[node.__class__]:
            value = getattr(node, field, None)
            if isinstance(value, _NAMES):
                new = replacement(value)
                if new is not None:
                    setattr(node, field, new)
            elif value.__class__ is list and field != "body":
                for index, part in enumerate(value):
                    new = replacement(part) if isinstance(part, _NAMES) else None
                    if new is not None:
                        value[index] = new


def substitute(expression: ast.expr, values: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of an expression in which names are replaced by expressions; itself if none of them is in it."""
    if not values or not any(n.id in values for n in names_in([expression])):
        return expression

    def value(node: ast.Name | ast.Attribute) -> ast.expr | None:
        return values.get(node.id) if isinstance(node, ast.Name) else None

    holder = ast.Expr(copy.deepcopy(expression))
    replace_names(own_nodes([holder]), value)
    return holder.value


def names_loaded(body: Iterable[ast.AST]) -> set[str]:
    """The names that some statements read, in nested functions too."""
    return {n.id for n in names_in(body) if n.ctx.__class__ is ast.Load}


def names_stored(statement: ast.AST) -> set[str]:
    """The names that a statement binds."""
    return {n.id for n in names_in([statement]) if n.ctx.__class__ is not ast.Load}


def text(node: ast.expr | None) -> str:
    """An expression as text."""
    if isinstance(node, ast.Constant) and node.value.__class__ is str and not node.kind:
        return repr(node.value)  # as ``ast.unparse`` writes it
    if isinstance(node, ast.Name):
        return node.id
    return ast.unparse(node) if node else ""


def dump(tree: ast.AST) -> str:
    """A text that is the same for trees that are the same, of any depth."""
    found: list[str] = []
    todo = [tree]
    for node in todo:  # which grows meanwhile
        if isinstance(node, ast.Name):
            found.append(f"Name {node.id} {type(getattr(node, 'ctx', None)).__name__}")
            continue
        found.append(node.__class__.__name__)
        for field in node._fields:
            value = getattr(node, field, None)
            items = value if isinstance(value, list) else [value]
            todo += [item for item in items if isinstance(item, ast.AST)]
            found.append(" ".join(["*" if isinstance(item, ast.AST) else repr(item) for item in items]))
    return "\n".join(found)


def first_difference(before: object, after: object) -> tuple[object, object, int | None] | None:
    """The first pair of parts that differ and the line of ``after`` they stand on; None if the trees are the same."""
    todo: list[tuple[object, object, int | None]] = [] if _same(before, after) else [(before, after, None)]
    while todo:
        old, new, line = todo.pop()
        if old is new:
            continue
        line = getattr(new, "lineno", line)
        if type(old) is not type(new):
            return old, new, line
        if isinstance(old, Environment) and isinstance(new, Environment):
            if not _alike(old, new):
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


def _same(before: object, after: object) -> bool:
    """Whether two trees are the same for certain: all that has to be known of most of them."""
    olds, news = [before], [after]
    for old, new in zip(olds, news, strict=True):  # which grow meanwhile
        if old.__class__ is not new.__class__:
            return False
        if isinstance(old, ast.AST) and not isinstance(old, Environment):
            for field in _COMPARED[old.__class__]:
                was, now = getattr(old, field, None), getattr(new, field, None)
                if was is not now:
                    olds.append(was)
                    news.append(now)
        elif not _alike(old, new):
            return False
        elif isinstance(old, list) and isinstance(new, list):
            olds += old
            news += new
    return True


def _alike(old: object, new: object) -> bool:
    """Whether two parts of one kind, other than nodes of the file, are the same; of lists only the length counts."""
    if isinstance(old, Environment) and isinstance(new, Environment):
        return old.state is None or new.state is None or old.state.looks_like(new.state)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new)
    return repr(old) == repr(new)


def _paired(old: list[object], new: list[object]) -> list[tuple[object, object]]:
    """The elements of two lists side by side, up to the first that one of them has alone."""
    shared = min(len(old), len(new))
    pairs = list(zip(old[:shared], new[:shared], strict=True))
    if len(old) == len(new):
        return pairs
    return [*pairs, (old[shared] if len(old) > shared else None, new[shared] if len(new) > shared else None)]
