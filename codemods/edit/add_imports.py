"""The import lines of a file: add what a rewrite needs, where the file's owner would have put
it.
"""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect
from collections.abc import Callable, Collection, Iterable
from enum import IntEnum

from codemods.edit.unused_imports import remove_unused
from codemods.python.import_names import with_name
from codemods.python.source import DEFINITIONS, Source, first_line

__all__ = ["add_imports", "remove_unused"]

Wanted = tuple[str, "str | None"]
_HEADER = re.compile(r"#!|[ \t\f]*#.*?coding[:=]")


class _Group(IntEnum):
    """The groups of imports, in the order they stand in."""

    FUTURE = 0
    STDLIB = 1
    THIRD_PARTY = 2
    FIRST_PARTY = 3
    LOCAL = 4


def add_imports(text: str, wanted: Iterable[Wanted], first_party: Collection[str] = ()) -> str:
    """The text with the imports that it lacks.

    ``("os", None)`` is ``import os``, and ``("unittest.mock", "patch")`` is ``from unittest.mock
    import patch``. An import counts as there if it is sure to have been done before the first
    function or class is defined: not one below ``if TYPE_CHECKING``, nor one in a single branch
    of an ``if``. The caller makes sure that the names have no other meaning in the file.
    ``first_party`` are the project's own top-level modules, which stand in a group after
    third-party ones. Raises what ``ast.parse`` raises if the text does not parse.
    """
    asked = sorted(
        set(wanted), key=lambda w: (_group(w[0], first_party), w[1] is not None, w[0], w[1] or "")
    )
    if not asked:
        return text
    source = Source(text, "")
    there = _done(source.tree.body)
    for module, name in asked:
        if (_canonical(module), name) not in there:
            source = Source(_add(source, module, name, first_party), "")
    return source.text


def _add(source: Source, module: str, name: str | None, first_party: Collection[str]) -> str:
    body = source.tree.body
    if name is not None:
        for statement in _before_definitions(body):
            if _merges(statement, module):
                start, segment = (
                    source.offset(statement.lineno, statement.col_offset),
                    source.segment(statement),
                )
                return (
                    source.text[:start]
                    + with_name(segment, name)
                    + source.text[start + len(segment) :]
                )
    line = f"import {module}" if name is None else f"from {module} import {name}"
    block = _block(body)
    if not block:
        return _first_import(source, line)
    group = _group(module, first_party)
    alike = [s for s in block if _statement_group(s, first_party) is group]
    if alike:
        return _into_group(source, _paragraph(alike, source), line)
    before = [s for s in block if (_statement_group(s, first_party) or group) < group]
    return _new_group(source, block, before, line)


def _before_definitions(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that have run when the first function or class is defined."""
    return body[: next((i for i, s in enumerate(body) if isinstance(s, DEFINITIONS)), len(body))]


def _done(body: list[ast.stmt]) -> set[Wanted]:
    """The imports that are sure to be done before the first function or class is defined."""
    found: set[Wanted] = set()
    for statement in _before_definitions(body):
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                parent, _, last = alias.name.rpartition(".")
                if alias.asname is None or alias.asname == alias.name:
                    parts = alias.name.split(".")
                    found.update(
                        (_canonical(".".join(parts[: i + 1])), None) for i in range(len(parts))
                    )
                elif alias.asname == last:
                    found.add((_canonical(parent), last))
        elif isinstance(statement, ast.ImportFrom) and not statement.level:
            module = _canonical(statement.module or "")
            found.update((module, a.name) for a in statement.names if a.asname in (None, a.name))
        elif isinstance(statement, ast.If):
            found |= _done(statement.body) & _done(statement.orelse)
        elif isinstance(statement, (ast.Try, ast.With)):
            found |= _done(statement.body)
    return found


def _canonical(module: str) -> str:
    """The backport ``mock`` is ``unittest.mock``."""
    return "unittest." + module if module == "mock" or module.startswith("mock.") else module


def _merges(statement: ast.stmt, module: str) -> bool:
    if not isinstance(statement, ast.ImportFrom) or statement.level:
        return False
    return (
        _canonical(statement.module or "") == _canonical(module) and statement.names[0].name != "*"
    )


def _group(module: str, first_party: Collection[str] = ()) -> _Group:
    top = module.partition(".")[0]
    if top == "__future__":
        return _Group.FUTURE
    if top in sys.stdlib_module_names:
        return _Group.STDLIB
    return _Group.FIRST_PARTY if top in first_party else _Group.THIRD_PARTY


def _statement_group(statement: ast.stmt, first_party: Collection[str] = ()) -> _Group | None:
    if isinstance(statement, ast.ImportFrom):
        return _Group.LOCAL if statement.level else _group(statement.module or "", first_party)
    return (
        _group(statement.names[0].name, first_party) if isinstance(statement, ast.Import) else None
    )


def _block(body: list[ast.stmt]) -> list[ast.stmt]:
    """The first run of imports, without those from ``__future__``."""
    run: list[ast.stmt] = []
    for statement in _before_definitions(body):
        if (_statement_group(statement) or _Group.FUTURE) is not _Group.FUTURE:
            run.append(statement)
        elif run:
            break
    return run


def _paragraph(alike: list[ast.stmt], source: Source) -> list[ast.stmt]:
    """The imports of one kind up to the first blank line: further down stand the project's own
    modules.

    The standard library is known by name, and all of it is one group however it is spaced.
    """
    if _statement_group(alike[0]) is _Group.STDLIB:
        return alike
    for index in range(1, len(alike)):
        between = source.lines[_end(source, alike[index - 1]) : alike[index].lineno - 1]
        if any(not line.strip() for line in between):
            return alike[:index]
    return alike


def _into_group(source: Source, alike: list[ast.stmt], line: str) -> str:
    """The text with an import in its alphabetical place among those of its kind."""
    new = ast.parse(line).body[0]
    orders: tuple[Callable[[ast.stmt], tuple[bool | str, bool | str]], ...] = (
        lambda s: (isinstance(s, ast.ImportFrom), _module(s)),
        lambda s: (_module(s), isinstance(s, ast.ImportFrom)),
    )
    same_form = [i + 1 for i, s in enumerate(alike) if type(s) is type(new)]
    index = same_form[-1] if same_form else len(alike)
    for order in orders:
        keys = [order(s) for s in alike]
        if keys == sorted(keys):
            index = bisect(keys, order(new))
            break
    if index:
        return _splice(source, _end(source, alike[index - 1]), [line])
    return _splice(source, _start(source, alike[0]), [line])


def _module(statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").lower()
    return statement.names[0].name.lower() if isinstance(statement, ast.Import) else ""


def _new_group(source: Source, block: list[ast.stmt], before: list[ast.stmt], line: str) -> str:
    """The text with an import in a new group, after those before it, separated by blank lines if
    the others are.
    """
    if not before:
        at = _start(source, block[0])
        comments = at
        while comments and source.lines[comments - 1].lstrip().startswith("#"):
            comments -= 1
        # A comment at the very top is the file's; any other one is about the import below it.
        return _splice(source, comments or at, [line, ""])
    at = _end(source, before[-1])
    follower = source.lines[at].strip() if at < len(source.lines) else ""
    if follower and before[-1] is not block[-1]:
        return _splice(source, at, [line])
    return _splice(source, at, ["", line, ""] if follower else ["", line])


def _first_import(source: Source, line: str) -> str:
    """The text with its first import: after docstring, ``__future__`` and the file's own
    comments.
    """
    at = _top(source)
    following = [s for s in source.tree.body if first_line(s) > at]
    added = ["", line] if at else [line]
    if following:
        blank = 0
        while not source.lines[at + blank].strip():
            blank += 1
        added += [""] * ((2 if isinstance(following[0], DEFINITIONS) else 1) - blank)
    return _splice(source, at, added)


def _top(source: Source) -> int:
    """How many lines stand before the place of a first import."""
    body, head = source.tree.body, None
    for index, statement in enumerate(body):
        if (index == 0 and ast.get_docstring(source.tree, clean=False) is not None) or (
            _statement_group(statement) is _Group.FUTURE
        ):
            head = statement
        else:
            break
    if head is not None:
        return _end(source, head)
    limit = first_line(body[0]) - 1 if body else len(source.lines)
    end = 0
    for number, text in enumerate(source.lines[:limit]):
        if number < 2 and _HEADER.match(text):
            end = number + 1
        elif not text.strip() and number and source.lines[number - 1].strip():
            end = number
    return end if body else limit


def _start(source: Source, statement: ast.stmt) -> int:
    """How many lines stand before a statement; after it if it does not begin its line."""
    if source.lines[statement.lineno - 1][: statement.col_offset].strip():
        return _end(source, statement)
    return statement.lineno - 1


def _end(source: Source, statement: ast.stmt) -> int:
    """How many lines stand before the first line that begins after a statement and all that
    shares its lines.
    """
    end = statement.end_lineno or statement.lineno
    for other in source.tree.body:
        if first_line(other) <= end < (other.end_lineno or end):
            end = other.end_lineno or end
    while end < len(source.lines) and source.lines[end - 1].rstrip("\r\n").endswith("\\"):
        end = max(
            [end + 1, *(s.end_lineno or 0 for s in source.tree.body if first_line(s) <= end + 1)]
        )
    return end


def _splice(source: Source, at: int, added: list[str]) -> str:
    """The text with lines added before line ``at`` (from 0), in the newlines of the file, which
    ends as it ended.
    """
    newline = (re.search(r"\r\n|\r|\n", source.text) or ["\n"])[0]
    new = [line + newline for line in added]
    lines = list(source.lines)
    if lines and at == len(lines) and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
        new[-1] = new[-1][: -len(newline)]
    return "".join([*lines[:at], *new, *lines[at:]])
