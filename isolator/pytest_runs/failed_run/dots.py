"""The short output: what the summary names in groups, put in the order of the dots.

    tests/test_a.py ..F.                     [100%]
    PASSED tests/test_a.py::test_w
    PASSED tests/test_a.py::test_x
    PASSED tests/test_a.py::test_z
    FAILED tests/test_a.py::test_y - assert 0

The names of all tests are there with ``-rA``; without it only those that failed are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from isolator.pytest_runs.failed_run.model import Ended, Seen

_ENDS: dict[str, Ended] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "error",
    "XFAIL": "xfailed",
    "XPASS": "xpassed",
}
_LETTERS: dict[str, Ended] = {
    ".": "passed",
    "F": "failed",
    "E": "error",
    "x": "xfailed",
    "X": "xpassed",
}
_NAMED = re.compile(rf"^({'|'.join(_ENDS)}) (\S.*?\.\w+::.+)$")
_DOTS = re.compile(r"^(?:\S.*\.\w+ )?([.FEsxXRu,-]+)(?:\s+(?:\[[ \d%/]+\]|[\d.]+[a-z]+))?$")


def read_summary(lines: Iterable[str]) -> list[Seen]:
    """The tests that the summary names, in its order."""
    found = (_NAMED.match(line) for line in lines)
    return [Seen(each[2], _ENDS[each[1]]) for each in found if each is not None]


def in_order(lines: Iterable[str], named: Iterable[Seen]) -> list[Seen] | None:
    """These tests in the order in which the lines show their ends; None if that does not come out even.

    Skipped ones have no names, and do nothing that another test could depend on.
    """
    groups: dict[Ended, list[Seen]] = {}
    for each in named:
        groups.setdefault(each.ended, []).append(each)
    found = []
    for letter in (letter for line in lines if (dots := _DOTS.match(line)) for letter in dots[1]):
        ended = _LETTERS.get(letter)
        if ended is None:  # skipped, a subtest, or rerun, which is printed again
            continue
        group = groups.get(ended)
        if not group:
            return None
        found.append(group.pop(0))
    return None if any(groups.values()) else found
