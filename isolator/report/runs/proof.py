"""What ``fix --write --confirm`` kept and what it took back, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.rule import Finding
from isolator.repair.prove import Proof


def lines(proof: Proof) -> Iterator[str]:
    """A line for each file of which something is kept, for each finding taken back, and for each run in trouble."""
    kept: dict[str, list[Finding]] = {}
    for unit in proof.kept:
        kept.setdefault(unit.path, []).extend(unit.findings)
    for path, findings in kept.items():
        yield f"kept: {path}: {len(findings)} rewritten ({', '.join(sorted({each.code for each in findings}))})"
    for blame in proof.taken_back:
        for finding in blame.unit.findings:
            place = f"{blame.unit.path}:{finding.span.line}:{finding.span.column}"
            yield f"taken back: {place}: {finding.code}: {blame.evidence}"
    yield from proof.uncollected
    yield from (f"not confirmed by {problem}" for problem in proof.problems)
