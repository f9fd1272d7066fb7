"""Writing what gives each test its own files. This module imports LibCST."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from codemods.context import Context
from codemods.edit.layout import laid_out
from codemods.edit.statements import edited
from codemods.python.source import Source
from codemods.shared_files.narrowing import Narrowed
from codemods.shared_files.own import Own
from codemods.state.write.opening import opened
from codemods.suite.hosts import hosts

Edit = tuple[int, int, str]


def written(source: Source, context: Context, changes: Sequence[Own | Narrowed]) -> str:
    """The text with all the changes made.

    Raises NotLosslessError where LibCST could not print a statement as it was.
    """
    own = [change for change in changes if isinstance(change, Own)]
    edits = [_for_each_test(source, each) for each in changes if isinstance(each, Narrowed)]
    edits += [(*source.place(node), text) for each in own for node, text in each.renamed]
    text = laid_out(edited(source.text, edits), source.text, context.line_length, source.indent)
    # The same functions in the same order, wherever they stand now.
    before = [host.function for host in hosts(source, context)]
    after = Source(text, source.path, source.tests)
    now = list(hosts(after, context))
    moved = [replace(each, host=now[before.index(each.host.function)]) for each in own]
    return opened(after, context, moved) if moved else text


def _for_each_test(source: Source, change: Narrowed) -> Edit:
    """What takes the scope out of a decorator."""
    call, scope = change.call, change.scope
    start, end = source.place(scope)
    others: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    others.remove(scope)
    if not others:
        _, name_end = source.place(call.func)
        empty = "()" if f"{source.segment(call.func)}()" in source.text else ""
        return name_end, source.place(call)[1], empty
    places = sorted(source.place(each) for each in others)
    after = next((place for place, _ in places if place > start), None)
    gone = (places[-1][1], end) if after is None else (start, after)
    if "#" in source.text[gone[0] : gone[1]]:
        return (*source.place(scope.value), f"{source.quote}function{source.quote}")
    return (*gone, "")
