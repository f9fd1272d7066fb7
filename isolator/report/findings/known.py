"""Findings that the baseline knows: ``check`` does not report them, and says how many there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from codemods.rule import Finding
from isolator.engine.batch import Outcome
from isolator.engine.scan import Scan
from isolator.engine.units import unit_of
from isolator.project.discovery import shown
from isolator.project.request import Request
from isolator.project.tables.baseline import Baseline, no_longer_needed, plain, read_baseline
from isolator.project.tables.baseline import Finding as Entry
from isolator.project.toml import SettingsError
from isolator.report.findings.fingerprints import original
from isolator.system.errors import Failure
from isolator.system.visible import count

_WRITE = "isolator check --write-baseline"


class KnownFindings:
    """What the baseline says of the outcomes that go by; ``by_rule`` counts what it hides."""

    def __init__(self, baseline: Baseline, scan: Scan, *, counting: bool = True) -> None:
        self.baseline, self.scan, self.counting = baseline, scan, counting
        self.by_rule: Counter[tuple[str, str]] = Counter()  # by code and name
        self.found: Counter[Entry] = Counter()
        self.whole: set[str] = set()  # files that have been looked at as a whole

    def hide(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes without the findings that are known. Of more than are known of one kind the last are new."""
        if not self.counting:
            yield from outcomes
            return
        for outcome in outcomes:
            if outcome.error is None and outcome.file.tests is None:
                self.whole.add(plain(outcome.file.name))
            entries = [*entries_of(outcome, outcome.left)] if outcome.left else []
            left = tuple(
                finding for finding, entry in zip(outcome.left, entries, strict=True) if not self.knows(finding, entry)
            )
            yield outcome if len(left) == len(outcome.left) else replace(outcome, left=left)

    def knows(self, finding: Finding, entry: Entry) -> bool:
        """Whether one more finding of this kind is in the baseline."""
        self.found[entry] += 1
        if self.found[entry] > self.baseline.findings.get(entry, 0):
            return False
        self.by_rule[finding.code, finding.name] += 1
        return True

    def gone(self) -> dict[Entry, int]:
        """The entries that are no longer true for these files and rules, each with how many are left."""
        fewer = (entry for entry, number in self.baseline.findings.items() if self.found[entry] < number)
        return {entry: self.found[entry] for entry in fewer if self.is_judged(entry)}

    def is_judged(self, entry: Entry) -> bool:
        """Whether all findings of this kind would have been found, if there were any."""
        if self.scan.since is None and entry.file in self.whole:
            return self.scan.selection.takes(entry.rule)
        return not (self.baseline.path.parent / entry.file).exists()

    def lines(self) -> Iterator[str]:
        """How many findings are hidden, and how many entries are no longer needed."""
        if self.by_rule:
            yield f"{self.hidden()} hidden by {shown(self.baseline.path)} ({self.rules()}); --no-baseline shows them"
        yield from self.no_longer_needed()

    def way_left(self) -> Iterator[str]:
        """How much there is to be fixed until the baseline is empty."""
        left = [f"{self.hidden()} ({self.rules()})"] if self.by_rule else []
        if self.baseline.leaks:
            left.append(f"{count(len(self.baseline.leaks), 'leak')} seen by the gate")
        if left:
            yield f"Left in {shown(self.baseline.path)}: {' and '.join(left)}"
        yield from self.no_longer_needed()

    def hidden(self) -> str:
        """How many findings are hidden."""
        return count(self.by_rule.total(), "finding")

    def rules(self) -> str:
        """How many of each rule are hidden."""
        return ", ".join(f"{code} {number}" for (code, _), number in sorted(self.by_rule.items()))

    def no_longer_needed(self) -> Iterator[str]:
        """That there are entries to remove."""
        gone = len(self.gone())
        if gone:
            yield no_longer_needed(gone, shown(self.baseline.path), _WRITE)

    def write(self) -> str:
        """Let the baseline be what was found, and keep of the rest what was not looked at. Raises Failure."""
        before = dict(self.baseline.findings)
        kept = {entry: number for entry, number in before.items() if entry not in self.gone()}
        self.baseline.findings = {**kept, **self.found}
        try:
            self.baseline.save()
        except SettingsError as error:
            raise Failure(f"{shown(error.path)}: {error.problem}") from None
        now = self.baseline.findings
        new, removed = sum((Counter(now) - Counter(before)).values()), sum((Counter(before) - Counter(now)).values())
        total = count(sum(now.values()), "finding")
        return f"{shown(self.baseline.path)}: {total} ({new} new, {removed} removed)"


def known_findings(request: Request, scan: Scan) -> KnownFindings:
    """The known findings; none for a source on stdin, or where they are not wanted. Raises Failure."""
    if scan.project is None or request.stdin or request.no_baseline:
        return KnownFindings(Baseline(Path()), scan, counting=False)
    path = scan.project.root / scan.project.settings.baseline
    try:
        baseline = read_baseline(path)
        return KnownFindings(baseline, scan, counting=request.write_baseline or bool(baseline.findings))
    except SettingsError as error:
        raise Failure(f"{shown(error.path)}: {error.problem}") from None


def entries_of(outcome: Outcome, found: Iterable[Finding]) -> Iterator[Entry]:
    """What the baseline calls each of a file's findings: without lines, so that it stays when they move."""
    source = original(outcome)
    for finding in found:
        unit = unit_of(finding, source) if source is not None else finding.test or ""
        about = ", ".join(sorted(finding.cells)) or re.sub(r"\d+", "N", finding.brief)
        yield Entry(*map(plain, (outcome.file.name, finding.code, unit.partition("::")[2], about)))
