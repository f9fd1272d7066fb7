"""The text of an expression as it can stand elsewhere."""

from __future__ import annotations

import ast

from codemods.edit.layout import joined_strings, lines_in_strings
from codemods.python.source import Source, split_lines
from codemods.state.model.operations import Text

# Marks the constants that stand for the name of a keyword argument.
_KEYWORD = "keyword"


def text_of(source: Source, node: ast.expr) -> Text:
    """The text of an expression; later lines lose the indentation of the statement it stands in."""
    if isinstance(node, ast.Constant) and node.kind == _KEYWORD:
        quote = first if (first := source.segment(node)[:1]) in ("'", '"') else source.quote
        return Text(f"{quote}{node.value!s}{quote}", node.lineno, node.lineno)
    line = source.lines[node.lineno - 1]
    code = unindented(source.segment(node), len(line) - len(line.lstrip(" \t")))
    if joined_strings(node, code):
        code = _in_brackets(code, source.indent)
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.GeneratorExp)) and not code.startswith("("):
        code = f"({code})"
    return Text(code, node.lineno, node.end_lineno or node.lineno)


def argument_text(source: Source, node: ast.expr) -> Text:
    """The text of an expression as an argument: ``1, 2`` needs brackets there."""
    text = text_of(source, node)
    if isinstance(node, ast.Tuple):
        call = ast.parse(f"f({text.code})", mode="eval").body
        assert isinstance(call, ast.Call)
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Tuple):
            return Text(f"({text.code})", text.line, text.end_line)
    return text


def keyword_name(keyword: ast.keyword) -> ast.Constant:
    """The name of a keyword argument as the string that it becomes, standing where its value
    stands.
    """
    return ast.copy_location(ast.Constant(keyword.arg, _KEYWORD), keyword.value)


def unindented(code: str, indent: int) -> str:
    """The code with up to ``indent`` blanks taken off each line after the first, except lines
    inside a string.
    """
    lines = split_lines(code)
    if len(lines) == 1:
        return code
    inside = lines_in_strings(code)
    for number in range(2, len(lines) + 1):
        line = lines[number - 1]
        if number not in inside:
            lines[number - 1] = line[min(indent, len(line) - len(line.lstrip(" \t"))) :]
    return "".join(lines)


def _in_brackets(code: str, indent: str) -> str:
    """String literals side by side in brackets, which they need nowhere, so that they read as
    one value.
    """
    lines = split_lines(code)
    if len(lines) == 1:
        return f"({code})"
    newline = lines[0][len(lines[0].rstrip("\r\n")) :]
    inside = lines_in_strings(code)
    rows = "".join(
        line if n in inside else indent + line.lstrip(" \t") for n, line in enumerate(lines, 1)
    )
    return f"({newline}{rows}{newline})"
