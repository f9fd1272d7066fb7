"""The text of one import statement with one more name, or without some names; its layout and
its comments stay.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect
from collections.abc import Callable, Collection
from typing import NamedTuple

from codemods.python.items import Item, insert_item, line_end, line_start
from codemods.python.source import Source


class _Part(NamedTuple):
    """One imported name: the name it defines, and where it stands in the statement."""

    name: str
    bound: str
    item: Item


def with_name(statement: str, name: str) -> str:
    """``from module import …`` with one more name: in its place if they are sorted, else at the
    end.
    """
    parts = _parts(statement)
    index = _place([part.name for part in parts], name)
    opening = statement.index("(") + 1 if "(" in statement else None
    return insert_item(statement, [part.item for part in parts], index, name, opening)


def without_names(statement: str, bound: Collection[str]) -> str:
    """An import statement without the parts that define these names; at least one other name
    must be left.
    """
    for index in reversed([i for i, part in enumerate(_parts(statement)) if part.bound in bound]):
        statement = _without(statement, [part.item for part in _parts(statement)], index)
    return statement


def _parts(statement: str) -> list[_Part]:
    source = Source(statement, "")
    node = source.tree.body[0]
    assert isinstance(node, (ast.Import, ast.ImportFrom))
    return [
        _Part(
            alias.name,
            alias.asname or alias.name.partition(".")[0],
            Item(
                alias.lineno,
                source.offset(alias.lineno, alias.col_offset),
                source.offset(
                    alias.end_lineno or alias.lineno, alias.end_col_offset or alias.col_offset
                ),
            ),
        )
        for alias in node.names
    ]


def _by_type(name: str) -> tuple[int, str]:
    """The default order of isort and ruff: constants, then classes, then the rest."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.lower()


def _place(names: list[str], name: str) -> int:
    """Where a name belongs among others: by the first sort order that they follow, else after
    them.
    """
    orders: tuple[Callable[[str], tuple[int, str]], ...] = (
        _by_type,
        lambda n: (0, n),
        lambda n: (0, n.lower()),
    )
    for order in orders:
        keys = [order(n) for n in names]
        if keys == sorted(keys):
            return bisect(keys, order(name))
    return len(names)


def _without(statement: str, items: list[Item], index: int) -> str:
    item = items[index]
    start, end = line_start(statement, item.start), line_end(statement, item.end)
    alone = re.fullmatch(r"[ \t]*,?[ \t]*(#.*)?(\r?\n|\r)", statement[item.end : end])
    if alone and not statement[start : item.start].strip():
        shorter = statement[:start] + statement[end:]
        trailing_comma = "," in statement[item.end : end].partition("#")[0]
        if item is items[-1] and index and not trailing_comma:
            kept = items[index - 1].end
            return shorter[:kept] + re.sub(r"\A[ \t]*,", "", shorter[kept:])
        return shorter
    following = items[index + 1] if item is not items[-1] else None
    if following is not None and (index == 0 or following.line == item.line):
        return statement[: item.start] + statement[following.start :]
    if "#" in statement[items[index - 1].end : item.start]:
        return statement[: item.start] + statement[item.end :]
    return statement[: items[index - 1].end] + statement[item.end :]
