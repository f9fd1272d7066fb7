"""Two confirmations, before and after a change: what was fixed, and what is worse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from isolator.pytest_runs.model import Confirmation, Test, Verdict
from isolator.pytest_runs.verdicts import BAD

# How bad a verdict is: only a step up is worse than before.
_WEIGHT: dict[Verdict, int] = {
    "new": 0,
    "stable": 0,
    "rerun": 1,
    "nio": 2,
    "order-dependent": 2,
    "flaky": 2,
    "failing": 3,
    "hanging": 4,
    "missing": 4,
    "uncollected": 4,
    "gone": 4,
}


@dataclass(frozen=True)
class Comparison:
    """What changed between two confirmations, by node ids.

    ``fixed`` were not stable and are now. ``worse`` maps each test that is worse, new leaks included, and each run with
    a new problem, to a sentence that says why. ``new_leaks`` and ``gone_leaks`` are variables that a test leaves
    changed now and did not before, or the reverse. ``reruns`` and ``seconds`` (of the slowest run) are those before
    and after.
    """

    fixed: tuple[str, ...]
    worse: dict[str, str]
    new_leaks: dict[str, tuple[str, ...]]
    gone_leaks: dict[str, tuple[str, ...]]
    reruns: tuple[int, int]
    seconds: tuple[float, float]


def compare(before: Confirmation, after: Confirmation, tolerated: Collection[Verdict] = ()) -> Comparison:
    """Compare two confirmations; a test that only one of them knows is ``new`` or ``gone``.

    A test with one of the ``tolerated`` verdicts does not count as worse.
    """
    worse: dict[str, str] = {}
    new_leaks: dict[str, tuple[str, ...]] = {}
    gone_leaks: dict[str, tuple[str, ...]] = {}
    for name, test in after.tests.items():
        was = before.tests.get(name)
        leaks = set(was.leaks) if was is not None else set()
        if added := tuple(sorted(set(test.leaks) - leaks)):
            new_leaks[name] = added
        if left := tuple(sorted(leaks - set(test.leaks))):
            gone_leaks[name] = left
        weight = 0 if test.verdict in tolerated else _WEIGHT[test.verdict]
        if was is not None and weight > _known(was, test):
            worse[name] = f"was {was.verdict}, is {test.verdict}"
        elif name in new_leaks:
            worse[name] = f"leaves {', '.join(new_leaks[name])} changed, which it did not before"
    worse.update(dict.fromkeys(_gone(before, after), "is gone"))
    worse |= _new_problems(before, after)
    troubled = (name for name, test in before.tests.items() if _WEIGHT[test.verdict])
    fixed = (n for n in troubled if n in after.tests and not _WEIGHT[after.tests[n].verdict])
    return Comparison(
        fixed=tuple(fixed),
        worse=worse,
        new_leaks=new_leaks,
        gone_leaks=gone_leaks,
        reruns=(_reruns(before), _reruns(after)),
        seconds=(_slowest(before), _slowest(after)),
    )


def against(before: Confirmation, after: Confirmation) -> Confirmation:
    """The later confirmation with its tests judged against the earlier one: what is new, gone and worse."""
    tests = {
        name: replace(test, verdict="new") if name not in before.tests and test.verdict == "stable" else test
        for name, test in after.tests.items()
    }
    nothing = (None,) * len(after.runs)
    tests |= {name: Test("gone", nothing) for name in _gone(before, after)}
    worse = tuple(f"{name} {how}" for name, how in compare(before, after).worse.items())
    return replace(after, tests=tests, worse=worse)


def _gone(before: Confirmation, after: Confirmation) -> list[str]:
    """The tests that no longer exist. A file that could not be collected does not count as one."""
    return [n for n, test in before.tests.items() if n not in after.tests and test.verdict != "uncollected"]


def _known(was: Test, test: Test) -> int:
    """How bad a test is known to have been. If it was missing in some runs, the others decide."""
    if was.verdict != "missing" or test.verdict == "missing" or any(end in BAD for end in was.outcomes):
        return _WEIGHT[was.verdict]
    return _WEIGHT["stable"]


def _new_problems(before: Confirmation, after: Confirmation) -> dict[str, str]:
    """The runs that ended in trouble, by name, in an order that caused no trouble before."""
    known = {run.order for run in before.runs if run.problem is not None}
    return {
        run.named(number): f"had a problem: {run.problem}"
        for number, run in enumerate(after.runs, 1)
        if run.problem is not None and run.order not in known
    }


def _reruns(confirmation: Confirmation) -> int:
    return sum(test.reruns for test in confirmation.tests.values())


def _slowest(confirmation: Confirmation) -> float:
    return max((run.seconds for run in confirmation.runs), default=0.0)
