"""Laying out lines that a rewrite made too long, as black and ruff do.

    monkeypatch.setenv(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/of-the-task-that-runs-the-tests"
    )

Only lines that are new are looked at: those that their owner made long stay long. The width is
the project's own.
"""

from __future__ import annotations

import ast
import io
import itertools
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from codemods.python.source import split_lines

_OPEN, _CLOSE = "([{", ")]}"
Tokens = Sequence[tokenize.TokenInfo]


class _Brackets(NamedTuple):
    """A pair of brackets on a line: the columns of the two, and of the commas between their
    elements.
    """

    opening: int
    closing: int
    commas: tuple[int, ...]


def laid_out(text: str, before: str, width: int, indent: str) -> str:
    """The text of some statements, whose text was ``before``, with no new line wider than
    ``width``, where brackets allow it.

    ``indent`` is what one level is indented by. A line that was too long before stays, and so
    does one of a statement that stands on several, unless these hold the parameters of a
    function.
    """
    lines = split_lines(text)
    if max(map(_length, lines), default=0) <= width:
        return text
    known = {line.strip() for line in split_lines(before)}
    long = {
        n for n, line in enumerate(lines) if _length(line) > width and line.strip() not in known
    }
    for tokens in _logical_lines(text) if long else ():
        first, last = tokens[0].start[0] - 1, tokens[-1].end[0] - 1
        if first == last and first in long:
            lines[first] = _wrapped(lines[first], tokens, width, indent)
        elif first != last:
            for number in long.intersection(range(first, last + 1)):
                alone = (first, last) == (number - 1, number + 1)
                lines[number] = _broken(lines[number], number - first, tokens, width, alone)
    return "".join(lines)


def _length(line: str) -> int:
    return len(line.rstrip("\r\n"))


def _logical_lines(text: str) -> list[list[tokenize.TokenInfo]]:
    """The tokens of each logical line, without its comment and its end."""
    found: list[list[tokenize.TokenInfo]] = [[]]
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE:
                found.append([])
            elif token.type not in skipped:
                found[-1].append(token)
    except (tokenize.TokenError, IndentationError):
        return []
    return [tokens for tokens in found if tokens]


def _wrapped(line: str, tokens: Tokens, width: int, indent: str) -> str:
    """One line as several: what its brackets hold on a line of its own, or else each element on
    one.
    """
    code_end = tokens[-1].end[1]
    brackets = _split_at(tokens)
    if brackets is None or code_end <= width:
        return line
    newline = line[_length(line) :]
    margin = line[: len(line) - len(line.lstrip(" \t"))]
    head, tail = line[: brackets.opening + 1], line[brackets.closing :]
    inner = line[brackets.opening + 1 : brackets.closing].strip()
    within = margin + indent
    if len(within + inner) <= width and not inner.endswith(","):
        return f"{head}{newline}{within}{inner}{newline}{margin}{tail}"
    cuts = (brackets.opening, *brackets.commas, brackets.closing)
    parts = [line[a + 1 : b].strip() for a, b in itertools.pairwise(cuts)]
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return line
    rows = "".join(f"{within}{part},{newline}" for part in parts)
    return f"{head}{newline}{rows}{margin}{tail}"


def _broken(line: str, below: int, tokens: Tokens, width: int, alone: bool) -> str:
    """One line of several that hold the parameters of a function: the last go below the others.

    If it is ``alone`` between the brackets, each gets a line of its own, with a comma after the
    last.
    """
    words = [token.string for token in tokens[:2]]
    if words[0] != "def" and words != ["async", "def"]:
        return line
    row = tokens[0].start[0] + below
    here = [t for t in tokens if t.start[0] == row]
    depths = [
        sum((t.string in _OPEN) - (t.string in _CLOSE) for t in here[:n]) for n in range(len(here))
    ]
    ends = [
        t.end[1] for t, depth in zip(here, depths, strict=True) if t.string == "," and depth == 0
    ]
    if alone and ends and line[ends[-1] :].strip():
        cuts = [0, *ends, _length(line)]
        margin = line[: len(line) - len(line.lstrip(" \t"))]
        parts = [line[a:b].strip().rstrip(",") for a, b in itertools.pairwise(cuts)]
        return "".join(f"{margin}{part},{line[_length(line) :]}" for part in parts)
    commas = [end for end in ends if end <= width and line[end:].strip()]
    if not commas:
        return line
    opening = next(t.end[1] for t in tokens if t.string == "(")
    margin = line[: len(line) - len(line.lstrip(" \t"))] if below else " " * opening
    newline = line[_length(line) :]
    return f"{line[: commas[-1]]}{newline}{margin}{line[commas[-1] :].lstrip()}"


def _split_at(tokens: Tokens) -> _Brackets | None:
    """The brackets to split a line at: the parameters of a function, else the last ones that
    hold something.
    """
    pairs = _outermost(tokens)
    if not pairs:
        return None
    words = [token.string for token in tokens[:2]]
    return pairs[0] if words[0] == "def" or words == ["async", "def"] else pairs[-1]


def _outermost(tokens: Tokens) -> list[_Brackets]:
    """The pairs of brackets that stand in no other, except empty ones."""
    found: list[_Brackets] = []
    depth, opening, commas, lambdas = 0, 0, list[int](), 0
    for token in tokens:
        if token.type != tokenize.OP and token.string != "lambda":
            continue
        if token.string in _OPEN:
            depth += 1
            if depth == 1:
                opening, commas, lambdas = token.start[1], [], 0
        elif token.string in _CLOSE:
            depth -= 1
            if depth == 0 and token.start[1] > opening + 1:
                found.append(_Brackets(opening, token.start[1], tuple(commas)))
        elif depth == 1:
            # The commas of ``lambda a, b: …`` separate no elements.
            lambdas += {"lambda": 1, ":": -1 if lambdas else 0}.get(token.string, 0)
            if token.string == "," and not lambdas:
                commas.append(token.start[1])
    return found


def call(head: str, arguments: Sequence[str], newline: str, indent: str) -> str:
    """``head(…)``, with each argument on lines of its own if one of them goes on after its
    first line.
    """
    if not any(map(_goes_on, arguments)):
        return f"{head}({', '.join(arguments)})"
    rows = "".join(f"{indented(argument, indent)},{newline}" for argument in arguments)
    return f"{head}({newline}{rows})"


def _goes_on(code: str) -> bool:
    """Whether code has several lines, other than those of a string in three quotes."""
    count = len(split_lines(code))
    return count > 1 and len(lines_in_strings(code)) < count - 1


def indented(code: str, indent: str) -> str:
    """The code with each line one level further in, except lines inside a string and empty
    ones.
    """
    lines = split_lines(code)
    inside = lines_in_strings(code)
    return "".join(
        line if number in inside or not line.strip() else indent + line
        for number, line in enumerate(lines, 1)
    )


def lines_in_strings(code: str) -> set[int]:
    """The numbers of the lines of an expression that begin inside a string."""
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
    return inside


def joined_strings(node: ast.expr, code: str) -> bool:
    """Whether an expression is several string literals side by side, which reads like several
    arguments.
    """
    if not isinstance(node, ast.JoinedStr) and not (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    ):
        return False
    if code.count("'") + code.count('"') < 4:
        return False
    tokens = tokenize.generate_tokens(io.StringIO(f"({code}\n)").readline)
    starts, depth = 0, 0
    for token in tokens:
        name = tokenize.tok_name[token.type]
        starts += name in ("STRING", "FSTRING_START") and depth == 0
        depth += {"FSTRING_START": 1, "FSTRING_END": -1}.get(name, 0)
    return starts > 1
