"""What is counted of outcomes as they go by, and the sentence that comes of it at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from isolator.engine.batch import Outcome
from isolator.report.findings.text import errors, notes, skipped
from isolator.system.visible import count


@dataclass
class Tally:
    """Counts of files and findings; the lines for files that failed, or were skipped, and for notes on fixes."""

    files: int = 0
    failed: int = 0
    rejected: int = 0
    changed: int = 0
    with_findings: int = 0
    fixed: int = 0
    left: int = 0
    safe: int = 0
    unsafe: int = 0
    errors: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def of(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes, each of which is counted as it goes by."""
        for outcome in outcomes:
            self._add(outcome)
            yield outcome

    def _add(self, outcome: Outcome) -> None:
        self.files += 1
        self.failed += outcome.error is not None
        self.rejected += len(outcome.problems)
        if outcome.after is not None and outcome.error is None:
            self.changed += 1
            self.fixed += len(outcome.fixed)
        self.with_findings += bool(outcome.left)
        self.left += len(outcome.left)
        self.safe += sum(finding.fix == "safe" for finding in outcome.left)
        self.unsafe += sum(finding.fix == "unsafe" for finding in outcome.left)
        self.errors += errors([outcome])
        self.skipped += skipped([outcome])
        self.notes += notes(outcome)

    def check_summary(self, *, unsafe_fixes: bool = False) -> str:
        """How many findings there are, and what can be done about them; ``unsafe_fixes`` count as the others do."""
        if not self.left:
            return f"No findings in {count(self.files, 'file')}{self._failures()}."
        hints = self._hints(unsafe_fixes)
        ending = (f" ({', '.join(hints)})" if hints else "") + self._failures()
        return f"Found {count(self.left, 'finding')} in {count(self.with_findings, 'file')} of {self.files}{ending}."

    def _hints(self, unsafe_fixes: bool) -> list[str]:
        if unsafe_fixes and self.unsafe:
            return [f"{self.safe + self.unsafe} fixable with `isolator fix --unsafe-fixes`"]
        hints = [f"{self.safe} fixable with `isolator fix`"] if self.safe else []
        return [*hints, f"{self.unsafe} with `--unsafe-fixes`"] if self.unsafe else hints

    def fixed_summary(self, *, unsafe_fixes: bool = False) -> str:
        """The same after the fixes were applied."""
        if not self.fixed:
            return self.check_summary(unsafe_fixes=unsafe_fixes)
        found = f"Found {count(self.fixed + self.left, 'finding')} in {count(self.files, 'file')}"
        hint = f", {self.unsafe} of them fixable with `--unsafe-fixes`" if self.unsafe and not unsafe_fixes else ""
        return f"{found}: {self.fixed} fixed, {self.left} left{hint}{self._failures()}."

    def fix_summary(self, *, written: bool) -> str:
        """How much was, or would be, fixed, and how much is left."""
        ending = f"; {self.left} left, see `isolator check`" if self.left else ""
        if not self.changed:
            return f"Nothing to fix in {count(self.files, 'file')}{ending}{self._failures()}."
        verb = "Fixed" if written else "Would fix"
        fixed = count(self.fixed, "finding")
        return f"{verb} {fixed} in {count(self.changed, 'file')}{ending}{self._failures()}."

    def _failures(self) -> str:
        failed = f"; {count(self.failed, 'file')} failed" if self.failed else ""
        return failed + (f"; {count(self.rejected, 'rewrite')} failed an internal check" if self.rejected else "")
