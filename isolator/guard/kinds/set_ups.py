"""Fixtures that do what another test does, and the lines by which tests ask for them: what a rewrite may add.

They are removed from the text after the rewrite, with the imports that they need; the rest is compared as usual. New
functions are removed only if they are exactly one of the given texts, and decorators only if they are
``@pytest.mark.usefixtures`` with just the name of such a fixture, new or not.
"""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator

from isolator.guard.erasure.chunks import first_line
from isolator.guard.erasure.syntax.scope import Scope, imported, module_scope

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_set_ups(before: str, after: str, texts: Collection[str]) -> str:
    """The text after a rewrite without the fixtures, the decorators that ask for them, and their imports.

    Each line keeps its number, which messages name. Raises what ``ast.parse`` does for what is not Python.
    """
    old, new = ast.parse(before.removeprefix("\ufeff")), ast.parse(after.removeprefix("\ufeff"))
    was, lines = dict(_functions(old.body)), io.StringIO(after, newline="").readlines()
    shown = {ast.dump(ast.parse(text).body[0]): text for text in texts}
    scope, names = module_scope(new.body), set()
    for path, function in _functions(new.body):
        name = function.name
        if path in was and ast.dump(was[path]) in shown:
            names.add(name)
        elif path not in was and ast.dump(function) in shown and not re.search(rf"\b{name}\b", before):
            names.add(name)
            _cut(lines, first_line(function), function.end_lineno or function.lineno)
    for path, function in _functions(new.body):
        if path in was:
            _without_mark(function, was[path], names, scope, lines)
    _without_imports(old, new, " ".join(texts), lines)
    return "".join(lines)


def _without_mark(function: _Function, was: _Function, names: set[str], scope: Scope, lines: list[str]) -> None:
    known = Counter(map(ast.dump, was.decorator_list))
    for decorator in function.decorator_list:
        known[ast.dump(decorator)] -= 1
        match decorator:
            case ast.Call(mark, [ast.Constant(str(name))], []) if name in names:
                added = known[ast.dump(decorator)] < 0
                if added and scope.dotted(mark) == "pytest.mark.usefixtures":
                    _cut(lines, decorator.lineno, decorator.end_lineno or decorator.lineno)


def _without_imports(old: ast.Module, new: ast.Module, texts: str, lines: list[str]) -> None:
    """Cut out the imports that the fixtures use, of names that were free."""
    known = {name for statement in old.body for name in _bound(statement)}
    for statement in new.body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            continue
        added = [n for n, _ in imported(statement) if n not in known and re.search(rf"\b{re.escape(n)}\b", texts)]
        left = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) not in added]
        if len(left) < len(statement.names):
            first, last = statement.lineno, statement.end_lineno or statement.lineno
            _cut(lines, first, last)
            if left:
                code = ast.unparse(_with_names(statement, left))
                lines[first - 1] = code + lines[first - 1]


def _with_names(statement: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    if isinstance(statement, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(statement.module, names, statement.level)


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, _DEFINITIONS):
            yield node.name


def _cut(lines: list[str], first: int, last: int) -> None:
    for number in range(first - 1, last):
        lines[number] = lines[number][len(lines[number].rstrip("\r\n")) :]


def _functions(body: list[ast.stmt], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], _Function]]:
    """The functions and methods, by their paths; several with the same path are numbered."""
    seen: Counter[str] = Counter()
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            seen[statement.name] += 1
            own = (*path, f"{statement.name} {seen[statement.name]}")
            if isinstance(statement, ast.ClassDef):
                yield from _functions(statement.body, own)
            else:
                yield own, statement
        else:
            for inner in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(statement, inner, []), path)
