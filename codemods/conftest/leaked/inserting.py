"""The findings that short fixtures and those of templates fix, and the file with these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codemods.conftest.leaked.choosing import Short
from codemods.conftest.placing import place_for_fixture
from codemods.conftest.wanted import RefusedError, Wanted, findings, with_fixture, with_text
from codemods.context import Context
from codemods.python.source import Source, Span
from codemods.rule import Match, Rule


def short_match(
    rule: Rule,
    source: Source,
    context: Context,
    short: Short,
    message: str,
    cells: tuple[str, ...],
) -> Match:
    """What a short fixture for these cells fixes: it is refused where a name of it means something
    else.
    """
    top = Span(1, 1, 1, 1)
    try:
        _with_short(source, context, short)
    except RefusedError as refused:
        finding = rule.finding(top, f"{message}: {refused}", refusal=refused.refusal)
    else:
        finding = rule.finding(top, message, fix="safe")
    return Match(replace(finding, fixture=short.name, cells=cells), short)


def template_matches(
    rule: Rule,
    source: Source,
    context: Context,
    wanted: Wanted,
    message: str,
    cells: tuple[str, ...],
) -> list[Match]:
    """What the fixture of a template for these cells fixes: nothing if it is there."""
    found = findings(rule, source, context, wanted, message)
    return [Match(replace(f, fixture=wanted.name, cells=cells), wanted) for f in found]


def with_fixtures(source: Source, context: Context, accepted: Sequence[Match], general: str) -> str:
    """The file with the fixtures of these matches, those of templates last.

    Where the general one, of the template ``general``, is put in anyway, a path more in its list
    is less than a short fixture.
    """
    short = [match.change for match in accepted if isinstance(match.change, Short)]
    wanted = [match.change for match in accepted if isinstance(match.change, Wanted)]
    if any(each.template == general for each in wanted):
        paths = tuple(path for each in short if each.listed for path in each.paths)
        wanted = [_with_paths(each, paths) if each.template == general else each for each in wanted]
        short = [each for each in short if not each.listed]
    for one in short:
        source = _changed(source, _with_short(source, context, one))
    for each in wanted:
        source = _changed(source, with_fixture(source, context, each))
    return source.text


def _with_paths(wanted: Wanted, paths: tuple[str, ...]) -> Wanted:
    return replace(wanted, values=(*paths, *wanted.values))


def _with_short(source: Source, context: Context, short: Short) -> str:
    after = place_for_fixture(source, context)
    return with_text(source, context, short.template, short.template.text, after)


def _changed(source: Source, text: str) -> Source:
    return Source(text, source.path, source.tests)
