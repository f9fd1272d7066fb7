"""Good rewrites, as a person would write them: read from the text files beside this one.

A file holds any number of cases: ``=== title``, the file before, ``--- after``, the file after. A title may end with
the targets of the patches that were added, in parentheses.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from isolator.guard.compare import differences


class Case(NamedTuple):
    """One rewrite, and the targets of the ``@patch`` decorators that it added; ``clean_ups``: it registers some.

    ``there`` are attributes that are sure to be there.
    """

    title: str
    before: str
    after: str
    patched: tuple[str, ...]
    clean_ups: bool = False
    there: tuple[str, ...] = ()

    def said(self, after: str) -> str | None:
        """What the guard says of a text that became of the one before."""
        # What tests need unset is told by the settings, and is in one of the texts only.
        unset = None if self.title == "a variable that a test needs unset" else ()
        return differences(self.before, after, self.patched, unset=unset, clean_ups=self.clean_ups, there=self.there)


def _read(path: Path) -> list[Case]:
    cases = []
    for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        before, _, after = rest.partition("--- after\n")
        targets = re.search(r" \(([\w. ]+)\)$", title)
        cases.append(Case(title, before, after, tuple(targets[1].split()) if targets else ()))
    return cases


CASES = [case for path in sorted(Path(__file__).parent.glob("*.txt")) for case in _read(path)]
