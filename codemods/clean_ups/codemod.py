"""The codemod of a rule whose fixes register what undoes a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from codemods.clean_ups.finding import Look, sites
from codemods.clean_ups.model import Site
from codemods.context import Context
from codemods.python.source import Source
from codemods.rule import Additions, Codemod, Finding, Match, Rule


def codemod_of(
    rule: Rule,
    may: Callable[[bytes], bool],
    lines: re.Pattern[str],
    look: Look,
    *,
    reads_tree: bool = False,
) -> Codemod:
    """The codemod: ``look`` says what a node changes, ``may`` whether the bytes of a file may
    change any, and ``lines`` matches on each line that does.
    """

    def may_apply(data: bytes, path: str, context: Context) -> bool:
        del path, context
        return may(data)

    def find(source: Source, context: Context) -> list[Match]:
        numbers = sorted({source.line_at(match.start()) for match in lines.finditer(source.text)})
        found = sites(source, context, numbers, look)
        return [Match(_finding(rule, site, source), site) for site in found]

    return Codemod((rule,), may_apply, find, apply, adds=adds, reads_tree=reads_tree)


def _finding(rule: Rule, site: Site, source: Source) -> Finding:
    test = site.host.node_id if site.host else None
    change = site.change
    fix: Literal["safe"] | None = None if change.refusal else "safe"
    span = source.span(change.node)
    return rule.finding(span, change.message, test=test, fix=fix, refusal=change.refusal)


def apply(source: Source, context: Context, accepted: Sequence[Match]) -> str:
    """The text with the undoing of each match registered. Raises NotLosslessError."""
    from codemods.clean_ups.writing import register

    return register(source, context, [m.change for m in accepted if isinstance(m.change, Site)])


def adds(source: Source, context: Context) -> Additions:
    """Lines that register clean-ups."""
    del source, context
    return Additions(clean_ups=True)
