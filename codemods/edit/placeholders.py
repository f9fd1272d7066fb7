"""Code that no codemod looks into: LibCST sees a name in its place, and its text is put back
unchanged.

The time and the stack that LibCST needs grow with its input. A test may hold a list of 300,000
numbers, or a chain of a thousand calls, beside the one line that changes the environment; and most
code of an ordinary test is not changed either. So a name stands for an expression::

    assert sorted(stored) == [f"key-{number}" for number in range(size)]
    assert isolator_0__

or for all statements between two that change::

    service = load()
    assert service.size == 3
    isolator_1_of_2__
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from codemods.python.names import children, walk
from codemods.python.source import Source, fact, first_line, split_lines

_SHORT = 20  # characters: shorter code is parsed as quickly as a name
# An expression on several lines may be indented again, which LibCST does best: only
# a large one is replaced.
_LONG = 4_000  # characters
_ROOM = 300  # characters: shorter code cannot be nested deeply
_DEEP = 50  # nodes inside one another, each of which takes several calls of Python to print
# `os.environ`, `patch.dict`, `putenv`, `delenv`, `mocker`: a codemod may look closer.
_SPEAKS_OF_PATCHES = re.compile(r"environ|patch|[tl]env|mocker")
_CHANGES = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
_ACTING = frozenset({*_CHANGES, ast.Call})
_NAME = re.compile(r"isolator_\d+")
_PLACEHOLDER = re.compile(r"\(isolator_(\d+)\)|\bisolator_(\d+)(?:_of_\d+)?__\b")
_STATEMENTS = re.compile(r"isolator_\d+_of_(\d+)__")
# In such text a line may be part of another one: `"""`, or a backslash at its end.
_GOES_ON = re.compile(r"\"\"\"|'''|\\[\r\n]")
_DEFINES = re.compile(r"\bdef[ \t]+(\w+)")


class _Place(NamedTuple):
    """Where code to be replaced by a name begins and ends, the indentation of its block, and its
    number of statements, 0 for an expression.
    """

    begin: int
    end: int
    indentation: str
    statements: int = 0


@dataclass(frozen=True)
class Shortened:
    """The text of a statement in which names such as ``isolator_0__`` stand for code, and the code.

    ``texts`` is a pair for each: the code, and the indentation of the block that it stands in.
    """

    text: str
    texts: Sequence[tuple[str, str]] = ()

    def put_back(self, changed: str) -> str:
        """A changed text with code again in place of the names that are left in it."""
        return _PLACEHOLDER.sub(self._text, changed) if self.texts else changed

    def _text(self, place: re.Match[str]) -> str:
        """The code, indented for the block that it stands in now."""
        text, indentation = self.texts[int(place[1] or place[2])]
        if "\n" not in text:
            return text
        was, now = (
            _margin(self.text, self.text.index(place[0])),
            _margin(place.string, place.start()),
        )
        inside = was.removeprefix(indentation)  # of a line that is not the first of its statement
        return _reindented(text, indentation, now.removesuffix(inside))


def statement_count(name: str) -> int:
    """The number of statements that a name stands for; 1 for any other text."""
    found = _STATEMENTS.fullmatch(name)
    return int(found[1]) if found else 1


def shortened(
    source: Source, statement: ast.stmt, last: int, looked_at: Collection[ast.AST] | None = None
) -> Shortened:
    """The lines of a top-level statement, to the line ``last``, with names for code that stays
    unchanged.

    ``looked_at`` are the statements that a codemod changes or looks into, and all that hold one
    of them; None if it may be any.
    """
    first = first_line(statement)
    text = "".join(source.lines[first - 1 : last])
    if _NAME.search(text):
        return Shortened(text)
    start = source.offset(first, 0)
    parts: list[str] = []
    texts: list[tuple[str, str]] = []
    end = 0
    for place in sorted(_left_alone(source, statement, looked_at)):
        begin = place.begin - start
        parts.append(text[end:begin])
        end = place.end - start
        number = len(texts)
        if place.statements:
            parts.append(f"isolator_{number}_of_{place.statements}__")
        else:
            parts.append(_placeholder(number, text, begin, end))
        texts.append((text[begin:end], place.indentation))
    return Shortened("".join((*parts, text[end:])), texts)


def _placeholder(number: int, text: str, begin: int, end: int) -> str:
    """A name for an expression; in brackets if the expression has some, which may be a call's, or
    if there may be no blank beside it: `return[1, 2]`.
    """
    around = text[begin - 1 : begin] + text[end : end + 1]
    bare = text[begin] != "(" and not any(c.isalnum() or c == "_" for c in around)
    return f"isolator_{number}__" if bare else f"(isolator_{number})"


def _left_alone(
    source: Source, statement: ast.stmt, looked_at: Collection[ast.AST] | None
) -> Iterator[_Place]:
    """The outermost code that no codemod looks into."""
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
                yield _Place(begin, end, _indentation(source, within.lineno))
                continue
        within = node if isinstance(node, ast.stmt) else within
        gone: set[ast.AST] = set()
        if looked_at is not None and (not isinstance(node, ast.stmt) or node in looked_at):
            for run in _runs(node, source, looked_at):
                gone.update(run)
                yield _place_of(run, source)
        called = node.func if isinstance(node, ast.Call) and _calls(node, defined) else None
        parts = [part for part in _parts(node) if part not in gone and part is not called]
        # Of `self.check(a, b)` the name of a helper stays, however long; what it is called on need
        # not.
        parts += [called.value] if isinstance(called, ast.Attribute) else []
        todo += [(part, within) for part in parts]


def _runs(
    node: ast.AST, source: Source, looked_at: Collection[ast.AST]
) -> Iterator[list[ast.stmt]]:
    """The statements directly inside a node that stay unchanged, in groups of consecutive ones."""
    moves = not isinstance(node, ast.ClassDef)  # a block in a function may get another indentation
    for field in ("body", "orelse", "finalbody"):
        run: list[ast.stmt] = []
        body = getattr(node, field, None)
        for statement in body if isinstance(body, list) else ():
            if statement in looked_at or not _is_apart(statement, source, moves=moves):
                if run:
                    yield run
                run = []
            else:
                run.append(statement)
        if run:
            yield run


def _is_apart(statement: ast.stmt, source: Source, *, moves: bool) -> bool:
    """Whether a statement has lines of its own, which may be taken from it and indented again; and
    is not one that other code looks for: a docstring, a ``pass``.
    """
    if isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    ):
        return False
    first, last = first_line(statement), statement.end_lineno or statement.lineno
    lines = source.lines[first - 1 : last]
    indentation = _indentation(source, first)
    end = source.offset(last, statement.end_col_offset or 0) - source.offset(last, 0)
    after = lines[-1][end:].lstrip()
    column = source.offset(first, statement.col_offset) - source.offset(first, 0)
    begins = column == len(indentation) and not lines[0].startswith("elif", column)
    if not begins or (after and not after.startswith("#")):
        return False
    text = "".join(lines)
    return not _SPEAKS_OF_PATCHES.search(text) and not (
        moves and (_GOES_ON.search(text) or not _is_indented(lines, indentation))
    )


def _is_indented(lines: Sequence[str], indentation: str) -> bool:
    return all(line.startswith(indentation) or not line.strip() for line in lines)


def _place_of(run: Sequence[ast.stmt], source: Source) -> _Place:
    """Where some statements stand, with the comments that close the last block in them::

    for name in names:
        use(name)
        # that is all
    """
    first, last = first_line(run[0]), run[-1].end_lineno or run[-1].lineno
    indentation = _indentation(source, first)
    end = source.offset(last, run[-1].end_col_offset or 0)
    for number in range(last, len(source.lines)):
        line = source.lines[number]
        text = line.lstrip()
        if text and not text.startswith("#"):
            break
        if text and len(line) - len(text) > len(indentation):
            end = source.offset(number + 1, 0) + len(line.rstrip("\r\n"))
        elif text:
            break
    return _Place(source.offset(first, 0) + len(indentation), end, indentation, len(run))


def _indentation(source: Source, number: int) -> str:
    line = source.lines[number - 1]
    return line[: len(line) - len(line.lstrip())]


@fact
def _defined(source: Source) -> frozenset[str]:
    """The names of the functions that a file defines anywhere."""
    return frozenset(_DEFINES.findall(source.text))


def _parts(node: ast.AST) -> list[ast.AST]:
    """The parts of a node that a name can replace."""
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
    """Whether an expression of this many characters is to be replaced."""
    return node.lineno == node.end_lineno or size >= _LONG or (size >= _ROOM and _is_deep(node))


def _is_deep(expression: ast.expr) -> bool:
    level: list[ast.AST] = [expression]
    for _ in range(_DEEP):
        level = [child for node in level for child in children(node)]
    return bool(level)


def _stays(node: ast.expr, text: str, defined: frozenset[str]) -> bool:
    """Whether no codemod changes an expression: a call may be one of a helper that gets
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
    """An expression whose block has another indentation; unchanged if a string in it
    may span lines.
    """
    if was == now or '"""' in text or "'''" in text or "\\\n" in text or "\\\r" in text:
        return text
    first, *others = split_lines(text)
    moved = (now + line.removeprefix(was) if line.startswith(was) else line for line in others)
    return "".join((first, *moved))
