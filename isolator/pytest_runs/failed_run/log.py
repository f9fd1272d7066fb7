"""A log of CI as the lines that pytest printed: without colours, and without what the service puts before each line."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A line of GitHub's log, of a file or of `gh run view --log`: "test\tRun pytest\t2026-11-27T08:14:47.1234567Z text".
_GITHUB = re.compile(r"^(?:[^\t\n]*\t[^\t\n]*\t)?\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ?")
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_TITLE = re.compile(r"^={2,} (.+?) ={2,}$")
_BEGIN = "test session starts"


def clean(text: str) -> list[str]:
    """The lines without what does not belong to them."""
    return [_GITHUB.sub("", line.removeprefix("\ufeff")) for line in _visible(text)]


def sessions(lines: list[str]) -> list[list[str]]:
    """The lines of each run of pytest, if there are several; what stands before the first is part of none."""
    begins = [number for number, line in enumerate(lines) if title(line) == _BEGIN]
    if not begins:
        return [lines]
    return [lines[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


def title(line: str) -> str:
    """The title of a part of the output, such as ``FAILURES``, that this line is; "" if it is none."""
    found = _TITLE.match(line)
    return found[1] if found is not None else ""


def progress(lines: list[str]) -> Iterator[str]:
    """The lines that pytest printed while the tests ran, and before."""
    for line in lines:
        if title(line) not in ("", _BEGIN):
            return
        yield line


def summary(lines: list[str]) -> Iterator[str]:
    """The lines of the short summary at the end."""
    reached = False
    for line in lines:
        if reached and title(line):
            return
        if reached:
            yield line
        reached = reached or title(line) == "short test summary info"


def _visible(text: str) -> Iterator[str]:
    """The lines without escape sequences; of one that was written over what is written last."""
    for line in _ESCAPES.sub("", text.replace("\r\n", "\n")).split("\n"):
        yield line.rstrip("\r").rpartition("\r")[2]
