"""Names for findings that stay when lines move, so that a service can tell an old finding from a new one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from codemods.python.regular import read_bytes
from codemods.python.source import Source
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.units import unit_of


def fingerprints(outcome: Outcome, found: Sequence[Finding]) -> Iterator[str]:
    """The fingerprint of each of a file's findings, which are given in the order of the file.

    It is made of the file's path in the project, the rule, the test (or the class and function around it), the text of
    the line without its blanks, and a number where all of that is equal.
    """
    source = original(outcome)
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in found:
        unit = unit_of(finding, source) if source is not None else finding.test or ""
        lines = source.lines[finding.span.line - 1 : finding.span.line] if source is not None else []
        key = (outcome.file.name, finding.code, unit, "".join("".join(lines).split()))
        seen[key] += 1
        text = "\0".join((*key, str(seen[key])))
        yield hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def original(outcome: Outcome) -> Source | None:
    """The file as it was before it was fixed, or None if it cannot be read any more."""
    before = outcome.before
    try:
        if before is None and outcome.after is None:  # nothing changes, so that it was not kept
            before = read_bytes(outcome.file.path)
        return engine.read(before or b"", outcome.file.name)
    except (OSError, engine.UnreadableError):
        return None
