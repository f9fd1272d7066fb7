"""``isolator confirm``: the runs, one after the other or side by side, and what they amount to."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

from isolator.pytest_runs.bisecting import Bisection
from isolator.pytest_runs.model import CALM, Confirmation, Run, Test
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import part, plan
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.run.spreading import Machines, spread, threads
from isolator.pytest_runs.verdicts import BAD, judge_all, undecided
from isolator.system.errors import Failure
from isolator.system.visible import count

Tell = Callable[[str], None]
_NO_GIT = "changes to files are not undone, because the folder is not in a git work tree"


def confirm(
    options: Options, folder: Path, tell: Tell, machines: AbstractContextManager[Machines] | None = None
) -> Confirmation:
    """Run pytest in a folder as often and in the orders asked for, and judge every test. ``tell`` gets the progress.

    ``machines`` make the runs that are planned, in place of threads here; all other runs are made here.
    Raises Failure if pytest cannot run at all: it is not there, collects nothing, or does not understand its arguments.
    """
    runner = Runner(options, folder)
    planned = plan(options.runs, options.orders, options.seed, options.least)
    if options.shard is not None:
        planned = list(part(planned, *options.shard))
    try:
        with leftovers(folder, options.arguments, tell) as files:
            runner.leftovers = files
            with machines or threads(options.jobs) as here:
                runs = list(_runs(runner, planned, here, tell))
            runner.ended(runner.going)  # those that nobody wants any more are over, too
            tests = _looked_into(runner, runs, tell)
    except OSError as error:
        raise Failure(f"pytest cannot be run: {error}") from None
    if files.top is None and any(test.role == "brittle" for test in tests.values()):
        tell(f"a test may fail alone because of a file that a run left: {_NO_GIT}")
    return Confirmation(
        tuple(runs),
        tests,
        pytest_runs=runner.count,
        left=files.lines(),
        uncollected=runner.uncollected(runs),
        confidence=options.confidence,
    )


def _looked_into(runner: Runner, runs: Sequence[Run], tell: Tell) -> dict[str, Test]:
    """The tests by their runs, and by further runs that show what they depend on, if wanted."""
    tests = judge_all(runs)
    if runner.options.alone:
        tests = _alone(runner, runs, tests, tell)
    if not runner.options.bisect:
        return tests
    bisection = Bisection(runner, runs, tell)
    return {
        name: bisection.explain(name, test) if test.verdict == "order-dependent" else test
        for name, test in tests.items()
    }


def _runs(runner: Runner, planned: Sequence[Planned], machines: Machines, tell: Tell) -> Iterator[Run]:
    """The runs in the order planned, until the first sign of flakiness or until all is decided, if that is enough."""
    least = runner.options.least
    started = time.monotonic()
    done: list[Run] = []
    with closing(_each(runner, planned, machines)) as runs:
        for run in runs:
            done.append(run)
            left = (time.monotonic() - started) / len(done) * (len(planned) - len(done))
            tell(f"{_told(run, len(done), len(planned))}{f'; about {left:.0f} s left' if left >= 1 else ''}")
            yield run
            if runner.options.stop_first and any(test.unsteady for test in judge_all(done).values()):
                return
            others = len(planned) - len(done)
            if others and least is not None and not undecided(done, least):
                tell(f"no test is undecided after {count(len(done), 'run')}: the other {others} are skipped")
                return


def _each(runner: Runner, planned: Sequence[Planned], machines: Machines) -> Generator[Run, None, None]:
    """The first run goes ahead alone, for if it comes to nothing so will the others.

    Not so for a shard that has not the first run of all: what comes to nothing there is a run like any other.
    """
    for first, some in ((True, planned[:1]), (False, planned[1:])):
        with closing(spread(runner, some, machines)) as runs:
            for run in runs:
                leads = first and (runner.options.shard is None or runner.options.shard[0] == 1)
                if leads and not run.usable and run.problem is not None:
                    raise Failure(run.problem)
                yield run


def _told(run: Run, number: int, count: int) -> str:
    results = [attempt.result for attempt in run.attempts.values() if not attempt.uncollected]
    bad = sum(result in BAD for result in results)
    lost = len(run.attempts) - len(results)
    reruns = sum(attempt.reruns for attempt in run.attempts.values())
    said = [f"{results.count('passed')} passed", *([f"{bad} failed"] if bad else [])]
    said += [f"{reruns} rerun"] if reruns else []
    said += [f"{lost} not collected"] if lost else []
    problem = f", {run.problem}" if run.problem else ""
    return f"run {number} of {count} ({run.order}, seed {run.seed}): {', '.join(said)} in {run.seconds:.1f} s{problem}"


def _alone(runner: Runner, runs: Sequence[Run], tests: dict[str, Test], tell: Tell) -> dict[str, Test]:
    """The tests, each run in a process of its own too: what fails alone is brittle, what only fails then a victim."""
    tell(f"running each of {len(tests)} tests alone, which is slow: a process each")
    parts = {name for run in runs for name, a in run.attempts.items() if a.subtest or a.uncollected}
    return {n: test if n in parts else _run_alone(n, test, runner) for n, test in tests.items()}


def _run_alone(name: str, test: Test, runner: Runner) -> Test:
    result = runner.ending(name)
    if result == "not run" and test.verdict in CALM:
        return replace(test, verdict="missing")  # the run ended before it
    if result in BAD and test.verdict in ("stable", "order-dependent", "rerun"):
        return replace(test, verdict="order-dependent", role="brittle")
    if test.verdict == "order-dependent" and result == "passed":
        return replace(test, role="victim")
    return test
