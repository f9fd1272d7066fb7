"""What has become of the findings of a function in which several met, once some of them are fixed.

ISO203 says that patching a target has no effect in a module; where ISO201 adds the patch that has, it says no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codemods.rule import Finding

InUnit = tuple[str, Finding]  # a finding, after the unit that it belongs to


@dataclass(frozen=True)
class Afterwards:
    """Both with what each of the findings is to be reported as.

    ``unmade`` would have been fixed, had not another codemod changed the function first; the reason is that of now.
    ``gone`` have no fix, and are gone with the fix of another one, so that their reasons are no longer true.
    """

    unmade: Mapping[Finding, Finding] = field(default_factory=dict)
    gone: Mapping[Finding, Finding] = field(default_factory=dict)


def compared(fixes: Sequence[InUnit], beside: Sequence[InUnit], now: Sequence[InUnit]) -> Afterwards:
    """``fixes`` are what has been fixed, ``beside`` the others of the same units, and ``now`` is found afterwards."""
    gone = _gone(beside, now)
    there = Counter((unit, finding.code, finding.brief) for unit, finding in beside if finding not in gone)
    refused: dict[tuple[str, ...], Finding] = {}
    for unit, finding in now:
        key = (unit, finding.code, finding.brief)
        if there[key]:
            there[key] -= 1
        elif finding.refusal:
            refused[key] = finding
    unmade = {}
    for unit, finding in fixes:
        reason = refused.get((unit, finding.code, finding.brief))
        if reason is not None:
            unmade[finding] = replace(finding, fix=None, refusal=reason.refusal, message=reason.message)
    return Afterwards(unmade, {finding: replace(finding, message=finding.brief, refusal=None) for finding in gone})


def _gone(before: Sequence[InUnit], after: Sequence[InUnit]) -> set[Finding]:
    """Those that are not there any more; one whose message has changed is still there."""
    same = Counter((unit, finding.code, finding.brief) for unit, finding in after)
    others = Counter((unit, finding.code) for unit, finding in after)
    changed = []
    for unit, finding in before:
        if same[unit, finding.code, finding.brief]:
            same[unit, finding.code, finding.brief] -= 1
            others[unit, finding.code] -= 1
        else:
            changed.append((unit, finding))
    gone = set()
    for unit, finding in changed:
        if others[unit, finding.code]:
            others[unit, finding.code] -= 1
        else:
            gone.add(finding)
    return gone
