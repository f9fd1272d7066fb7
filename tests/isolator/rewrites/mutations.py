"""Ways to spoil a rewrite. Each is done at every place where it can be, one place at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

Edit = tuple[str, str, Callable[[], object]]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (ast.With, ast.Try, ast.For, ast.If)


class Mutation(NamedTuple):
    """What was done, what it was done to (the first line of each statement, or a name), and the spoilt file."""

    kind: str
    shown: str
    text: str


def mutations(text: str) -> Iterator[Mutation]:
    """Every mutation of a file."""
    for index in range(sum(1 for _ in _edits(ast.parse(text)))):
        tree = ast.parse(text)
        kind, shown, edit = list(_edits(tree))[index]
        edit()
        yield Mutation(kind, shown, ast.unparse(ast.fix_missing_locations(tree)))


def _edits(tree: ast.Module) -> Iterator[Edit]:
    for body in list(_bodies(tree)):
        for index, statement in enumerate(body):
            if not _is_docstring(statement):
                yield from _of_statement(body, index, statement)
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.Constant):
            yield "constant", repr(node.value), _setter(node, "value", _other(node.value))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield "name", node.id, _setter(node, "id", f"{node.id}_")


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list) and body:
                yield body


def _of_statement(body: list[ast.stmt], index: int, statement: ast.stmt) -> Iterator[Edit]:
    shown, behind = _line(statement), body[index + 1 : index + 2]
    yield "statement dropped", shown, lambda: body.__setitem__(index, ast.Pass())
    yield "statement added", shown, lambda: body.insert(index, ast.parse("extra()").body[0])
    if behind:
        both = f"{shown}\n{_line(behind[0])}"
        yield "statements swapped", both, lambda: body.insert(index, body.pop(index + 1))
    if isinstance(statement, _BLOCKS):
        inner = statement.body
        last = f"{shown}\n{_line(inner[-1])}"
        if len(inner) > 1:
            yield "moved out of a block", last, lambda: body.insert(index + 1, inner.pop())
        if behind:
            yield "moved into a block", f"{shown}\n{_line(behind[0])}", lambda: inner.append(body.pop(index + 1))
        yield "block dissolved", shown, lambda: body.__setitem__(slice(index, index + 1), inner)
    if isinstance(statement, ast.Try) and statement.finalbody:
        yield "finally lost", shown, lambda: body.__setitem__(slice(index, index + 1), statement.body)
    if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)):
        yield from _of_definition(statement)


def _of_definition(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[Edit]:
    yield "renamed", node.name, _setter(node, "name", f"{node.name}_too")
    for decorator in node.decorator_list:
        yield "decorator lost", ast.unparse(decorator), lambda d=decorator: node.decorator_list.remove(d)  # type: ignore[misc]
    if isinstance(node, ast.ClassDef):
        yield "base changed", node.name, lambda: node.bases.append(ast.Name("Other"))
        return
    for index, argument in enumerate(node.args.args):
        if len(node.args.args) > len(node.args.defaults):
            yield "parameter lost", argument.arg, lambda i=index: node.args.args.pop(i)  # type: ignore[misc]
    for index in range(len(node.args.defaults)):
        yield "default changed", node.name, lambda i=index: node.args.defaults.__setitem__(i, ast.Constant(99))  # type: ignore[misc]


def _setter(node: ast.AST, field: str, value: object) -> Callable[[], object]:
    return lambda: setattr(node, field, value)


def _other(value: object) -> object:
    if isinstance(value, (bool, type(None))):
        return not value
    return f"{value}x" if isinstance(value, str) else 4711


def _line(statement: ast.stmt) -> str:
    return ast.unparse(statement).partition("\n")[0]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
