"""What fixes a finding, as parts of the file and the text that comes in their place."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from codemods.python.source import Span
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.units import unit_of
from isolator.report.findings.reported import Alone

Part = tuple[Span, str]
_MOST = 20  # rewrites of one file


def replacements(outcome: Outcome, alone: Alone) -> dict[Finding, list[Part]]:
    """For each finding that the rewrite of a file fixes, the whole lines that change and what becomes of them.

    What is rewritten together is fixed together, and where there is much to fix, neighbours are; ``alone`` works out
    the rewrite without the units that it is given, as ``Scan.without`` does. So each finding's parts can be applied by
    themselves to the file as it was read.
    """
    if outcome.after is None or outcome.error is not None:
        return {}
    before = engine.read(outcome.before or b"", outcome.file.name)
    units = {finding: unit_of(finding, before) for finding in outcome.fixed}
    found: dict[Finding, list[Part]] = {}
    for group in _groups(list(dict.fromkeys(units.values()))):
        others = frozenset(units.values()).difference(group)
        fixed = alone(outcome, others) if others else outcome
        if fixed.after is not None and fixed.error is None:
            after = engine.read(fixed.after, outcome.file.name)
            parts = _parts(before.lines, after.lines)
            found |= {finding: parts for finding in fixed.fixed if units.get(finding) in group}
    return found


def _groups(units: Sequence[str]) -> list[Sequence[str]]:
    """The units in groups of equal size: each costs a rewrite, and so there is a limit to their number."""
    size = -(-len(units) // _MOST) or 1
    return [units[start : start + size] for start in range(0, len(units), size)]


def _parts(old: Sequence[str], new: Sequence[str]) -> list[Part]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        (Span(*_start(old, i1), *_start(old, i2)), "".join(new[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def _start(lines: Sequence[str], index: int) -> tuple[int, int]:
    """Where a line begins, or, after the last one, where the file ends."""
    if index == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        return index, len(lines[-1]) + 1
    return index + 1, 1
