"""One test file, read once: its text, its tree, and where each node stands in the text."""

from __future__ import annotations

import ast
import io
import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, wraps
from itertools import accumulate
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar, cast

from codemods.python.names import Function, Names, children, module_names


class Span(NamedTuple):
    """A place in a file: lines and columns count from 1, columns in characters, the end is
    exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Source:
    """The text of one file and, on demand, its tree.

    ``path`` is relative to the root of the project, with ``/``; node ids begin with it.
    ``tests`` names the tests the user asked for, without the path (``TestClass::test_name``), or
    is None for all of them.

    ``focus`` is what it is read for, where rules of one make look for different things; None in
    general.

    ``facts`` is what was computed of it (see ``fact``). Most facts lead back to the source:
    whoever made it empties them in the end, so that it goes at once and no collection of garbage
    has to walk through its tree.

    ``tree`` raises SyntaxError, ValueError (a NUL byte), RecursionError or MemoryError (nested
    too deep), as ``ast.parse`` does.
    """

    def __init__(self, text: str, path: str, tests: tuple[str, ...] | None = None) -> None:
        self.text = text
        self.path = path
        self.tests = tests
        self.facts: dict[object, object] = {}
        self.focus: object = None

    def focused(self, focus: object) -> Source:
        """The same file, of the same nodes, read for something: its facts are kept with those of
        this one.

        Raises what ``tree`` does.
        """
        other = Source(self.text, self.path, self.tests)
        # Whatever is asked of one is not worked out again for another.
        other.__dict__.update(
            tree=self.tree, names=self.names, lines=self.lines, facts=self.facts, focus=focus
        )
        return other

    @cached_property
    def tree(self) -> ast.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # the code is not ours to warn about
            return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """The lines with their ends; joined they are the text."""
        return split_lines(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(map(len, self.lines))]

    @cached_property
    def indent(self) -> str:
        """What one level is indented by: as the first function or class at the top level is,
        else four blanks.
        """
        for statement in self.tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                line = self.lines[first_line(statement.body[0]) - 1]
                if line[: statement.body[0].col_offset].isspace():
                    return line[: statement.body[0].col_offset]
        return "    "

    @cached_property
    def quote(self) -> str:
        """The quotes that most strings of the file have."""
        return "'" if self.text.count("'") > self.text.count('"') else '"'

    @cached_property
    def names(self) -> Names:
        """What the names at module level stand for."""
        declared = (
            re.findall(r"^[ \t]+global[ \t]+([\w, \t]+)", self.text, re.MULTILINE)
            if "global " in self.text
            else ()
        )
        return module_names(
            self.tree, {name.strip() for names in declared for name in names.split(",")}
        )

    def wants(self, node_id: str | None) -> bool:
        """Whether the user asked for this test (or for the whole file)."""
        if self.tests is None:
            return True
        if node_id is None:
            return False
        _, _, inner = node_id.partition("::")
        return any(inner == test or inner.startswith(test + "::") for test in self.tests)

    def column(self, line: int, utf8_column: int) -> int:
        """The column in characters (from 0) of a column that ``ast`` counts in UTF-8 bytes."""
        text = self.lines[line - 1]
        if text.isascii():
            return utf8_column
        return len(text.encode()[:utf8_column].decode())

    def offset(self, line: int, utf8_column: int) -> int:
        """The index into the text of a position as ``ast`` gives it."""
        return self._starts[line - 1] + self.column(line, utf8_column)

    def line_at(self, offset: int) -> int:
        """The number of the line that holds a character of the text."""
        return bisect_right(self._starts, offset)

    def extent(self, first: int, last: int) -> tuple[int, int]:
        """Where some lines, of these numbers, begin and end in the text."""
        return self._starts[first - 1], self._starts[last]

    def lines_with(self, *words: str) -> list[int]:
        """The numbers of the lines, in order, on which some text stands. One at a time: plain
        words are found fast.
        """
        found = (
            match.start() for word in words for match in re.finditer(re.escape(word), self.text)
        )
        return sorted({self.line_at(at) for at in found})

    def segment(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node, as it stands."""
        start, end = self.place(node)
        return self.text[start:end]

    def place(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends in the text."""
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return self.offset(node.lineno, node.col_offset), end

    def name_of(self, function: Function) -> Span:
        """Where the name of a function stands."""
        line = self.lines[function.lineno - 1]
        keyword = line.index("def", self.column(function.lineno, function.col_offset))
        start = line.index(function.name, keyword + 3) + 1
        return Span(function.lineno, start, function.lineno, start + len(function.name))

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Where a node stands."""
        end_line, end_column = (
            node.end_lineno or node.lineno,
            node.end_col_offset or node.col_offset,
        )
        return Span(
            node.lineno,
            self.column(node.lineno, node.col_offset) + 1,
            end_line,
            self.column(end_line, end_column) + 1,
        )


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Of = TypeVar("Of")
Given = ParamSpec("Given")


def fact(
    compute: Callable[Concatenate[Source, Given], Of],
) -> Callable[Concatenate[Source, Given], Of]:
    """A function that computes something of a source, and of other hashable arguments, only once.

    The source keeps what it gives::

        @fact
        def classes(source: Source) -> dict[str, ast.ClassDef]: ...
    """

    @wraps(compute)
    def known(source: Source, /, *given: Given.args, **named: Given.kwargs) -> Of:
        key = (compute, source.focus, given, *named.items())
        if key not in source.facts:
            source.facts[key] = compute(source, *given, **named)
        return cast(Of, source.facts[key])

    return known


@fact
def top_classes(source: Source) -> dict[str, ast.ClassDef]:
    """The classes at the top level of a file, by their names."""
    return {s.name: s for s in source.tree.body if isinstance(s, ast.ClassDef)}


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends, as Python counts lines.

    Python ends a line at ``\\n``, ``\\r`` and ``\\r\\n`` only. ``str.splitlines`` knows eight
    more, which may stand inside a string.
    """
    return io.StringIO(text, newline="").readlines()


def first_line(statement: ast.stmt) -> int:
    """The line that a statement begins on, its decorators included."""
    decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
    return (
        min(statement.lineno, *(d.lineno for d in decorators)) if decorators else statement.lineno
    )


def is_on(statement: ast.stmt | ast.expr, lines: list[int]) -> bool:
    """Whether one of the lines, whose numbers are sorted, lies in a node, the decorators of a
    statement included.
    """
    first = first_line(statement) if isinstance(statement, ast.stmt) else statement.lineno
    after = bisect_left(lines, first)
    return after < len(lines) and lines[after] <= (statement.end_lineno or 0)


def nodes_on(trees: Iterable[ast.AST], lines: list[int]) -> Iterator[ast.AST]:
    """The nodes inside some trees that stand on certain lines, whose numbers are sorted."""
    todo = list(trees)
    while todo:
        node = todo.pop()
        if not isinstance(node, (ast.stmt, ast.expr)) or is_on(node, lines):
            yield node
            todo += children(node)


def definitions_on(source: Source, lines: list[int]) -> Iterator[Definition]:
    """The functions and classes that stand on certain lines: those of the file, then those of
    its classes.
    """
    outer = [s for s in source.tree.body if isinstance(s, DEFINITIONS) and is_on(s, lines)]
    yield from outer
    for cls in outer:
        if isinstance(cls, ast.ClassDef):
            yield from (s for s in cls.body if isinstance(s, DEFINITIONS) and is_on(s, lines))
