"""Where a fixture goes in a conftest."""

from __future__ import annotations

import ast
from itertools import takewhile

from codemods.context import Context
from codemods.python.names import Function
from codemods.python.source import Source, split_lines
from codemods.suite.hosts import Host, Kind, hosts


def fixtures(source: Source, context: Context) -> list[Host]:
    """The fixtures at the top level of a file, in its order."""
    top = [s for s in source.tree.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return [
        host
        for host in hosts(source, context, [*top])
        if host.kind in (Kind.FIXTURE, Kind.WIDE_FIXTURE)
    ]


def place_for_fixture(source: Source, context: Context) -> ast.stmt | None:
    """What a new fixture of a file goes after: its last one, else what is above its first test."""
    there = [host.function for host in fixtures(source, context)]
    if there:
        return there[-1]
    tests = (host for host in hosts(source, context) if host.node_id)
    tops = {id((*host.classes, host.function)[0]) for host in tests}
    above = takewhile(lambda statement: id(statement) not in tops, source.tree.body)
    return next(iter([*above][-1:]), None) if tops else None


def fixture_name(function: Function) -> str:
    """What tests call a fixture: ``name=`` in its decorator, else the function's name."""
    name = _option(function, "name")
    return name if isinstance(name, str) else function.name


def autouse(function: Function) -> bool:
    """Whether the fixture is used by every test without being asked for."""
    return _option(function, "autouse") is True


def _option(function: Function, name: str) -> object:
    for decorator in function.decorator_list:
        for keyword in getattr(decorator, "keywords", ()):
            if keyword.arg == name and isinstance(keyword.value, ast.Constant):
                return keyword.value.value
    return None


def place(source: Source, text: str, after: ast.stmt | None) -> str:
    """The file with ``text`` after a statement, or at its end, two blank lines from what stands
    around it.
    """
    lines = list(source.lines)
    if not source.text.strip():
        return text
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    at = _line_after(after, lines) if after is not None else _end(lines)
    last = source.tree.body[-1] if source.tree.body else None
    definition = text.lstrip().startswith(("@", "def ", "async def ", "class "))
    above = (
        1
        if after is None and isinstance(last, (ast.Import, ast.ImportFrom)) and not definition
        else 2
    )
    following = lines[at:]
    blank = next((i for i, line in enumerate(following) if line.strip()), None)
    below = 0 if blank is None else max(0, 2 - blank)
    if not lines[at - 1].endswith(("\r", "\n")):
        lines[at - 1] += newline
    added = (
        [newline] * above
        + [line.rstrip("\r\n") + newline for line in split_lines(text)]
        + [newline] * below
    )
    return "".join([*lines[:at], *added, *following])


def _end(lines: list[str]) -> int:
    """How many lines the file has without the blank ones at its end."""
    return max(number for number, line in enumerate(lines, 1) if line.strip())


def _line_after(statement: ast.stmt, lines: list[str]) -> int:
    """How many lines there are up to the end of a statement, with the comments below its last
    statement.
    """
    end = at = statement.end_lineno or statement.lineno
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.strip() and not (line[0] in " \t" and line.lstrip().startswith("#")):
            break
        if line.strip():
            end = at
    return end
