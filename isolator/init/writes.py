"""Which environment variables tests write, and how."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.context import Context
from codemods.python.names import Names, walk
from codemods.python.source import Source, is_on
from codemods.state.expressions.scope import Scope
from codemods.state.kinds import environ
from codemods.state.model.kind import Spelling, spelling_in
from codemods.suite.hosts import hosts

MAY_WRITE = re.compile(rb"\benviron\b|\b(?:set|del)env\b")
_SPOKEN_OF = r"\benviron\b|\b(?:set|del)env\b|\bpatch\b"
_BY_KEY = frozenset({"pop", "setdefault", "__setitem__", "__delitem__"})
# What pytest and coverage set for themselves is theirs to restore.
_NOT_OURS = re.compile(r"(PYTEST|COV_CORE|COVERAGE)_")


@dataclass(frozen=True)
class Write:
    """A variable that is set or unset inside a function; ``by_pytest`` says that monkeypatch restores it."""

    variable: str
    file: str
    line: int
    by_pytest: bool


def writes(source: Source, context: Context) -> Iterator[Write]:
    """The writes in a file, and in the decorators of its classes; not what runs when the file is imported."""
    source = source.focused(environ.KIND)
    aliases = [name for name, meant in source.names.table.items() if meant == environ.ENVIRON]
    spoken_of = re.compile("|".join((_SPOKEN_OF, *(rf"\b{name}\b" for name in aliases))))
    lines = [number for number, line in enumerate(source.lines, 1) if spoken_of.search(line)]
    for host in hosts(source, context):
        if is_on(host.function, lines):
            yield from _in_scope([host.function], Scope(source, host.names))
    classes = [node for node in walk(source.tree) if isinstance(node, ast.ClassDef)]
    yield from _in_scope([d for c in classes for d in c.decorator_list], Scope(source, source.names))


def _in_scope(trees: Sequence[ast.AST], scope: Scope) -> Iterator[Write]:
    spelling = spelling_in(scope)
    for tree in trees:
        for node in walk(tree):
            for key, by_pytest in _keys(node, spelling):
                name = constant_text(key, scope.names) if isinstance(key, ast.expr) else key
                if name and name.isprintable() and "=" not in name and not _NOT_OURS.match(name):
                    yield Write(name, scope.source.path, getattr(node, "lineno", 0), by_pytest)


def _keys(node: ast.AST, spelling: Spelling) -> Iterator[tuple[ast.expr | str, bool]]:
    """The keys that one expression or statement writes, each with whether monkeypatch does."""
    scope = spelling.scope
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and scope.is_container(node.value):
        yield node.slice, False
    elif isinstance(node, ast.AugAssign) and scope.is_container(node.target):
        yield from ((key, False) for key in _given([node.value], []))
    elif isinstance(node, ast.Call):
        patch = spelling.patch_call(node)
        if patch is not None:
            rest = [k for k in patch.keywords if k.arg not in ("in_dict", "clear", "values")]
            values = [*patch.args[1:2], *(k.value for k in patch.keywords if k.arg == "values")]
            yield from ((key, False) for key in _given(values, rest))
        elif isinstance(node.func, ast.Attribute):
            yield from _by_method(node.func, node, scope)


def _by_method(function: ast.Attribute, call: ast.Call, scope: Scope) -> Iterator[tuple[ast.expr | str, bool]]:
    first = call.args[:1]
    if function.attr in ("setenv", "delenv"):
        yield from ((key, True) for key in first)
    elif function.attr in ("setitem", "delitem") and first and scope.is_container(first[0]):
        yield from ((key, True) for key in call.args[1:2])
    elif scope.is_container(function.value) and function.attr in _BY_KEY:
        yield from ((key, False) for key in first)
    elif scope.is_container(function.value) and function.attr == "update":
        yield from ((key, False) for key in _given(first, call.keywords))


def _given(values: list[ast.expr], keywords: list[ast.keyword]) -> Iterator[ast.expr | str]:
    """The keys of a mapping and of keywords, if they are written out."""
    for value in values:
        if isinstance(value, ast.Dict):
            yield from (key for key in value.keys if key is not None)
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "dict":
            yield from _given(value.args, value.keywords)
    yield from (keyword.arg for keyword in keywords if keyword.arg)


def constant_text(node: ast.expr, names: Names) -> str | None:
    """The string that an expression is, or that its name was given once; None if that cannot be told."""
    if isinstance(node, ast.Name):
        node = names.values.get(node.id, node)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
