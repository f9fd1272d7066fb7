"""The comments inside a statement that is rewritten, and the operation that each one speaks of."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

import libcst as cst

from codemods.python.source import Source
from codemods.state.model.operations import Operation, Set, SetAll, SetDefault, Text, Unset

_OF_RESTORATION = re.compile(
    r"(?i)restor|sav(e|ing)|original|clean|reset|previous|put back|back up|old|environ|\benv\b"
)
# Comments to tools, such as ``type: ignore``, excuse the code in front of them.
TO_A_TOOL = re.compile(r"#\s*(type:\s*ignore|noqa|nosec|pylint:|pyright:|mypy:|pragma:)")


@dataclass
class Comment:
    """A comment, its line, and whether code stands in front of it."""

    text: str
    line: int
    beside: bool


@dataclass
class Comments:
    """Comments that have not found their place yet."""

    left: list[Comment]
    last_line: int = 0

    def keep_those_in(self, code: str) -> None:
        """Leave out what stands on the same lines but in other statements."""
        self.left = [comment for comment in self.left if comment.text in code]

    def take(self, operation: Operation) -> tuple[list[str], str | None]:
        """Those that belong above an operation, and the one that belongs beside it."""
        texts = _texts(operation)
        if not texts or not self.left:
            return [], None
        first, end = texts[0].line, max(text.end_line for text in texts)
        inside = [c for c in self.left if any(t.line <= c.line < t.end_line for t in texts)]
        above = [c for c in self.left if c.line < first and c not in inside]
        beside = [c for c in self.left if c.line == end and c.beside]
        self.left = [c for c in self.left if c not in inside and c not in above and c not in beside]
        return [c.text for c in above + beside[1:]], beside[0].text if beside else None

    def rest(self, kept: str = "") -> list[cst.EmptyLine]:
        """The others as lines of their own, except those that ``kept`` still holds."""
        left = [c for c in self.left if c.text not in kept]
        self.left = []
        return [cst.EmptyLine(comment=cst.Comment(c.text)) for c in left]


def comments_between(source: Source, first: int, last: int) -> Comments:
    """The comments on some lines of the file, those of the statement that begins there."""
    text = "".join(source.lines[first - 1 : last])
    if "#" not in text:
        return Comments([])
    found = []
    if text[:1] in " \t":  # a block of some header's, so that what it dedents to is known
        text, first = f"if 1:\n{text}", first - 1
    reader = io.StringIO(text).readline
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.COMMENT:
                beside = bool(token.line[: token.start[1]].strip())
                found.append(Comment(token.string, first + token.start[0] - 1, beside))
    except (tokenize.TokenError, IndentationError):
        pass  # the lines end in the middle of the file; what follows the header is not needed
    return Comments(found, last)


def keep_comment(blank: cst.EmptyLine) -> bool:
    """Whether a line above a statement that goes should stay: not if it spoke of the
    restoration, or to a tool.
    """
    if blank.comment is None:
        return True
    return not speaks_of_restoration(blank.comment.value) and not speaks_to_a_tool(blank)


def speaks_to_a_tool(blank: cst.EmptyLine) -> bool:
    """Whether a line is a comment that excuses the code it stood after: ``# type: ignore``."""
    return blank.comment is not None and TO_A_TOOL.match(blank.comment.value) is not None


def speaks_of_restoration(text: str) -> bool:
    """Whether a comment or docstring is about putting the environment back."""
    return _OF_RESTORATION.search(text) is not None


def saves_or_restores(statement: ast.stmt) -> bool:
    """``saved_argv = sys.argv`` or ``sys.argv = saved_argv``, by their names."""
    match statement:
        case ast.Assign([target], ast.Name() | ast.Attribute() as value):
            return speaks_of_restoration(f"{ast.unparse(target)} {ast.unparse(value)}")
    return False


def _texts(operation: Operation) -> list[Text]:
    if isinstance(operation, (Set, SetDefault)):
        return [operation.key, operation.value]
    if isinstance(operation, Unset):
        return [operation.key]
    return [operation.mapping] if isinstance(operation, SetAll) else []
