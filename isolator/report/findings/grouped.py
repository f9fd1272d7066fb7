"""The findings for people: what is said many times is said once, with its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.report.findings.text import message
from isolator.system.visible import Painted, visible

_MANY = 4  # places from which on a message is not repeated
_MARK = "[*] "

_Place = tuple[str, Finding]  # the path, and what was found there


def grouped(
    outcomes: Iterable[Outcome], *, unsafe_fixes: bool = False, group: bool = True, colour: bool = False
) -> Iterator[str]:
    """A line for each finding; with ``group``, one for all that say the same of one rule, and their places below it.

    They come in the order of the first place of each.
    """
    places = ((outcome.file.path, finding) for outcome in outcomes for finding in outcome.left)
    if not group:
        for place in places:
            yield _line(place, unsafe_fixes, colour)
        return
    alike: dict[tuple[str, str], list[_Place]] = {}
    every = list(places)
    for path, finding in every:
        alike.setdefault(_cause(finding, unsafe_fixes), []).append((path, finding))
    for place in every:
        cause = _cause(place[1], unsafe_fixes)
        if len(alike.get(cause, ())) >= _MANY:
            yield from _group(alike.pop(cause), unsafe_fixes, colour)
        elif cause in alike:
            yield _line(place, unsafe_fixes, colour)


def _cause(finding: Finding, unsafe_fixes: bool) -> tuple[str, str]:
    return finding.code, message(finding, unsafe_fixes)


def _group(places: list[_Place], unsafe_fixes: bool, colour: bool) -> Iterator[str]:
    """``ISO202 in 17 places: message``, and a line for each file: ``path:3:10, 7:10``."""
    finding = places[0][1]
    head = f" in {len(places)} places: "
    yield _painted(["", finding.code, head, *_marked(message(finding, unsafe_fixes))], colour)
    by_path: dict[str, list[str]] = {}
    for path, each in places:
        by_path.setdefault(path, []).append(f"{each.span.line}:{each.span.column}")
    for path, spots in by_path.items():
        yield f"    {path}:{', '.join(spots)}"


def _line(place: _Place, unsafe_fixes: bool, colour: bool) -> str:
    path, finding = place
    where = f"{path}:{finding.span.line}:{finding.span.column}: "
    return _painted([where, finding.code, " ", *_marked(message(finding, unsafe_fixes))], colour)


def _marked(text: str) -> tuple[str, str]:
    return (_MARK, text.removeprefix(_MARK)) if text.startswith(_MARK) else ("", text)


def _painted(parts: list[str], colour: bool) -> str:
    """Place, code, what is between, mark and message as one line."""
    if not colour:
        return "".join(parts)
    where, code, between, mark, text = map(visible, parts)
    place = click.style(where.rstrip(), bold=True) + " " if where else ""
    return Painted(f"{place}{click.style(code, fg='red', bold=True)}{between}{mark and _fixable()}{text}")


def _fixable() -> str:
    return f"[{click.style('*', fg='cyan')}] "
