"""Moving statements to another indentation: what stands inside a string stays where it is."""

from __future__ import annotations

import io
import tokenize

from codemods.python.source import split_lines

_START, _END = getattr(tokenize, "FSTRING_START", -1), getattr(tokenize, "FSTRING_END", -1)


def moved(code: str, was: str, now: str) -> str:
    """Statements whose lines begin with ``was``, with ``now`` in its place.

    A line inside brackets that is indented by less begins with ``now`` alone.
    """
    inside = _inside_strings(code, was)
    return "".join(
        line if number in inside else _moved(line, was, now)
        for number, line in enumerate(split_lines(code), 1)
    )


def _moved(line: str, was: str, now: str) -> str:
    if not line.strip():
        return line.lstrip(" \t")
    return now + (line[len(was) :] if line.startswith(was) else line.lstrip(" \t"))


def _inside_strings(code: str, indentation: str) -> set[int]:
    """The numbers of the lines that begin inside a string."""
    found: set[int] = set()
    begun: list[int] = []
    above = "if True:\n" if indentation else ""
    for token in tokenize.generate_tokens(io.StringIO(above + code).readline):
        if token.type == _START:
            begun.append(token.start[0])
        elif token.type == _END:
            found.update(range(begun.pop() + 1, token.end[0] + 1))
        elif token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
    return {number - bool(above) for number in found}
