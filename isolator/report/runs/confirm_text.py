"""A confirmation for people, as lines: sections with a heading each, those that have something to say.

Where tests hang comes first. Then come the runs, each with the line that repeats it, the tests that are not stable, by
run, and the details of each: how it failed in which run, the shortest commands that show it. Then the variables that
tests leave changed (names, never values), what else had to hold, what changed since the baseline, and how sure
``stable`` is. ``summary`` is the one line after it.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.expectations.comparing import Comparison
from isolator.pytest_runs.expectations.rates import exact_percent, failure_bound, percent
from isolator.pytest_runs.model import STABLE, Confirmation, Expectation, Run, Verdict
from isolator.report.runs.confirm_matrix import MOST, UNSTABLE, describe, failures, matrix, unstable
from isolator.report.runs.hangs import folded
from isolator.report.runs.sections import in_sections
from isolator.system.visible import Painted, count, visible

_VERDICTS: tuple[Verdict, ...] = (*STABLE, *UNSTABLE)
# Of the places where an expectation is not met, as many as show what is wrong.
_PLACES = 10


def report(
    confirmation: Confirmation, arguments: Sequence[str], comparison: Comparison | None = None, *, colour: bool = False
) -> Iterator[str]:
    """The lines of the report. ``arguments`` are those that pytest was given.

    With a ``comparison`` the confirmation is the one that ``comparing.against`` judged by the same baseline.
    """
    names = unstable(confirmation)
    sections = {
        "Hanging tests": _hanging(confirmation, names[:MOST]),
        "Runs, each with the line that repeats it": _runs(confirmation, arguments),
        "Tests that are not stable, by run": matrix(confirmation, names, colour=colour),
        "Details": _details(confirmation, names[:MOST]),
        "Variables that tests leave changed": _capped(_leaks({n: t.leaks for n, t in confirmation.tests.items()})),
        "Files that cannot be collected": _capped(confirmation.uncollected),
        "Files that changed while the tests ran": _capped(confirmation.left),
        "Further expectations": _expectations(confirmation.expectations, colour),
        "Against the baseline": _changes(confirmation, comparison),
        "Stable tests": _stable(confirmation),
    }
    return in_sections(sections, colour=colour)


def summary(confirmation: Confirmation) -> str:
    """One line: whether all is well, and the numbers."""
    verdicts = Counter(test.verdict for test in confirmation.tests.values())
    tests = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in _VERDICTS if verdicts[verdict])
    parts = [f"{tests or 'no tests'} in {count(len(confirmation.runs), 'run')}"]
    if incomplete := sum(run.problem is not None for run in confirmation.runs):
        parts.append(f"{count(incomplete, 'run')} with a problem")
    parts.append(count(sum(test.reruns for test in confirmation.tests.values()), "rerun"))
    if asked := len(confirmation.expectations):
        parts.append(f"{sum(each.met for each in confirmation.expectations)} of {count(asked, 'expectation')} met")
    if confirmation.worse:
        parts.append(f"{len(confirmation.worse)} worse than the baseline")
    started = f" (pytest was started {count(confirmation.pytest_runs, 'time')})"
    return f"{'Confirmed' if confirmation.ok else 'Not confirmed'}: {'; '.join(parts)}{started}."


def command(runs: int, orders: Sequence[Order], seed: int, arguments: Sequence[str]) -> str:
    """The line that makes so many runs of pytest with these arguments."""
    words = ["isolator", "confirm", "--runs", str(runs), "--orders", ",".join(orders)]
    words += ["--seed", str(seed)]
    return shlex.join([*words, "--", *arguments] if arguments else words)


def _runs(confirmation: Confirmation, arguments: Sequence[str]) -> Iterator[str]:
    told = {test.hung for test in confirmation.tests.values()}
    of_tests = {number for number, run in enumerate(confirmation.runs, 1) if _hangs_in_a_test(run)}
    width = len(str(len(confirmation.runs)))
    for number, run in enumerate(confirmation.runs, 1):
        again = command(1, [run.order], run.seed, arguments)
        yield f"{number:>{width}}  {run.order:<8}  {run.seconds:>7.2f} s  {again}"
        if run.problem is not None:
            yield f"{'':{width}}  {run.problem}"
        if run.stack is not None and run.stack not in told and number not in of_tests:
            told.add(run.stack)
            yield from (f"      {line}" for line in folded(run.stack))


def _hangs_in_a_test(run: Run) -> bool:
    """Whether its stack is told among the hanging tests: there a test has one, of the first run that it hung in."""
    return any(attempt.result == "hung" for attempt in run.attempts.values())


def _hanging(confirmation: Confirmation, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        test = confirmation.tests[name]
        if test.verdict == "hanging":
            runs = [str(number) for number, outcome in enumerate(test.outcomes, 1) if outcome == "hung"]
            yield f"{name}, in run{'s' * (len(runs) > 1)} {', '.join(runs)}" if runs else name
            yield from (f"    {line}" for line in folded(test.hung or ""))


def _details(confirmation: Confirmation, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        test = confirmation.tests[name]
        lines = [f"    {each}" for each in (*failures(name, confirmation.runs), *test.commands)]
        if lines:
            yield f"{name}: {describe(test)}"
            yield from lines


def _leaks(leaks: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, variables in leaks.items():
        if variables:
            yield f"{name}: {', '.join(variables)}"


def _expectations(expectations: Iterable[Expectation], colour: bool) -> Iterator[str]:
    for each in expectations:
        word, paint = ("met", "green") if each.met else ("not met", "red")
        mark, told = f"{word:<7}", f"  {each.what}"
        yield Painted(click.style(mark, fg=paint) + visible(told)) if colour else mark + told
        yield from (f"         {place}" for place in _capped(each.where, _PLACES))


def _changes(confirmation: Confirmation, comparison: Comparison | None) -> Iterator[str]:
    yield from _capped(f"worse       {sentence}" for sentence in confirmation.worse)
    if comparison is None:
        return
    yield from _capped(f"fixed       {name}" for name in comparison.fixed)
    yield from _capped(f"leaks new   {line}" for line in _leaks(comparison.new_leaks))
    yield from _capped(f"leaks gone  {line}" for line in _leaks(comparison.gone_leaks))
    yield f"{'':7} {'before':>10} {'after':>10}"
    yield f"{'reruns':7} {comparison.reruns[0]:>10} {comparison.reruns[1]:>10}"
    yield f"{'seconds':7} {comparison.seconds[0]:>10.2f} {comparison.seconds[1]:>10.2f}"


def _stable(confirmation: Confirmation) -> Iterator[str]:
    stable = (test for test in confirmation.tests.values() if test.verdict in STABLE)
    for passed, tests in sorted(Counter(test.outcomes.count("passed") for test in stable).items(), reverse=True):
        if passed:
            bound = percent(failure_bound(passed, confirmation.confidence))
            told = f"{tests} stable; {passed} of {passed} passed: rule out a failure rate above {bound}"
            yield f"{told} ({exact_percent(confirmation.confidence)} confidence)"
        else:
            yield f"{tests} stable; skipped, or failed as expected, every time"


def _capped(lines: Iterable[str], most: int = MOST) -> Iterator[str]:
    every = list(lines)
    yield from every[:most]
    if len(every) > most:
        yield f"… and {len(every) - most} more, see .isolator/confirm.json"
