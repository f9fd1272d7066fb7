"""Which rewrites of a file the guard rejects: those are left out, and the others stay."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemods.source import Source, first_line
from isolator.units import names_at

# Set-ups, which no test names.
_UNNAMED = re.compile(r"(async)?(set|tear)(_?up|_?down)", re.IGNORECASE)


@dataclass(frozen=True)
class Attempt:
    """A rewritten text, the codes of rules that were not applied, and what the guard says of it, None if nothing."""

    text: str
    unfaithful: frozenset[str] = frozenset()
    difference: str | None = None


@dataclass(frozen=True)
class Judged:
    """The attempt that stays. ``rejected`` are units that are left out, each with what the guard said of it, and
    ``left_with`` those that go with one of them.
    """

    attempt: Attempt
    rejected: dict[str, str]
    left_with: dict[str, str]


def judge(units: Sequence[str], source: Source, attempt: Callable[[frozenset[str]], Attempt]) -> Judged:
    """Rewrites a file with as many of its units as the guard accepts; ``attempt`` rewrites it without some.

    Two that are only rejected together are both left out.
    """
    whole = attempt(frozenset())
    if whole.difference is None:
        return Judged(whole, {}, {})
    rejected: dict[str, str] = {}
    left_with: dict[str, str] = {}

    def without(*more: str) -> Attempt:
        return attempt(frozenset([*rejected, *left_with, *more]))

    def reject(unit: str, difference: str) -> None:
        rejected[unit] = difference
        left_with.update({other: unit for other in dependents(unit, units, source) if other not in rejected})

    def narrow(some: Sequence[str], difference: str) -> None:
        """Rejects those of some units, which are rejected as they are, that are so by themselves."""
        if len(some) == 1:
            reject(some[0], difference)
            return
        middle = len(some) // 2
        for half in (some[:middle], some[middle:]):
            tried = without(*(unit for unit in units if unit not in half))
            if tried.difference is not None:
                narrow(half, tried.difference)

    named = _named(whole, units)
    if named is not None:
        reject(named, whole.difference)
    now = without()
    while now.difference is not None:
        known = len(rejected)
        narrow([unit for unit in units if unit not in rejected and unit not in left_with], now.difference)
        if len(rejected) == known:  # each is accepted by itself
            rejected |= {unit: now.difference for unit in units if unit not in rejected}
        now = without()
    return Judged(now, rejected, left_with)


def _named(attempt: Attempt, units: Sequence[str]) -> str | None:
    """The unit on the line that the guard names, if there is one."""
    line = re.match(r"line (\d+):", attempt.difference or "")
    try:
        names = names_at(int(line[1]), ast.parse(attempt.text).body) if line else []
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found = [unit for unit in units if names and unit.partition("[")[0].endswith("::" + "::".join(names))]
    return found[0] if len(found) == 1 else None


def dependents(unit: str, units: Sequence[str], source: Source) -> list[str]:
    """The other units that must not be rewritten without this one.

    What uses a fixture or a helper may lean on how it restores. Nothing leans on a test.
    """
    name = unit.partition("[")[0].rpartition("::")[2]
    if name.startswith(("test", "Test")):
        return []
    text = _text_of(unit, source)
    if _UNNAMED.match(name) or "autouse" in text or not text:
        return [other for other in units if other != unit]
    word = re.compile(rf"\b{re.escape(name)}\b")
    return [other for other in units if other != unit and word.search(_text_of(other, source) or name)]


def _text_of(unit: str, source: Source) -> str:
    """The text of the function or class that a unit is in; empty if that is not known."""
    names = unit.partition("[")[0].split("::")[1:]
    statements: Sequence[ast.stmt] = source.tree.body
    found = None
    for name in names:
        found = next((s for s in statements if getattr(s, "name", None) == name), None)
        statements = getattr(found, "body", [])
    return "".join(source.lines[first_line(found) - 1 : found.end_lineno]) if found is not None else ""
