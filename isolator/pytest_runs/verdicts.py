"""From what each run did with a test to a verdict on it."""

from __future__ import annotations

from collections.abc import Sequence

from isolator.pytest_runs.model import CALM, Attempt, Run, Test, Verdict

BAD = ("failed", "error", "crashed", "hung")


def judge_all(runs: Sequence[Run]) -> dict[str, Test]:
    """Every test that a run collected, in the order in which it was first met, judged."""
    return {name: judge(name, runs) for name in _names(runs)}


def undecided(runs: Sequence[Run], least: int) -> bool:
    """Whether one of the runs that are still planned, so that their passes rule a rate out, can tell more of any test.

    Nothing more is to be learned of a test that was seen to differ between runs. One that passes is undecided until the
    plan ends. One that never passed (it always fails, or is always skipped) has no rate to be ruled out: it is waited
    for until so many runs as ``least`` are made. One that a run did not reach may show what it is in others.
    """
    return any(_is_undecided(judge(name, runs), least) for name in _names(runs))


def _is_undecided(test: Test, least: int) -> bool:
    if test.verdict == "missing":
        return "not run" in test.outcomes
    return test.verdict in CALM and ("passed" in test.outcomes or len(test.outcomes) < least)


def _names(runs: Sequence[Run]) -> dict[str, None]:
    return dict.fromkeys(name for run in runs for name in run.attempts)


def judge(name: str, runs: Sequence[Run]) -> Test:
    """What the runs showed of one test."""
    attempts = [run.attempts.get(name) for run in runs]
    seen = [a for a in attempts if a is not None]
    hung = next((run.stack for run, a in zip(runs, attempts, strict=True) if a and a.result == "hung"), None)
    return Test(
        verdict="uncollected" if any(a.uncollected for a in seen) else _verdict(runs, attempts),
        outcomes=tuple(None if a is None else a.result for a in attempts),
        reruns=sum(a.reruns for a in seen),
        leaks=tuple(sorted({leak for a in seen for leak in a.leaks})),
        hung=hung,
    )


def _verdict(runs: Sequence[Run], attempts: Sequence[Attempt | None]) -> Verdict:
    if any(a is not None and a.result == "hung" for a in attempts):
        return "hanging"
    # A run that came to nothing, or was not to run it, says nothing about a test.
    if any(a is None and run.usable and run.whole for run, a in zip(runs, attempts, strict=True)):
        return "missing"
    known = [(run, a) for run, a in zip(runs, attempts, strict=True) if a is not None and a.result != "not run"]
    if not known:
        return "missing"
    ways: dict[object, set[tuple[str, str]]] = {}
    for run, attempt in known:
        order = (run.order, run.seed if run.order == "random" else None)
        ways.setdefault(order, set()).add((attempt.result, attempt.way))
    if any(len(found) > 1 for found in ways.values()):
        return "flaky"
    if len(set().union(*ways.values())) > 1:
        return "order-dependent"
    if any(attempt.again in BAD and attempt.result not in BAD for _, attempt in known):
        return "nio"
    # It was not reached in a run that ended early (a crash, `-x`): what it would have done there nobody knows.
    if any(a is not None and a.result == "not run" for a in attempts):
        return "missing"
    if known[0][1].result in BAD:
        return "failing"
    return "rerun" if any(attempt.reruns for _, attempt in known) else "stable"
