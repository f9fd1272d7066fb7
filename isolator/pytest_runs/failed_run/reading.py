"""From the text that a run of pytest left to what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from isolator.pytest_runs.failed_run.dots import in_order, read_summary
from isolator.pytest_runs.failed_run.junit import read_junit
from isolator.pytest_runs.failed_run.log import clean, progress, sessions, summary
from isolator.pytest_runs.failed_run.model import BAD, Ended, FailedRun, Seen, Shuffle, UnreadableError
from isolator.pytest_runs.failed_run.verbose import is_spread, read_verbose

_INSTEAD = "run `pytest -v`, or `pytest --junitxml FILE`, and read what that writes"
_SHUFFLED = re.compile(r"^Using (--(randomly|random-order)-(?:seed|bucket)=\S+)$")
_PLUGINS = {"randomly": "pytest-randomly", "random-order": "pytest-random-order"}
_WORST: tuple[Ended, ...] = (*BAD, "rerun")


def decoded(data: bytes) -> str:
    """The text of a file; PowerShell's ``>`` writes UTF-16."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def read(text: str) -> FailedRun:
    """What the output of pytest, a log of CI with it, or JUnit XML says of a run in which tests failed.

    Of several runs in one log the first counts in which tests failed. Raises UnreadableError if there is none, or if
    nothing tells in which order its tests ran.
    """
    if text.lstrip().startswith("<"):
        found = [FailedRun(_each_once(read_junit(text)), junit=True)]
    else:
        found = [_read_session(lines) for lines in sessions(clean(text))]
    failed = [run for run in found if run.failed]
    if not failed:
        raise UnreadableError(_nothing(found))
    run = next((run for run in failed if run.ordered or run.shuffle is not None), failed[0])
    if not run.ordered and run.spread:
        raise UnreadableError(f"does not say which process of pytest-xdist ran which tests; {_INSTEAD}")
    if not run.ordered and run.shuffle is None:
        raise UnreadableError(f"does not say in which order the tests ran; {_INSTEAD}")
    return run


def _read_session(lines: list[str]) -> FailedRun:
    """What one run says. It is without order where there are dots only."""
    shown, spread = [*progress(lines)], is_spread(lines)
    seen, ordered = read_verbose(shown, spread=spread), True
    if not seen:
        named = read_summary(summary(lines))
        sorted_by_dots = in_order(shown, named) if any(each.ended == "passed" for each in named) else None
        ordered = sorted_by_dots is not None
        seen = sorted_by_dots or [each for each in named if each.ended in BAD]
    return FailedRun(_each_once(seen), ordered, _shuffle(shown), spread)


def _each_once(seen: Iterable[Seen]) -> tuple[Seen, ...]:
    """Each test at the place where it was first printed; a failure in any phase, or a rerun, counts."""
    found: dict[str, Seen] = {}
    for each in seen:
        known = found.setdefault(each.name, each)
        if known.ended not in _WORST or each.ended in BAD:
            found[each.name] = replace(known, ended=each.ended)
    return tuple(found.values())


def _shuffle(lines: Iterable[str]) -> Shuffle | None:
    found = [match for line in lines if (match := _SHUFFLED.match(line)) is not None]
    if not found:
        return None
    return Shuffle(_PLUGINS[found[-1][2]], tuple(dict.fromkeys(match[1] for match in found)))


def _nothing(runs: Iterable[FailedRun]) -> str:
    if any(run.seen for run in runs):
        return "names no failed test"
    return f"is neither JUnit XML nor output of pytest that names the tests which failed; {_INSTEAD}"
