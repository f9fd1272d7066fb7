"""Comparing what a rewrite left of the statements of a file, pair by pair, so that what is the same costs nothing."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import TypeGuard

from isolator.guard.erasure.chunks import first_line, split_lines
from isolator.guard.erasure.effects.changes import Erased, difference
from isolator.guard.erasure.effects.put_back import lost
from isolator.guard.erasure.erase import Eraser
from isolator.guard.erasure.hoisted import Hoisted
from isolator.guard.erasure.injected import Injected
from isolator.guard.erasure.syntax.attributes import NONE, Attributes, saved_attributes
from isolator.guard.erasure.syntax.module_pairs import as_classes
from isolator.guard.erasure.syntax.nodes import (
    FUNCTIONS,
    SCOPES,
    Environment,
    Function,
    blocks,
    every,
    first_difference,
    own_nodes,
    walk,
)
from isolator.guard.erasure.syntax.operations import registered_function
from isolator.guard.erasure.syntax.scope import ENVIRON, Scope, left_of_import, module_scope
from isolator.guard.kinds import KINDS

_RETURNS_PATCHER = re.compile(r"\breturn\b[^\n]*\bdict\(")
_ASSERTS = re.compile(r"assert|raises$|warns$|fail$")
_WRITTEN_OUT = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict)
_OUTLINED = frozenset({ast.Assert, ast.Call, *SCOPES})
Piece = tuple[ast.stmt, str]


class File:
    """The top-level statements of a file and its lines."""

    def __init__(self, body: list[ast.stmt], lines: list[str]) -> None:
        self.body = body
        self.lines = lines
        self.scope: Scope = module_scope(body)

    @staticmethod
    def read(text: str) -> File:
        """Parse a text; raises what ``ast.parse`` raises."""
        return File(ast.parse(text.removeprefix("\ufeff")).body, split_lines(text))

    @cached_property
    def managers(self) -> frozenset[str]:
        """The names of the context managers in the file that may change the environment."""
        if not any("contextmanager" in line or _returns_patcher(line) for line in self.lines):
            return frozenset()
        found = [f for statement in self.body for _, f in _functions(statement, "")]
        texts = [(f, "\n".join(self.lines[f.lineno - 1 : f.end_lineno])) for f in found]
        managing = {f.name: text for f, text in texts if _is_manager(f, text)}
        aliases = (name for name, meaning in self.scope.table.items() if meaning == ENVIRON)
        words = ["environ", *(word for kind in KINDS for word in kind.WORDS), *aliases]
        mentions = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words))
        return frozenset(name for name, text in managing.items() if mentions.search(text))

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """What the names stand for to which the file gives a value once, written out: ``NAMES = ("HOST", "PORT")``."""
        own = (n for n in own_nodes(self.body) if isinstance(n, ast.Name))
        stored = Counter(n.id for n in own if not isinstance(n.ctx, ast.Load))
        stored.update(name for n in every(self.body) if isinstance(n, ast.Global) for name in n.names)
        given = (s for s in self.body if isinstance(s, ast.Assign) and len(s.targets) == 1)
        once = ((s.targets[0], s.value) for s in given if all(isinstance(n, _WRITTEN_OUT) for n in every([s.value])))
        return {target.id: value for target, value in once if isinstance(target, ast.Name) and stored[target.id] == 1}

    def pieces(self, body: Iterable[ast.stmt]) -> Iterator[Piece]:
        """Statements, each with its text; of imports, what a rewrite must leave alone."""
        for statement in body:
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                yield from ((left, ast.unparse(left)) for left in left_of_import(statement))
            else:
                yield statement, "\n".join(self.lines[first_line(statement) - 1 : statement.end_lineno])


@dataclass(frozen=True)
class Comparison:
    """Two files, and what a rewrite may have added: targets of ``@patch``, variables to unset (None for any).

    ``raising``: it may have changed the ``raising=`` of a ``monkeypatch.delenv``. ``there``: attributes, by their full
    names, that are sure to be there.
    """

    old: File
    new: File
    patched: Collection[str] = ()
    unset: Collection[str] | None = None
    raising: bool = False
    there: Collection[str] = ()

    @cached_property
    def hoisted(self) -> Hoisted:
        """What was hoisted out of decorators so far."""
        return Hoisted(self.old.lines, self.old.scope)

    @cached_property
    def sure(self) -> frozenset[str]:
        """The attributes that are sure to be there: those of which the guard was told, and of classes of the file."""
        classes = (statement for statement in self.new.body if isinstance(statement, ast.ClassDef))
        bound = ((cls.name, n.id) for cls in classes for s in cls.body for n in every([s]) if _binds(n, s))
        return frozenset({*self.there, *(f"{cls}.{name}" for cls, name in bound)})

    def bodies(
        self, was: Iterable[Piece], now: Iterable[Piece], path: str = "", attributes: Attributes = NONE
    ) -> str | None:
        """The first difference between two modules, or the bodies of two classes, statement by statement."""
        was, now = list(was), list(now)
        if not path:
            was = [piece for piece in was if not self._is_needless_patcher(piece[0])]
            was, now = as_classes(was, now)
        for old, new in zip_longest(was, self.hoisted.taken(was, now)):
            if old is None or new is None:
                return describe(old and old[0], new and new[0])
            found = None if old[1] == new[1] else self._pair(old, new, path, attributes)
            if found is not None:
                return found
        return None

    def _is_needless_patcher(self, statement: ast.stmt) -> bool:
        """Whether a statement makes a patcher of constants that the file after does not mention any more.

        ``patched = patch.dict(os.environ, {"A": "1"})``
        """
        match statement:
            case ast.Assign([ast.Name(name)], ast.Call() as call) if self.old.scope.is_patch(call):
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                values = [value for value in given if not self.old.scope.is_environment(value)]
                mentioned = re.compile(rf"\b{re.escape(name)}\b")
                constant = all(isinstance(node, (ast.Dict, ast.Constant)) for node in every(values))
                return constant and not any(map(mentioned.search, self.new.lines))
        return False

    def _pair(self, old: Piece, new: Piece, path: str, attributes: Attributes) -> str | None:
        was, now = old[0], new[0]
        for kind in KINDS if not path else ():
            if any(word in text for word in kind.WORDS for _, text in (old, new)):
                objection: str | None = kind.objection(was, now, self.new.scope, self.sure)
                if objection is not None:
                    return objection
                was, now = kind.translated(was, now, self.old.scope, self.new.scope)
        if isinstance(was, ast.ClassDef) and isinstance(now, ast.ClassDef) and was.name == now.name:
            attributes = saved_attributes(was, now, self.old.scope, self.new.scope, self.new.lines)
            if attributes.saved and (objection := self._lost_of_class(was, now, path, attributes)) is not None:
                return objection
            inner = list(self.old.pieces(was.body))
            rewritten = self.hoisted.taken(inner, self.new.pieces(now.body))
            if len(inner) == len(rewritten):
                heads = copy.copy(was), copy.copy(now)
                heads[0].body, heads[1].body = [], []
                inside = f"{path}.{was.name}".lstrip(".")
                return self._whole(*heads, path, attributes) or self.bodies(inner, rewritten, inside, attributes)
        return self._whole(was, now, path, attributes)

    def _whole(self, was: ast.stmt, now: ast.stmt, path: str, attributes: Attributes) -> str | None:
        """What differs between two statements that are not the same text; both are erased on the way."""
        walked = walk([was]), walk([now])
        for a, b in zip_longest(*map(_outline, walked)):
            if a is None or b is None or a[1] != b[1]:
                return describe(a and a[0], b and b[0])
        injected = Injected(self.patched)
        for function_path, function in _functions(was, path) if self.patched else ():
            injected.note(function, function_path, self.old.scope)
        managers = self.old.managers
        first = Eraser(Injected(), attributes, None, managers, constants=self.old.constants)
        left = first.statement(was, self.old.scope, path, walked[0])
        second = Eraser(injected, attributes, first, managers, self.hoisted, self.unset, self.new.constants)
        found = first_difference(left, second.statement(now, self.new.scope, path, walked[1]))
        if found is not None:
            return describe(found[0], found[1], found[2] or now.lineno)
        for changed in {**first.erased, **second.erased}:
            both = first.at(changed), second.at(changed)
            text = difference(*both, self.unset, self.raising) or self._lost([both[0]], [both[1]])
            if text is not None:
                return f"line {second.at(changed).line}: {changed}: {text}"
        return None

    def _lost_of_class(self, was: ast.ClassDef, now: ast.ClassDef, path: str, attributes: Attributes) -> str | None:
        """What the methods of a class together no longer put back, the tests among them left out."""
        first = Eraser(Injected(), attributes, None, self.old.managers, constants=self.old.constants)
        first.statement(copy.deepcopy(was), self.old.scope, path, walk([was]))
        second = Eraser(Injected(), attributes, first, self.old.managers, self.hoisted, self.unset, self.new.constants)
        second.statement(copy.deepcopy(now), self.new.scope, path, walk([now]))
        before, after = ([e for name, e in side.erased.items() if not _is_test(name)] for side in (first, second))
        found = self._lost(before, after, attributes=True)
        return None if found is None else f"line {now.lineno}: {was.name}: {found}"

    def _lost(self, before: list[Erased], after: list[Erased], attributes: bool = False) -> str | None:
        """What is no longer put back, though nothing in these functions changes it."""
        return next(lost(before, after, attributes=attributes), None)


def _outline(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.AST, str]]:
    """The definitions and assertions among all nodes of a statement: read before anything is erased."""
    registered: set[ast.AST | None] = set()  # which may go with what they put back; erasure sees to the rest
    for node in (n for n in nodes if n.__class__ in _OUTLINED):
        if isinstance(node, ast.Assert):
            yield node, "assert"
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and _ASSERTS.search(node.func.attr):
                yield node, node.func.attr
        elif isinstance(node, SCOPES):
            if isinstance(node, FUNCTIONS):
                registered |= {registered_function(s, node.body) for s in node.body if isinstance(s, ast.Expr)}
            if not _is_fixture(node) and node not in registered:
                yield node, f"{type(node).__name__} {node.name}"


def _is_fixture(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether this is a fixture or a set-up, which may come and go with the changes that it makes."""
    decorated = any(_mentions_fixture(d) for d in node.decorator_list)
    return decorated or node.name.lower().startswith(("setup", "teardown", "asyncsetup", "asyncteardown"))


def _mentions_fixture(decorator: ast.expr) -> bool:
    """Whether the word stands in a decorator; of the parts of most none does, which saves writing these out."""
    written = [value for node in every([decorator]) for value in vars(node).values()]
    return any("fixture" in str(v) for v in written if isinstance(v, (str, bytes))) and "fixture" in ast.unparse(
        decorator
    )


def _is_manager(function: Function, text: str) -> bool:
    """Whether a call of the function stands in ``with``: it is decorated so, or returns a ``patch.dict``."""
    decorated = any("contextmanager" in ast.unparse(d) for d in function.decorator_list)
    return decorated or _returns_patcher(text)


def _is_test(path: str) -> bool:
    """Whether a method is a test by its name."""
    return path.rpartition(".")[2].startswith("test")


def _binds(node: ast.AST, statement: ast.stmt) -> TypeGuard[ast.Name]:
    """Whether a node is a name that a plain statement in the body of a class gives a value."""
    plain = isinstance(statement, (ast.Assign, ast.AnnAssign))
    return plain and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _returns_patcher(text: str) -> bool:
    return "dict(" in text and _RETURNS_PATCHER.search(text) is not None


def _functions(statement: ast.AST, path: str) -> Iterator[tuple[str, Function]]:
    """The functions of a top-level statement that are not inside another, each with its path."""
    if isinstance(statement, SCOPES):
        path = f"{path}.{statement.name}".lstrip(".")
    if isinstance(statement, FUNCTIONS):
        yield path, statement
        return
    for owner, field in blocks(statement):
        for inner in getattr(owner, field):
            yield from _functions(inner, path)


def describe(was: object, now: object, line: int | None = None) -> str:
    """One line about a pair of parts that differ: the line in the rewritten file, and what became what."""
    where = f"line {getattr(now, 'lineno', line) or 1}"
    if isinstance(was, Environment) or isinstance(now, Environment):
        return f"{where}: the environment would differ"
    if _shown(was) == _shown(now) == "a value":
        return f"{where}: a name or a constant differs"
    if now is None and isinstance(was, ast.stmt):
        return f"line {was.lineno} of the original: {_shown(was)} became nothing"
    return f"{where}: {_shown(was)} became {_shown(now)}"


def _shown(part: object) -> str:
    """A part of a tree in a few words: its kind, and its name if it has one; never a value."""
    if part is None or isinstance(part, (str, int, float, bytes, list)):
        return "nothing" if part is None else "a value"
    name = getattr(part, "name", None) or getattr(part, "id", None) or getattr(part, "attr", None)
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])|Def$", " ", type(part).__name__).strip().lower()
    return f"{kind} {name}" if isinstance(name, str) else kind
