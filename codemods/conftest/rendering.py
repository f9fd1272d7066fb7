"""The text that goes into a conftest: a template with its names and values, in the style of
the conftest.
"""

from __future__ import annotations

import ast
import re

from codemods.conftest.template import Template
from codemods.edit.quotes import quoted
from codemods.python.items import Item, insert_item
from codemods.python.names import Function
from codemods.python.source import Source

_LINE_LENGTH = 88


def render(
    template: Template, name: str, constant: str, values: tuple[str, ...], model: Source
) -> str:
    """The template's text, its main fixture called ``name``, the list ``constant`` filled in.

    Quotes, newlines, and whether signatures have annotations follow the conftest that it goes
    into.
    """
    text = re.sub(rf"\b{re.escape(template.fixture)}(?=\b|_of_)", name, template.text)
    source = Source(text, "")
    edits: list[tuple[int, int, str]] = []
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _target(node) == constant:
            start = source.offset(node.lineno, node.col_offset)
            edits.append(
                (start, start + len(source.segment(node)), written_list(constant, values, model))
            )
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not _annotated(model):
            edits += _annotations(node, source)
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def written_list(constant: str, values: tuple[str, ...], model: Source) -> str:
    """``CONSTANT = ["…", …]``, with one value per line if it is long."""
    strings = [quoted(value, model.text) for value in values]
    line = f"{constant} = [{', '.join(strings)}]"
    return (
        line
        if len(line) <= _LINE_LENGTH
        else "\n".join([f"{constant} = [", *(f"    {s}," for s in strings), "]"])
    )


def longer_list(statement: str, values: list[str]) -> str:
    """An assignment of a list, tuple or set of strings with more of them at its end, laid out as
    it was.
    """
    for value in values:
        source = Source(statement, "")
        literal = list_of(source.tree.body[0])
        assert literal is not None
        start, end = source.offset(literal.lineno, literal.col_offset), _end(literal, source)
        items = [
            Item(e.lineno, source.offset(e.lineno, e.col_offset), _end(e, source))
            for e in literal.elts
        ]
        if items:
            opening = start + 1 if statement[start] in "[({" else None
            string = quoted(value, statement)
            statement = insert_item(statement, items, len(items), string, opening)
        else:
            statement = f"{statement[:start]}[{quoted(value, statement)}]{statement[end:]}"
    return statement


def list_of(
    statement: ast.stmt, constant: str | None = None
) -> ast.List | ast.Tuple | ast.Set | None:
    """The list, tuple or set of strings that a statement assigns to a name (to any, if none is
    given).
    """
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or constant not in (
        None,
        _target(statement),
    ):
        return None
    value = statement.value
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)) and all(
        isinstance(e, ast.Constant) and isinstance(e.value, str) for e in value.elts
    ):
        return value
    return None


def _target(node: ast.Assign | ast.AnnAssign) -> str | None:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) else None


def _annotated(model: Source) -> bool:
    """Whether new functions in a file should be annotated: as its others are, or if it has none."""
    functions = [
        n for n in ast.walk(model.tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    return not functions or any(
        f.returns or any(a.annotation for a in f.args.args) for f in functions
    )


def _annotations(function: Function, source: Source) -> list[tuple[int, int, str]]:
    """Edits that take the annotations out of a signature."""
    arguments = function.args
    edits = []
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if argument.annotation is not None:
            start = source.offset(argument.lineno, argument.col_offset) + len(argument.arg)
            edits.append((start, _end(argument.annotation, source), ""))
    if function.returns is not None:
        arrow = source.text.rindex(
            "->", 0, source.offset(function.returns.lineno, function.returns.col_offset)
        )
        edits.append((len(source.text[:arrow].rstrip()), _end(function.returns, source), ""))
    return edits


def _end(node: ast.expr, source: Source) -> int:
    return source.offset(node.lineno, node.col_offset) + len(source.segment(node))
