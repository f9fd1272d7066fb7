"""Attributes of an instance that hold saved values of the environment: a set-up fills them for the tear-down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from isolator.guard.erasure.syntax.kept import new_or_kept
from isolator.guard.erasure.syntax.module_pairs import is_pair
from isolator.guard.erasure.syntax.nodes import FUNCTIONS, own_nodes, walk
from isolator.guard.erasure.syntax.operations import is_save
from isolator.guard.erasure.syntax.scope import MONKEYPATCH, PATCHER, Scope, spelled

_TEST_CASES = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase")
_BASE_CALLS = re.compile(r"(await )?super\(\)\.(async)?(set|tear)(Up|Down)(Class)?\(\)", re.IGNORECASE)


@dataclass(frozen=True)
class Attributes:
    """The attributes of one class: those ``saved``, as ``self.name``, and those that nothing reads after the rewrite.

    ``patchers`` are attributes that hold a patcher of the environment, with the call that made it. ``plain``: the
    class derives from TestCase itself, whose own set-up and tear-down do nothing. ``kept`` are attributes that hold a
    MonkeyPatch after the rewrite, and ``undoing`` the tear-downs that undo these.
    """

    saved: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    patchers: tuple[tuple[str, ast.Call], ...] = ()
    plain: bool = False
    kept: frozenset[str] = frozenset()
    undoing: frozenset[str] = frozenset()

    def within(self, scope: Scope) -> Scope:
        """The names of a module, as the methods of the class see them."""
        if not self.patchers and not self.kept:
            return scope
        names = dict.fromkeys((name for name, _ in self.patchers), PATCHER) | dict.fromkeys(self.kept, MONKEYPATCH)
        return Scope({**scope.table, **names}, {**scope.patchers, **dict(self.patchers)}, scope.takers)


NONE = Attributes()


def saved_attributes(
    was: ast.ClassDef, now: ast.ClassDef, scope: Scope, now_scope: Scope, lines: Sequence[str]
) -> Attributes:
    """The attributes of a class; ``lines`` are all lines of the file after the rewrite, which contains ``now``."""
    found = new_or_kept(was, now, scope, now_scope)
    attributes = Attributes(kept=frozenset(name for name, _ in found), undoing=frozenset(undo for _, undo in found))
    assigned = list(_assigned(was, scope))
    saved = frozenset(name for name, value, inner in assigned if _reads(value, inner))
    plain = bool(was.bases) and all(scope.dotted(base) in _TEST_CASES for base in was.bases)
    patchers = tuple((n, v) for n, v, inner in assigned if isinstance(v, ast.Call) and inner.is_patch(v))
    if not saved:
        return replace(attributes, patchers=patchers, plain=plain)
    read = {n.attr for n in walk([now]) if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Store)}
    others = "\n".join([*lines[: now.lineno - 1], "pass", *lines[now.end_lineno or now.lineno :]])
    is_global = is_pair(now)
    read |= {n.id for n in walk([now]) if isinstance(n, ast.Name)} if is_global else set()
    left = (name for name in saved if name.split(".")[1] not in read)
    unread = (name for name in left if not _read_in(others, name, is_global=is_global))
    return replace(attributes, saved=saved, unread=frozenset(unread), patchers=patchers, plain=plain)


def _assigned(cls: ast.ClassDef, scope: Scope) -> Iterator[tuple[str, ast.expr, Scope]]:
    """The attributes that the methods of a class assign, the values, and the scope of each."""
    for function in cls.body:
        if isinstance(function, FUNCTIONS):
            nodes = own_nodes(function.body)
            inner = scope.inside(function, nodes)
            for node in nodes:
                for target, value in _bound(node):
                    name = spelled(target) or ""
                    if re.fullmatch(r"(self|cls)\.\w+", name):
                        yield name, value, inner


def _bound(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """The target and value of an assignment with one target; for a tuple, those of each part."""
    match node:
        case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
            return list(zip(targets, values, strict=True))
        case ast.Assign([target], value) | ast.AnnAssign(target, _, ast.expr() as value):
            return [(target, value)]
    return []


def _reads(value: ast.expr, scope: Scope) -> bool:
    popped = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "pop"
    return is_save(value, scope) or (popped and scope.is_environment(getattr(value, "func").value))  # noqa: B009


def _read_in(text: str, name: str, *, is_global: bool) -> bool:
    """Whether a top-level statement reads an attribute of that name without setting one itself.

    ``is_global``: it is one of the module, and so read as a name.
    """
    attribute = re.escape(name.partition(".")[2])
    if is_global and re.search(rf"(?<![\w.]){attribute}\b", text):
        return True
    mentions = (part for part in re.split(r"^(?=\S)", text, flags=re.MULTILINE) if re.search(rf"\.{attribute}\b", part))
    return any(not re.search(rf"\.{attribute}\s*(,[^\n()]*)?=[^=]", part) for part in mentions)


def calls_base(node: ast.stmt) -> bool:
    """Whether a statement does nothing but call the set-up or tear-down of the base class."""
    return isinstance(node, ast.Expr) and _BASE_CALLS.fullmatch(ast.unparse(node)) is not None
