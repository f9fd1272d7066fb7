"""Long and deep expressions: LibCST sees a short one in their place, for its time and its stack grow with them.

A test may hold a list of 300,000 numbers, or a chain of a thousand calls, beside the one line that changes the
environment. No codemod looks into these: their text is put back as it was.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.names import children, walk
from codemods.source import Source, first_line, split_lines

_LONG = 4_000  # characters
_DEEP = 50  # nodes inside one another, each of which takes several calls of Python to print
_SHORT = 300  # characters, in which there is no room for anything deep
_SPEAKS_OF_PATCHES = re.compile(
    r"environ|patch|tenv"
)  # `os.environ`, `patch.dict`, `putenv`: a codemod may look closer
_CHANGES = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_NAME = re.compile(r"isolator_\d+")
_DEFINES = re.compile(r"\bdef[ \t]+(\w+)")


@dataclass(frozen=True)
class Shortened:
    """The text of a statement in which strings stand for long expressions, ``("isolator_0")``, and what they stand for.

    ``texts`` is a pair for each: the expression, and the indentation of the block that it stands in.
    """

    text: str
    texts: Sequence[tuple[str, str]] = ()

    def put_back(self, changed: str) -> str | None:
        """A changed text with the expressions that are left in it; None if one of them would be there twice."""
        for number, (text, indentation) in enumerate(self.texts):
            before, found, after = changed.partition(_placeholder(number))
            if _placeholder(number) in after:
                return None
            if found:
                changed = before + _reindented(text, indentation, self._indentation_in(changed, number)) + after
        return changed

    def _indentation_in(self, changed: str, number: int) -> str:
        """The indentation of the block that an expression stands in now."""
        was, now = (_margin(text, _placeholder(number)) for text in (self.text, changed))
        _, indentation = self.texts[number]
        inside = was.removeprefix(indentation)  # of a line that is not the first of its statement
        return now.removesuffix(inside)


def shortened(source: Source, statement: ast.stmt, last: int) -> Shortened:
    """The lines of a top-level statement, to the line ``last``, without its long expressions."""
    first = first_line(statement)
    text = "".join(source.lines[first - 1 : last])
    if len(text) < _SHORT or _NAME.search(text):
        return Shortened(text)
    start = source.offset(first, 0)
    parts: list[str] = []
    texts: list[tuple[str, str]] = []
    end = 0
    for indentation, begin, stop in sorted(_long_expressions(source, statement), key=lambda place: place[1]):
        parts += [text[end : begin - start], _placeholder(len(texts))]
        texts.append((text[begin - start : stop - start], indentation))
        end = stop - start
    return Shortened("".join((*parts, text[end:])), texts)


def _placeholder(number: int) -> str:
    # In brackets, since no blank need stand before what it takes the place of: `return[1, 2]`.
    return f'("isolator_{number}")'


def _long_expressions(source: Source, statement: ast.stmt) -> Iterator[tuple[str, int, int]]:
    """The outermost that no codemod looks into: the indentation of their block, where they begin and end."""
    defined = frozenset(_DEFINES.findall(source.text))
    todo: list[tuple[ast.AST, ast.stmt]] = [(statement, statement)]
    while todo:
        node, within = todo.pop()
        if isinstance(node, ast.expr):
            begin, end = _extent(node, source)
            if end - begin < _SHORT or (end - begin < _LONG and not _is_deep(node)):
                continue
            if _left_alone(node, source.text[begin:end], defined):
                line = source.lines[within.lineno - 1]
                yield line[: len(line) - len(line.lstrip())], begin, end
                continue
        within = node if isinstance(node, ast.stmt) else within
        todo += [(child, within) for child in _parts(node)]


def _parts(node: ast.AST) -> list[ast.AST]:
    """What stands in a node, and can have a short expression in its place."""
    if isinstance(node, ast.Expr):  # a string alone would be taken for a docstring
        return [] if isinstance(node.value, ast.Constant) else children(node.value)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return list(node.body)
    return [] if isinstance(node, (ast.JoinedStr, ast.pattern)) else children(node)


def _extent(node: ast.expr, source: Source) -> tuple[int, int]:
    end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return source.offset(node.lineno, node.col_offset), end


def _is_deep(expression: ast.expr) -> bool:
    level: list[ast.AST] = [expression]
    for _ in range(_DEEP):
        level = [child for node in level for child in children(node)]
    return bool(level)


def _left_alone(node: ast.expr, text: str, defined: frozenset[str]) -> bool:
    """Whether no codemod changes an expression: what is called may be a helper that is given ``monkeypatch``."""
    if isinstance(node, ast.Starred) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    if _SPEAKS_OF_PATCHES.search(text):
        return False
    return not any(isinstance(inner, _CHANGES) or _calls(inner, defined) for inner in walk(node))


def _calls(node: ast.AST, names: frozenset[str]) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
    return name in names


def _margin(text: str, word: str) -> str:
    """The blanks at the beginning of the line that holds a word."""
    line = text[text.rfind("\n", 0, text.index(word)) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _reindented(text: str, was: str, now: str) -> str:
    """An expression whose block has another indentation; left as it is where a string may go over a line's end."""
    if was == now or '"""' in text or "'''" in text or "\\\n" in text or "\\\r" in text:
        return text
    first, *others = split_lines(text)
    moved = (now + line.removeprefix(was) if line.startswith(was) else line for line in others)
    return "".join((first, *moved))
