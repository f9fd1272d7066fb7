"""Where the time went, before and after, and whether that is a difference at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from isolator.report.html.page import Durations, Row, Side, Spent

SLOWEST = 10
_NOTICED = 0.02  # seconds
_Times = Sequence[float | None]


def durations(rows: Sequence[Row], sides: Sequence[Side]) -> Durations:
    """The seconds of runs, files and tests, the slowest first. Of the last two they are those of a run, on average."""
    longest = max((len(each.runs) for each in sides), default=0)
    by_run = [
        Spent(_run_name(number, sides), tuple(_nth([run.seconds for run in each.runs], number) for each in sides))
        for number in range(longest)
    ]
    if longest > 1:
        whole = [[run.seconds for run in each.runs] for each in sides]
        medians = tuple(median(each) if each else None for each in whole)
        by_run.append(Spent("a run, the median", medians, change(whole)))
    files: dict[str, list[list[_Times]]] = {}
    by_test = []
    for row in rows:
        times = [() if ends is None else ends.seconds for ends in row.ends]
        by_test.append(_spent(row.test, times))
        found = files.setdefault(row.file, [[] for _ in sides])
        for place, each in enumerate(times):
            found[place].append(each)
    by_file = [_spent(name, [_summed(each) for each in found]) for name, found in files.items()]
    slow_files, slow_tests = _slowest(by_file), _slowest(by_test)
    return Durations(
        tuple(by_run),
        tuple(slow_files[:SLOWEST]),
        tuple(slow_tests[:SLOWEST]),
        max(0, len(slow_files) - SLOWEST),
        max(0, len(slow_tests) - SLOWEST),
    )


def change(sides: Sequence[_Times]) -> str:
    """How much faster or slower the last of the sides is than the first, or "" if that may be chance.

    It is none if the slowest run of the one takes longer than the fastest of the other, a side has one run only, or
    nobody would notice.
    """
    first, last = ([each for each in side if each is not None] for side in (sides[0], sides[-1]))
    if len(sides) < 2 or min(len(first), len(last)) < 2:
        return ""
    before, after = median(first), median(last)
    if max(last) < min(first) and before - after >= _NOTICED:
        return f"{100 * (1 - after / before):.0f} % faster"
    if min(last) > max(first) and after - before >= _NOTICED:
        return f"{100 * (after / before - 1):.0f} % slower" if after < 2 * before else "more than twice as slow"
    return ""


def _spent(name: str, sides: Sequence[_Times]) -> Spent:
    return Spent(name, tuple(_mean(each) for each in sides), change(sides))


def _mean(times: _Times) -> float | None:
    known = [each for each in times if each is not None]
    return sum(known) / len(known) if known else None


def _summed(tests: Sequence[_Times]) -> list[float | None]:
    """The seconds that some tests take together, in each run."""
    longest = max(map(len, tests), default=0)
    runs = [[each for test in tests if (each := _nth(test, number)) is not None] for number in range(longest)]
    return [sum(run) if run else None for run in runs]


def _nth(times: _Times, number: int) -> float | None:
    return times[number] if number < len(times) else None


def _run_name(number: int, sides: Sequence[Side]) -> str:
    orders = dict.fromkeys(each.runs[number].order for each in sides if number < len(each.runs))
    return f"run {number + 1} ({', '.join(orders)})"


def _slowest(spent: Iterable[Spent]) -> list[Spent]:
    known = [each for each in spent if any(seconds for seconds in each.seconds)]
    return sorted(known, key=lambda each: -max(seconds or 0.0 for seconds in each.seconds))
