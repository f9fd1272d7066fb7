"""Expressions that no codemod looks into: LibCST sees a name in their place, and their text is put
back as it was.

Its time and its stack grow with what it is given. A test may hold a list of 300,000 numbers, or
a chain of a thousand calls, beside the one line that changes the environment; and most of what
an ordinary test computes is left alone too::

    assert sorted(stored) == [f"key-{number}" for number in range(size)]
    assert isolator_0__
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.python.names import children, walk
from codemods.python.source import Source, fact, first_line, split_lines

_SHORT = 20  # characters: less is read as quickly as a name
# An expression on several lines may be indented anew, which LibCST does best: it goes if it is
# large only.
_LONG = 4_000  # characters
_ROOM = 300  # characters: in less there is no room for anything deep
_DEEP = 50  # nodes inside one another, each of which takes several calls of Python to print
# `os.environ`, `patch.dict`, `putenv`, `delenv`, `mocker`: a codemod may look closer.
_SPEAKS_OF_PATCHES = re.compile(r"environ|patch|[tl]env|mocker")
_CHANGES = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_ACTING = frozenset({*_CHANGES, ast.Call})
_NAME = re.compile(r"isolator_\d+")
_PLACEHOLDER = re.compile(r"\(isolator_(\d+)\)|\bisolator_(\d+)__\b")
_DEFINES = re.compile(r"\bdef[ \t]+(\w+)")


@dataclass(frozen=True)
class Shortened:
    """The text of a statement in which names stand for expressions, ``isolator_0__``, and what they
    stand for.

    ``texts`` is a pair for each: the expression, and the indentation of the block that it stands
    in.
    """

    text: str
    texts: Sequence[tuple[str, str]] = ()

    def put_back(self, changed: str) -> str:
        """A changed text with the expressions that are left in it."""
        return _PLACEHOLDER.sub(self._text, changed) if self.texts else changed

    def _text(self, place: re.Match[str]) -> str:
        """An expression, indented as the block needs it that it stands in now."""
        text, indentation = self.texts[int(place[1] or place[2])]
        if "\n" not in text:
            return text
        was, now = (
            _margin(self.text, self.text.index(place[0])),
            _margin(place.string, place.start()),
        )
        inside = was.removeprefix(indentation)  # of a line that is not the first of its statement
        return _reindented(text, indentation, now.removesuffix(inside))


def shortened(source: Source, statement: ast.stmt, last: int) -> Shortened:
    """The lines of a top-level statement, to the line ``last``, without the expressions that are
    left alone.
    """
    first = first_line(statement)
    text = "".join(source.lines[first - 1 : last])
    if _NAME.search(text):
        return Shortened(text)
    start = source.offset(first, 0)
    parts: list[str] = []
    texts: list[tuple[str, str]] = []
    end = 0
    for indentation, begin, stop in sorted(
        _left_alone(source, statement), key=lambda place: place[1]
    ):
        parts.append(text[end : begin - start])
        end = stop - start
        parts.append(_placeholder(len(texts), text, begin - start, end))
        texts.append((text[begin - start : end], indentation))
    return Shortened("".join((*parts, text[end:])), texts)


def _placeholder(number: int, text: str, begin: int, end: int) -> str:
    """A name for an expression; in brackets where it has some of its own, which may be a call's,
    or where no blank need stand beside it: `return[1, 2]`.
    """
    around = text[begin - 1 : begin] + text[end : end + 1]
    bare = text[begin] != "(" and not any(c.isalnum() or c == "_" for c in around)
    return f"isolator_{number}__" if bare else f"(isolator_{number})"


def _left_alone(source: Source, statement: ast.stmt) -> Iterator[tuple[str, int, int]]:
    """The outermost that no codemod looks into: the indentation of their block, where they begin
    and end.
    """
    defined = _defined(source)
    todo: list[tuple[ast.AST, ast.stmt]] = [(statement, statement)]
    while todo:
        node, within = todo.pop()
        if isinstance(node, ast.expr):
            if (
                node.lineno == node.end_lineno
                and (node.end_col_offset or 0) - node.col_offset < _SHORT
            ):
                continue
            begin, end = _extent(node, source)
            if _worth(node, end - begin) and _stays(node, source.text[begin:end], defined):
                line = source.lines[within.lineno - 1]
                yield line[: len(line) - len(line.lstrip())], begin, end
                continue
        within = node if isinstance(node, ast.stmt) else within
        todo += [(child, within) for child in _parts(node)]


@fact
def _defined(source: Source) -> frozenset[str]:
    """The names of the functions that a file defines anywhere."""
    return frozenset(_DEFINES.findall(source.text))


def _parts(node: ast.AST) -> list[ast.AST]:
    """What stands in a node, and can have a name in its place."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return []  # which may be a docstring
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return list(node.body)
    if isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef)
    ):  # a line with a new parameter may be too long
        return [*node.decorator_list, *node.body]
    return [] if isinstance(node, (ast.JoinedStr, ast.pattern)) else children(node)


def _extent(node: ast.expr, source: Source) -> tuple[int, int]:
    end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return source.offset(node.lineno, node.col_offset), end


def _worth(node: ast.expr, size: int) -> bool:
    """Whether an expression of this many characters is to go."""
    return node.lineno == node.end_lineno or size >= _LONG or (size >= _ROOM and _is_deep(node))


def _is_deep(expression: ast.expr) -> bool:
    level: list[ast.AST] = [expression]
    for _ in range(_DEEP):
        level = [child for node in level for child in children(node)]
    return bool(level)


def _stays(node: ast.expr, text: str, defined: frozenset[str]) -> bool:
    """Whether no codemod changes an expression: what is called may be a helper that is given
    ``monkeypatch``.
    """
    if isinstance(node, ast.Starred) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    if _SPEAKS_OF_PATCHES.search(text):
        return False
    acting = (inner for inner in walk(node) if inner.__class__ in _ACTING)
    return not any(isinstance(inner, _CHANGES) or _calls(inner, defined) for inner in acting)


def _calls(node: ast.AST, names: frozenset[str]) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
    return name in names


def _margin(text: str, at: int) -> str:
    """The blanks at the beginning of the line of a position."""
    line = text[text.rfind("\n", 0, at) + 1 :]
    return line[: len(line) - len(line.lstrip(" \t\f"))]


def _reindented(text: str, was: str, now: str) -> str:
    """An expression whose block has another indentation; left as it is where a string may go
    over a line's end.
    """
    if was == now or '"""' in text or "'''" in text or "\\\n" in text or "\\\r" in text:
        return text
    first, *others = split_lines(text)
    moved = (now + line.removeprefix(was) if line.startswith(was) else line for line in others)
    return "".join((first, *moved))
