"""Whether a name in a text, which is not parsed as a whole, means what the module means by it.

Only the functions that hold the names are parsed, cut out by their indentation. Where that does
not come out as Python, or the name may be another one for something of the module, the answer is
yes.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from codemods.python.names import Function, own_nodes, parameters, walk

_DEFINITION = re.compile(r"\n([ \t]*)(?:async[ \t]+)?def[ \t]")
_SETTERS = frozenset({"setattr", "delattr"})
_LONGEST = 3  # dedented lines, of strings mostly, at which a function is assumed to continue


class Functions:
    """The functions of a text that begins with a newline."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parsed: dict[int, tuple[int, ast.stmt] | None] = {}

    @cached_property
    def _begun(self) -> list[tuple[int, int]]:
        """Where the functions begin, and how far they are indented."""
        found = _DEFINITION.finditer(self.text)
        return [(match.start(), match.end(1) - match.start(1)) for match in found]

    def may_see(self, name: str, at: int, targets: tuple[type[ast.expr], ...]) -> bool:
        """Whether a name at a place may be what the module means by it; ``targets`` are what is
        written there: attributes or items, or calls of a method.
        """
        parsed = self._around(at)
        return parsed is None or _Writes(name, targets).are_in(parsed, outer=True)

    def _around(self, at: int) -> ast.stmt | None:
        """The outermost function around a place; None if there is none, or it cannot be told."""
        line = self.text.rfind("\n", 0, at) + 1
        indent = len(self.text[line:at]) - len(self.text[line:at].lstrip(" \t"))
        found = None
        for start, column in reversed(self._begun):
            if start < at and column < indent:
                parsed = self._function(start, column)
                if parsed is None or parsed[0] <= at:
                    return found
                found, indent = parsed[1], column
        return found

    def _function(self, start: int, column: int) -> tuple[int, ast.stmt] | None:
        """The end and the tree of the function that begins at a place."""
        if start not in self._parsed:
            self._parsed[start] = next(self._tried(start, column), None)
        return self._parsed[start]

    def _tried(self, start: int, column: int) -> Iterator[tuple[int, ast.stmt]]:
        # A function ends before the next line that is indented no more than it is:
        #     def test_it():
        #         run("""
        # a string that goes on here""")
        ends = re.compile(rf"\n[ \t]{{0,{column}}}(?=[^\s#)\]}}])")
        end = start + 1
        for _ in range(_LONGEST):
            match = ends.search(self.text, end)
            end = match.start() if match else len(self.text)
            tree = _parsed(self.text[start:end], nested=column > 0)
            if tree is not None:
                yield end, tree
            if match is None:
                return
            end += 1


@dataclass(frozen=True)
class _Writes:
    """Writes to what is reached through a name."""

    name: str
    targets: tuple[type[ast.expr], ...]

    def are_in(self, scope: ast.AST, *, outer: bool) -> bool:
        """Whether a function or class writes to what the name stands for outside of it; ``outer``:
        whether the name means what the module means by it around it.
        """
        meant = _meant(scope, self.name)
        inside = outer if meant is None else meant
        body: list[ast.AST] = [*getattr(scope, "body", ())]
        nodes = list(own_nodes(body))
        if inside and any(map(self._is_one, nodes)):
            return True
        below = outer if isinstance(scope, ast.ClassDef) else inside
        return any(self.are_in(node, outer=below) for node in nodes if isinstance(node, _SCOPES))

    def _is_one(self, node: ast.AST) -> bool:
        """Whether a node sets or deletes an attribute or an item, or calls a method."""
        match node:
            case ast.Lambda():
                return any(map(self._is_one, walk(node.body)))
            case ast.Attribute(_, _, ast.Store() | ast.Del()) | ast.Subscript(
                _, _, ast.Store() | ast.Del()
            ):
                return isinstance(node, self.targets) and _root(node) == self.name
            case ast.Call(ast.Attribute(owner)) if ast.Call in self.targets:
                return _root(owner) == self.name
            case ast.Call(function, arguments):
                named = [n.id for n in (function, *arguments[:1]) if isinstance(n, ast.Name)]
                setting = not _SETTERS.isdisjoint(named)
                return setting and self.name in map(_root, arguments[:2])
        return False


def _parsed(text: str, *, nested: bool) -> ast.stmt | None:
    """The function that a text consists of."""
    code = ("if 1:" if nested else "") + text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # the code is not ours to warn about
            [statement] = ast.parse(code.encode("latin-1")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return statement.body[0] if isinstance(statement, ast.If) else statement


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _meant(scope: ast.AST, name: str) -> bool | None:
    """Whether a scope lets a name mean something of the module; None if it says nothing."""
    found = [False] if isinstance(scope, Function) and name in parameters(scope) else []
    for node in own_nodes(getattr(scope, "body", ())):
        found += _bound(node, name)
    return any(found) if found else None


def _bound(node: ast.AST, name: str) -> list[bool]:
    """Whether a node assigns a name, and then, whether to what may outlive the function."""
    match node:
        case ast.Global(names) if name in names:
            return [True]
        case ast.Import(names) | ast.ImportFrom(_, names):
            bound = [alias.asname or alias.name.partition(".")[0] for alias in names]
            return [True] if name in bound else []
        case ast.Assign(targets, ast.Name() | ast.Attribute() as value):
            # `settings = app.settings` stands for what is there, `client = self.client` does not.
            outlives = _root(value) not in ("", "self", "cls")
            return [outlives] if any(_names(target, name) for target in targets) else []
        case ast.Assign(targets):
            return [False] if any(_names(target, name) for target in targets) else []
        case ast.Name(bound, ast.Store() | ast.Del()) if bound == name:
            return [False]
        case ast.FunctionDef(bound) | ast.AsyncFunctionDef(bound) | ast.ClassDef(bound):
            return [False] if bound == name else []
        case ast.ExceptHandler(_, bound) if bound == name:
            return [False]
    return []


def _names(target: ast.AST, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name
