"""Changing a file statement by statement: the parts that every codemod shares.

Only the top-level statements that change are given to LibCST; what it prints is spliced back between the original
lines, which stay as they are to the byte. This module imports LibCST: import it inside ``apply`` only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeVar

import libcst as cst

from codemods.long_expressions import shortened
from codemods.source import Source, first_line

Body = TypeVar("Body", bound=cst.BaseSuite)


class NotLosslessError(Exception):
    """LibCST does not print this statement as it was read (a blank before a colon, a form feed)."""


Changes = Mapping[ast.stmt, Callable[[cst.Module], cst.Module]]


def rewrite_statements(source: Source, changes: Changes) -> str:
    """The text with each given top-level statement replaced by what its function makes of it.

    The function gets the statement (and what shares its lines) as a module of its own and returns it changed.
    Raises NotLosslessError where LibCST could not even print it unchanged.
    """
    return replace_statements(source, rewritten(source, changes))


def rewritten(source: Source, changes: Changes) -> dict[ast.stmt, str]:
    """The new text of each statement, with the indented comments that close it."""
    texts = {}
    for statement, change in changes.items():
        short = shortened(source, statement, last_line(source.lines, statement))
        text = short.put_back(change(parse(short.text)).code)
        if text is None:
            raise NotLosslessError(short.text.partition("\n")[0])
        texts[statement] = text
    return texts


def replace_statements(
    source: Source, texts: Mapping[ast.stmt, str], above: Mapping[ast.stmt, str] | None = None
) -> str:
    """The text of the file with other texts for some of its top-level statements.

    ``above`` is new text that goes in front of some of these, and of the comments right above them.
    """
    lines = list(source.lines)
    for statement in sorted(texts, key=lambda s: s.lineno, reverse=True):
        first = first_line(statement) - 1
        lines[first : last_line(lines, statement)] = [texts[statement]]
        while first and lines[first - 1].startswith("#"):
            first -= 1
        lines.insert(first, (above or {}).get(statement, ""))
    return "".join(lines)


def last_line(lines: list[str], statement: ast.stmt) -> int:
    """The line that a statement ends on, with the indented comments that close its last block."""
    last = end = statement.end_lineno or statement.lineno
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t"):
        if not lines[end].strip():
            end += 1
        elif lines[end].lstrip().startswith("#"):
            last = end = end + 1
        else:
            break
    return last


def parse(text: str) -> cst.Module:
    """A module that prints as ``text`` to the character; raises NotLosslessError if LibCST cannot."""
    module = cst.parse_module(text)
    if module.code != text:
        raise NotLosslessError(text.partition("\n")[0])
    return module


def statements_of(text: str, module: cst.Module) -> list[cst.BaseStatement]:
    """Statements from text, with the newlines and the indentation of ``module``, and the comments above each."""
    parsed = cst.parse_module(text, module.config_for_parsing)
    body: list[cst.BaseStatement] = list(parsed.body)
    if body and parsed.header:
        first = parsed.body[0]
        body[0] = first.with_changes(leading_lines=[*parsed.header, *first.leading_lines])
    return body


def add_parameter(
    function: cst.FunctionDef, name: str, annotation: str | None = None, at: int | None = None
) -> cst.FunctionDef:
    """The function with a parameter more: last, or at an index among the positional ones (counting ``self``).

    After ``*args`` or a parameter with a default the new one becomes keyword-only, which pytest fills as well. A list
    that stands one parameter a line stays so, with its trailing comma.
    """
    parameters = function.params
    added = cst.Param(cst.Name(name), (annotation and cst.Annotation(cst.parse_expression(annotation))) or None)
    if at is None and (parameters.kwonly_params or isinstance(parameters.star_arg, cst.Param)):
        kwonly = _with(list(parameters.kwonly_params), added, None, cst.MaybeSentinel.DEFAULT)
        return function.with_changes(params=parameters.with_changes(kwonly_params=kwonly))
    if at is None and any(p.default is not None for p in parameters.params):
        star = parameters.with_changes(star_arg=cst.ParamStar(), kwonly_params=[added])
        return function.with_changes(params=star)
    positional = list(parameters.params)
    index = len(positional) if at is None else at - len(parameters.posonly_params)
    if parameters.star_kwarg is not None or parameters.star_arg is not cst.MaybeSentinel.DEFAULT:
        positional.insert(index, added)
    else:
        positional = _with(positional, added, index, _own_line(function))
    return function.with_changes(params=parameters.with_changes(params=positional))


def _own_line(function: cst.FunctionDef) -> cst.Comma | cst.MaybeSentinel:
    """The comma after a parameter that is the only one so far, where it stands on a line below the bracket."""
    before = function.whitespace_before_params
    if not isinstance(before, cst.ParenthesizedWhitespace):
        return cst.MaybeSentinel.DEFAULT
    return cst.Comma(whitespace_after=before.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[]))


def _with(
    parameters: list[cst.Param], added: cst.Param, index: int | None, alone: cst.Comma | cst.MaybeSentinel
) -> list[cst.Param]:
    """The list with one more, laid out like its neighbours: the last one's comma is the trailing one, if any.

    ``alone`` is the comma to put where there are no two neighbours to look at.
    """
    index = len(parameters) if index is None else index
    if not parameters:
        return [added]
    if index < len(parameters):
        comma = parameters[index].comma
        if not isinstance(comma, cst.Comma) or index == len(parameters) - 1:
            comma = parameters[index - 1].comma if index else alone
        return [*parameters[:index], added.with_changes(comma=comma), *parameters[index:]]
    last = parameters[-1]
    between = parameters[-2].comma if len(parameters) > 1 else alone
    if isinstance(last.comma, cst.Comma) and not isinstance(between, cst.Comma):
        between = last.comma
    end = added.with_changes(comma=last.comma, whitespace_after_param=last.whitespace_after_param)
    blank = cst.SimpleWhitespace("")
    return [*parameters[:-1], last.with_changes(comma=between, whitespace_after_param=blank), end]


def after_docstring(body: list[cst.BaseStatement]) -> int:
    """The index of the first statement of a function's body that is not its docstring."""
    if body and isinstance(body[0], cst.SimpleStatementLine) and len(body[0].body) == 1:
        first = body[0].body[0]
        if isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString)):
            return 1
    return 0


def find_function(module: cst.Module, path: tuple[str, ...]) -> cst.FunctionDef:
    """The function at ``("TestClass", "test_name")`` in a module; KeyError if it is not there."""
    body: list[cst.CSTNode] = list(module.body)
    found: cst.CSTNode | None = None
    for name in path:
        found = next(
            (n for n in reversed(body) if isinstance(n, (cst.ClassDef, cst.FunctionDef)) and n.name.value == name), None
        )
        if found is None:
            raise KeyError(name)
        body = list(found.body.body)
    assert isinstance(found, cst.FunctionDef)
    return found
