"""Spoiling good rewrites: what the guard does not notice, except what provably changes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.isolator.rewrites.cases import Case
from tests.isolator.rewrites.harmless import reason
from tests.isolator.rewrites.mutations import Mutation, mutations


@dataclass
class Count:
    """What was tried: pairs, mutations by kind, those that were missed, and why others change nothing."""

    pairs: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    harmless: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, Mutation]] = field(default_factory=list)

    def line(self) -> str:
        """All of it in a line."""
        mutants, harmless = self.kinds.total(), self.harmless.total()
        told = f"{self.pairs} pairs, {mutants} mutations of {len(self.kinds)} kinds, {len(self.missed)} missed"
        return f"{told} ({harmless} others change nothing)"


def spoil(cases: Iterable[Case], step: int = 1) -> Count:
    """Every mutation of every case, or each of so many."""
    count = Count()
    for case in cases:
        count.pairs += 1
        any_unset = case.title == "a variable that a test needs unset"
        for mutation in mutations(case.after, case.before, step, first=count.pairs % step):
            count.kinds[mutation.kind] += 1
            if case.said(mutation.text) is None:
                why = "any variable may be unset" if any_unset else reason(mutation)
                if why is None and case.patched and _of_mock(mutation):
                    why = "what the mocks that were added return is told by the settings"
                if why is None:
                    count.missed.append((case.title, mutation))
                else:
                    count.harmless[why] += 1
    return count


def _of_mock(mutation: Mutation) -> bool:
    """Whether a mutation only touches a mock that was added, or what it returns."""
    return re.search(r"\bmock_\w+|^patch\(|return_value", mutation.shown) is not None or mutation.shown == "None"
