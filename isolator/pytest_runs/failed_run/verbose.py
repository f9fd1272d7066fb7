"""The lines of ``pytest -v``: one for each test.

tests/test_a.py::test_x PASSED                     [ 10%]
tests/test_a.py::test_y SKIPPED (a long rea...)    [ 20%]
[gw0] [ 30%] FAILED tests/test_a.py::test_z                  with pytest-xdist
tests/test_a.py::test_z                                      with live logs: the outcome is on another line
PASSED                                             [ 40%]
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from isolator.pytest_runs.failed_run.model import Ended, Seen

_ENDS: dict[str, Ended] = {
    "PASSED": "passed",
    "FAILED": "failed",
    "ERROR": "error",
    "SKIPPED": "skipped",
    "XFAIL": "xfailed",
    "XPASS": "xpassed",
    "RERUN": "rerun",
}
_WORD = rf"(?P<word>{'|'.join(_ENDS)})"
_TOLD = r"(?: \(.*)?"  # why it was skipped, perhaps cut off
# The progress of the run: a percentage, a count, or the time it took.
_DONE = r"\s+(?:\[ *\d+%\]|\[ *\d+/\d+\]|[\d.]+(?:us|ms|s|m|h))$"
_ONE = re.compile(rf"^(?P<name>.+?\.\w+::.+) {_WORD}{_TOLD}$")
_WORKER = re.compile(rf"^\[(?P<worker>gw\d+)\] (?:\[[^]]*\] )?(?:\S+ )?{_WORD} (?P<name>.+?)\s*$")
_BEGUN = re.compile(r"^(?P<name>[^\s:\[][^:\[]*\.\w+::.+?)\s*$")
_ENDED = re.compile(rf"^.*?{_WORD}{_TOLD}$")
_FAR = re.compile(_DONE)
_SUBTEST = re.compile(r" SUB(?:PASSED|FAILED|SKIPPED|FAIL|PASS)\b|^\[gw\d+\] .*?\bSUB[A-Z]+[\[( ]")
_SPREAD = re.compile(r"^(?:\[gw\d+\] |\d+ workers? \[\d+ items?\]|created: \d+/\d+ workers?)")


def is_spread(lines: Iterable[str]) -> bool:
    """Whether several processes of pytest-xdist ran the tests."""
    return any(_SPREAD.match(line) for line in lines)


def read_verbose(lines: Iterable[str], *, spread: bool) -> list[Seen]:
    """The tests that the lines name, in order; a test with several lines is there several times."""
    return [seen for line in lines if (seen := _of_worker(line)) is not None] if spread else _in_one_process(lines)


def _of_worker(line: str) -> Seen | None:
    found = None if _SUBTEST.search(line) else _WORKER.match(line)
    return found and Seen(found["name"], _ENDS[found["word"]], found["worker"])


def _in_one_process(lines: Iterable[str]) -> list[Seen]:
    """If lines show the progress of the run (not with ``-s``), a line without it shows no outcome of a test."""
    found: list[Seen] = []
    begun = ""  # a test that has not ended yet
    all_lines = [line for line in lines if not _SUBTEST.search(line)]
    far = any(_ONE.match(_FAR.sub("", line)) and _FAR.search(line) for line in all_lines)
    for line in all_lines:
        begins = _BEGUN.match(line)
        told = "" if far and not _FAR.search(line) else _FAR.sub("", line)
        whole = _ONE.match(told)
        if whole is not None:
            found += [Seen(begun, "unfinished")] if begun and begun != whole["name"] else []
            found.append(Seen(whole["name"], _ENDS[whole["word"]]))
            begun = ""
        elif begun and (ended := _ENDED.match(told)) is not None:
            found.append(Seen(begun, _ENDS[ended["word"]]))
            begun = ""
        elif begins is not None:
            found += [Seen(begun, "unfinished")] if begun and begun != begins["name"] else []
            begun = begins["name"]
    return [*found, *([Seen(begun, "unfinished")] if begun else [])]
