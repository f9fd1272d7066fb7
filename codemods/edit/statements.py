"""Changing a file statement by statement: the parts that every codemod shares.

Only the top-level statements that change are given to LibCST; what it prints is spliced back
between the original lines, which stay as they are to the byte. This module imports LibCST:
import it inside ``apply`` only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

import libcst as cst

from codemods.edit.layout import laid_out
from codemods.edit.placeholders import shortened
from codemods.python.source import Source, first_line, split_lines

Body = TypeVar("Body", bound=cst.BaseSuite)


class NotLosslessError(Exception):
    """LibCST does not print this statement as it was read (a blank before a colon, a form feed)."""


Changes = Mapping[ast.stmt, Callable[[cst.Module], cst.Module]]


def rewrite_statements(source: Source, changes: Changes, line_length: int) -> str:
    """The text with each given top-level statement replaced by what its function makes of it.

    The function gets the statement (and what shares its lines) as a module of its own and
    returns it changed. Raises NotLosslessError where LibCST could not even print it unchanged.
    """
    return replace_statements(source, rewritten(source, changes, line_length))


def rewritten(
    source: Source,
    changes: Changes,
    line_length: int,
    looked_at: Collection[ast.AST] | None = None,
) -> dict[ast.stmt, str]:
    """The new text of each statement, with the indented comments that close it.

    New lines of more than ``line_length`` characters are broken where their brackets allow it.
    ``looked_at`` are the statements inside that the changes change or look into, and all that hold
    one of them, None if that may be any: names stand for the others meanwhile.
    """
    texts = {}
    for statement, change in changes.items():
        short = shortened(source, statement, last_line(source.lines, statement), looked_at)
        changed = change(parse(short.text))
        texts[statement] = short.put_back(
            laid_out(changed.code, short.text, line_length, changed.default_indent)
        )
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


def edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """The text with some parts of it replaced; of two at one place the first stands first."""
    for start, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        text = text[:start] + new + text[end:]
    return text


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
    """A module that prints as ``text`` to the character; raises NotLosslessError if LibCST
    cannot.
    """
    module = cst.parse_module(text)
    if module.code != text:
        raise NotLosslessError(text.partition("\n")[0])
    return module


def statements_of(text: str, module: cst.Module) -> list[cst.BaseStatement]:
    """Statements from text, with the newlines and the indentation of ``module``, and the
    comments above each.
    """
    parsed = cst.parse_module(text, module.config_for_parsing)
    if not all(map(str.strip, split_lines(text))):
        parsed = parsed.visit(_BareBlanks())
    body: list[cst.BaseStatement] = list(parsed.body)
    if body and parsed.header:
        first = parsed.body[0]
        body[0] = first.with_changes(leading_lines=[*parsed.header, *first.leading_lines])
    return body


class _BareBlanks(cst.CSTTransformer):
    """Leaves an empty line inside brackets empty: LibCST would indent it like the lines around
    it.
    """

    def leave_EmptyLine(  # noqa: N802
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        return updated_node if original_node.comment else updated_node.with_changes(indent=False)


def after_docstring(body: list[cst.BaseStatement]) -> int:
    """The index of the first statement of a function's body that is not its docstring."""
    if body and isinstance(body[0], cst.SimpleStatementLine) and len(body[0].body) == 1:
        first = body[0].body[0]
        if isinstance(first, cst.Expr) and isinstance(
            first.value, (cst.SimpleString, cst.ConcatenatedString)
        ):
            return 1
    return 0


def find_function(module: cst.Module, path: tuple[str, ...]) -> cst.FunctionDef:
    """The function at ``("TestClass", "test_name")`` in a module; KeyError if it is not there."""
    body: list[cst.CSTNode] = list(module.body)
    found: cst.CSTNode | None = None
    for name in path:
        found = next(
            (
                n
                for n in reversed(body)
                if isinstance(n, (cst.ClassDef, cst.FunctionDef)) and n.name.value == name
            ),
            None,
        )
        if found is None:
            raise KeyError(name)
        body = list(found.body.body)
    assert isinstance(found, cst.FunctionDef)
    return found
