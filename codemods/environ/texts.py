"""The text of an expression as it can stand elsewhere."""

from __future__ import annotations

import ast
import io
import tokenize

from codemods.environ.operations import Text
from codemods.source import Source, split_lines

# Marks the constants that stand for the name of a keyword argument.
_KEYWORD = "keyword"


def text_of(source: Source, node: ast.expr) -> Text:
    """The text of an expression; later lines lose the indentation of the statement it stands in."""
    if isinstance(node, ast.Constant) and node.kind == _KEYWORD:
        return Text(f'"{node.value}"', node.lineno, node.lineno)  # type: ignore[str-bytes-safe]
    line = source.lines[node.lineno - 1]
    code = unindented(source.segment(node), len(line) - len(line.lstrip(" \t")))
    if isinstance(node, (ast.Yield, ast.YieldFrom, ast.GeneratorExp)) and not code.startswith("("):
        code = f"({code})"
    return Text(code, node.lineno, node.end_lineno or node.lineno)


def keyword_name(keyword: ast.keyword) -> ast.Constant:
    """The name of a keyword argument as the string that it becomes, standing where its value stands."""
    return ast.copy_location(ast.Constant(keyword.arg, _KEYWORD), keyword.value)


def unindented(code: str, indent: int) -> str:
    """The code with up to ``indent`` blanks taken off each line after the first, but for lines inside a string."""
    lines = split_lines(code)
    if len(lines) == 1:
        return code
    inside: set[int] = set()
    opened = 0
    for token in tokenize.generate_tokens(io.StringIO(f"({code}\n)").readline):
        name = tokenize.tok_name[token.type]
        if name == "FSTRING_START":
            opened = opened or token.start[0]
        elif name == "FSTRING_END":
            inside.update(range(opened + 1, token.end[0] + 1))
            opened = 0
        elif name == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    for number in range(2, len(lines) + 1):
        line = lines[number - 1]
        if number not in inside:
            lines[number - 1] = line[min(indent, len(line) - len(line.lstrip(" \t"))) :]
    return "".join(lines)
