"""Which rewrites of a file the guard rejects: those are left out, and the others stay."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from codemods.python.source import Source, first_line
from isolator.engine.units import names_at

# Set-ups, which tests use without naming them.
_UNNAMED = re.compile(r"(async)?(set|tear)(_?up|_?down)", re.IGNORECASE)

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Attempt:
    """A rewritten text, the codes of rules that were not applied, and the difference that the guard found, if any."""

    text: str
    unfaithful: frozenset[str] = frozenset()
    difference: str | None = None


@dataclass(frozen=True)
class Judged:
    """The attempt that stays. ``rejected`` are units that are left out, each with the guard's difference, and
    ``left_with`` the units that depend on one of them.
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
    judging = _Judging(units, source, attempt)
    named = _named(whole, units)
    if named is not None:
        judging.reject(named, whole.difference)
    now = judging.without()
    while now.difference is not None:
        judging.narrow(now.difference)
        now = judging.without()
    return Judged(now, judging.rejected, judging.left_with)


@dataclass
class _Judging:
    """The units that are left out so far, as in Judged."""

    units: Sequence[str]
    source: Source
    attempt: Callable[[frozenset[str]], Attempt]
    rejected: dict[str, str] = field(default_factory=dict)
    left_with: dict[str, str] = field(default_factory=dict)

    def without(self, *more: str) -> Attempt:
        """The rewrite without these units and those that are already left out."""
        return self.attempt(frozenset([*self.rejected, *self.left_with, *more]))

    def reject(self, unit: str, difference: str) -> None:
        """Leave out a unit, and those that depend on it."""
        self.rejected[unit] = difference
        others = dependents(unit, self.units, self.source)
        self.left_with.update({other: unit for other in others if other not in self.rejected})

    def narrow(self, difference: str) -> None:
        """Reject the units that are rejected on their own; if there are none, all, as they fail only together."""
        known = len(self.rejected)
        self._halve([u for u in self.units if u not in self.rejected and u not in self.left_with], difference)
        if len(self.rejected) == known:
            self.rejected |= {unit: difference for unit in self.units if unit not in self.rejected}

    def _halve(self, some: Sequence[str], difference: str) -> None:
        if len(some) == 1:
            self.reject(some[0], difference)
            return
        middle = len(some) // 2
        for half in (some[:middle], some[middle:]):
            tried = self.without(*(unit for unit in self.units if unit not in half))
            if tried.difference is not None:
                self._halve(half, tried.difference)


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

    A unit that uses a fixture or a helper may depend on how that restores. None depends on a test.
    """
    name = unit.partition("[")[0].rpartition("::")[2]
    if name.startswith(("test", "Test")):
        return []
    text = _text_of(unit, source)
    if _UNNAMED.match(name) or "autouse" in text or not text:
        inside = _classes_of(unit, source) if text else frozenset()
        return [other for other in units if other != unit and (not inside or _names(other)[0] in inside)]
    word = re.compile(rf"\b{re.escape(name)}\b")
    return [other for other in units if other != unit and word.search(_text_of(other, source) or name)]


def _classes_of(unit: str, source: Source) -> frozenset[str]:
    """The class of a method, and those that derive from it, of the file; none for a function."""
    first, *rest = _names(unit)
    found, known = ({first} if rest else set()), set[str]()
    classes = [s for s in source.tree.body if isinstance(s, ast.ClassDef)]
    while found != known:
        known = set(found)
        found |= {
            c.name for c in classes if any(word in known for word in _WORD.findall(" ".join(map(ast.unparse, c.bases))))
        }
    return frozenset(found)


def _names(unit: str) -> list[str]:
    """The names of a unit: of its class, if it has one, and of itself."""
    return unit.partition("[")[0].split("::")[1:]


def _text_of(unit: str, source: Source) -> str:
    """The text of the function or class that a unit is in; empty if that is not known."""
    names = _names(unit)
    statements: Sequence[ast.stmt] = source.tree.body
    found = None
    for name in names:
        found = next((s for s in statements if getattr(s, "name", None) == name), None)
        statements = getattr(found, "body", [])
    return "".join(source.lines[first_line(found) - 1 : found.end_lineno]) if found is not None else ""
