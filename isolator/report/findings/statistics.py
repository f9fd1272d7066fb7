"""How many findings each rule has, as ruff's ``--statistics`` counts them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from codemods.rule import Finding
from isolator.engine.batch import Outcome


@dataclass(frozen=True)
class Statistic:
    """One rule: how many findings it has, and of these how many have a fix that is made."""

    code: str
    name: str
    count: int
    fixable: int


def statistics(outcomes: Iterable[Outcome], *, unsafe_fixes: bool = False) -> list[Statistic]:
    """The rules that have findings, those with most of them first."""
    counts: Counter[tuple[str, str]] = Counter()
    fixable: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update((finding.code, finding.name) for finding in outcome.left)
        fixable.update(finding.code for finding in outcome.left if _is_fixable(finding, unsafe_fixes))
    found = [Statistic(code, name, number, fixable[code]) for (code, name), number in counts.items()]
    return sorted(found, key=lambda each: (-each.count, each.code))


def _is_fixable(finding: Finding, unsafe_fixes: bool) -> bool:
    return finding.fix == "safe" or (unsafe_fixes and finding.fix == "unsafe")


def as_text(found: Sequence[Statistic]) -> Iterator[str]:
    """``count  code  [*] name``: a star if all of them can be fixed, a minus if some can."""
    width = max((len(str(each.count)) for each in found), default=0)
    starred = any(each.fixable for each in found)
    for each in found:
        mark = "[*]" if each.fixable == each.count else "[-]" if each.fixable else "[ ]"
        yield f"{each.count:>{width}}  {each.code}  {f'{mark} ' if starred else ''}{each.name}"


def as_json(found: Sequence[Statistic], known: Mapping[tuple[str, str], int]) -> str:
    """A list of objects: code, name, and the numbers count and fixable; ``baseline`` is how many more it knows."""
    hidden_only = [Statistic(*rule, 0, 0) for rule in sorted(known.keys() - {(each.code, each.name) for each in found})]
    rows = [
        {
            "code": e.code,
            "name": e.name,
            "count": e.count,
            "fixable": e.fixable,
            "baseline": known.get((e.code, e.name), 0),
        }
        for e in (*found, *hidden_only)
    ]
    return json.dumps(rows, indent=2) + "\n"
