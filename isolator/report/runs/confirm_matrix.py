"""The tests that are not stable by the runs: a row a test, a column a run, a letter a result.

      12
      ><
      .F  tests/test_a.py::test_b  order-dependent, a victim of tests/test_a.py::test_a
      RR  tests/test_a.py::test_c  rerun
      > given, < reversed; . passed, F failed, R passed when rerun

Above it stand the numbers of the runs, read downwards, and the orders they ran in. A blank is a test that the run did
not collect. The worst come first; of very many the rest is left to ``.isolator/confirm.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.model import Attempt, Confirmation, Result, Run, Test, Verdict, ways
from isolator.pytest_runs.verdicts import BAD
from isolator.system.visible import Painted, visible

# The verdicts that ask for something, the worst first.
UNSTABLE: tuple[Verdict, ...] = (
    "hanging",
    "missing",
    "gone",
    "uncollected",
    "flaky",
    "order-dependent",
    "nio",
    "rerun",
    "failing",
)
# A screen of them is as much as anybody reads.
MOST = 50

ORDERS: dict[Order, str] = {"given": ">", "reversed": "<", "random": "?", "twice": "="}
_RERUN = "passed when rerun"
_AGAIN = "failed the second time"
CELLS: dict[Result | str, tuple[str, str]] = {
    "passed": (".", "green"),
    "failed": ("F", "red"),
    "error": ("E", "red"),
    "skipped": ("s", "cyan"),
    "xfailed": ("x", "cyan"),
    "xpassed": ("X", "yellow"),
    "crashed": ("C", "magenta"),
    "hung": ("H", "magenta"),
    _RERUN: ("R", "yellow"),
    _AGAIN: ("2", "red"),
    "not run": ("-", "bright_black"),
}


def unstable(confirmation: Confirmation) -> list[str]:
    """The node ids of the tests that are not stable, the worst first, else in their order."""
    names = [name for name, test in confirmation.tests.items() if test.verdict in UNSTABLE]
    return sorted(names, key=lambda name: UNSTABLE.index(confirmation.tests[name].verdict))


def matrix(confirmation: Confirmation, names: Sequence[str], *, colour: bool) -> Iterator[str]:
    """The rows of these tests, with a head and a legend; nothing if there are no tests."""
    shown, runs = names[:MOST], confirmation.runs
    if not shown:
        return
    ended = {name: results(name, confirmation.tests[name], runs) for name in shown}
    width = len(str(len(runs)))
    for digit in range(width):
        yield "".join(f"{number:>{width}}"[digit] for number in range(1, len(runs) + 1))
    yield "".join(ORDERS[run.order] for run in runs)
    longest = max(map(len, shown))
    for name in shown:
        told = f"  {name:<{longest}}  {describe(confirmation.tests[name])}"
        row = "".join(_cell(result, colour) for result in ended[name])
        yield Painted(row + visible(told)) if colour else row + told
    if len(names) > MOST:
        yield f"… and {len(names) - MOST} more, see .isolator/confirm.json"
    seen = {result for row in ended.values() for result in row}
    orders = [f"{letter} {order}" for order, letter in ORDERS.items() if any(run.order == order for run in runs)]
    cells = [f"{letter} {result}" for result, (letter, _) in CELLS.items() if result in seen]
    yield "; ".join(", ".join(each) for each in (orders, cells) if each)


def describe(test: Test) -> str:
    """The verdict, and the part that the test plays if that is known."""
    partner = test.partner or ("several tests together" if test.commands else "")
    if test.role == "victim":
        return f"{test.verdict}, a victim" + (f" of {partner}" if partner else "")
    if test.role == "brittle":
        return f"{test.verdict}, brittle" + (f": fails unless {partner} {_runs(test)} first" if partner else "")
    if test.verdict == "nio":
        return "nio, fails when it runs a second time in one process"
    return "cannot be collected" if test.verdict == "uncollected" else test.verdict


def _runs(test: Test) -> str:
    return "runs" if test.partner else "run"


def failures(name: str, runs: Sequence[Run]) -> Iterator[str]:
    """How a test failed, and in which runs: a line for each way."""
    for way, numbers in ways(name, runs).items():
        yield f"run{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}: {way}"


def results(name: str, test: Test, runs: Sequence[Run]) -> list[Result | str | None]:
    """How a test ended in each run, in the words of ``CELLS``; None where it was not collected."""
    # Only the attempt shows whether a test passed at once or in the end.
    attempts = (run.attempts.get(name) for run in runs)
    return [_word(outcome, attempt) for outcome, attempt in zip(test.outcomes, attempts, strict=True)]


def _word(outcome: Result | None, attempt: Attempt | None) -> Result | str | None:
    if attempt is None or outcome in BAD:
        return outcome
    if attempt.again in BAD:
        return _AGAIN
    return _RERUN if outcome == "passed" and attempt.reruns else outcome


def _cell(result: Result | str | None, colour: bool) -> str:
    if result is None:
        return " "
    letter, paint = CELLS[result]
    return click.style(letter, fg=paint) if colour else letter
