"""``check --since``: only what is found on lines that have changed counts, and is fixed."""

from __future__ import annotations

from dataclasses import replace

from codemods.context import Context
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.engine import Rewrite, Selection
from isolator.project.others.changed_lines import Lines


def check(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """As ``engine.check``, but the findings on other lines than those of the selection are left out."""
    return _only(engine.check(data, path, context, selection, tests), selection.lines)


def rewrite(
    data: bytes, path: str, context: Context, selection: Selection, tests: tuple[str, ...] | None = None
) -> Rewrite:
    """As ``engine.rewrite``; a function that has findings on other lines only is not rewritten.

    Where a function has some on both, all of them are fixed: the changes must be undone in one order.
    """
    checked = engine.check(data, path, context, selection, tests)
    wanted = _only(checked, selection.lines)
    if checked.error is not None or not wanted.left:
        return wanted
    others = [finding for finding in checked.left if finding not in wanted.left]
    meant = set(engine.units(data, path, wanted.left))
    without = frozenset(engine.units(data, path, others)) - meant
    made = engine.rewrite(data, path, context, replace(selection, without=selection.without | without), tests)
    return _only(made, selection.lines)


def _only(made: Rewrite, lines: Lines | None) -> Rewrite:
    if lines is None:
        return made
    return replace(made, left=tuple(finding for finding in made.left if _is_on(finding, lines)))


def _is_on(finding: Finding, lines: Lines) -> bool:
    return any(first <= finding.span.end_line and finding.span.line <= last for first, last in lines)
