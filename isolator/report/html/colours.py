"""The colours of Python code: each piece of a line with the class that the page's style sheet paints."""

from __future__ import annotations

from collections.abc import Iterable

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

# The first that holds the token's type.
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String, "s"),
    (Number, "n"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (Name.Decorator, "d"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Builtin, "b"),
)

Pieces = tuple[tuple[str, str], ...]


def coloured(source: str) -> list[Pieces]:
    """The lines of a Python source in pieces, each a class ("" for none) and a text without its end of line.

    A line ends at ``\\n``, as in a diff. What cannot be parsed is coloured as well as it goes.
    """
    lines: list[list[tuple[str, str]]] = [[]]
    for _, kind, text in PythonLexer().get_tokens_unprocessed(source):
        name = next((name for above, name in _CLASSES if kind is above or above in kind.split()), "")
        first, *rest = text.split("\n")
        _add(lines[-1], name, first)
        for each in rest:
            lines.append([])
            _add(lines[-1], name, each)
    return [tuple(line) for line in lines]


def classes() -> Iterable[str]:
    """The classes that a piece can have."""
    return dict.fromkeys(name for _, name in _CLASSES)


def _add(line: list[tuple[str, str]], name: str, text: str) -> None:
    """Add a piece, to the one before it if that looks the same."""
    if line and line[-1][0] == name:
        line[-1] = (name, line[-1][1] + text)
    elif text:
        line.append((name, text))
