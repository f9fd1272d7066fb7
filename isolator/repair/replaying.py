"""An earlier run that failed, made again: in the same order, up to the tests that failed.

Of a run that pytest-xdist spread over processes only what the process did is made again in which a test failed. What
fails again, and passes alone, has its partner looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from isolator.pytest_runs.bisecting import Bisection, role_of
from isolator.pytest_runs.failed_run.matching import matched
from isolator.pytest_runs.failed_run.model import FailedRun
from isolator.pytest_runs.model import Attempt, Result, Run
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.verdicts import BAD
from isolator.system.errors import Failure
from isolator.system.visible import count

_MOST = 4.0  # runs of the suite that looking for partners may take
_LEAST = 0.5  # of these, below which no further test is looked into


@dataclass(frozen=True)
class Replayed:
    """What became of a test that failed: how it ends in the same order, ``before`` being how many tests run before it.

    ``alone`` is how it ends alone, ``partners`` are those after which it fails, if found.
    """

    test: str
    result: Result
    before: int
    worker: str = ""
    alone: Result | None = None
    partners: tuple[str, ...] = ()

    @property
    def again(self) -> bool:
        """Whether it fails again."""
        return self.result in BAD


@dataclass
class Replaying:
    """Makes the run again. ``file`` is what it was read from, ``spent`` what it took so far, in runs of the suite."""

    run: FailedRun
    file: str
    runner: Runner
    tell: Callable[[str], None]
    spent: float = 0.0
    planned: tuple[Planned, ...] = ()

    def work(self) -> tuple[tuple[Run, ...], tuple[Replayed, ...]]:
        """The runs, and what became of the tests that failed. Raises Failure if none of these is collected here."""
        try:
            orders = self._orders()
            seed = self.runner.options.seed
            self.planned = tuple(Planned("as it failed", seed, tests) for tests in orders.values())
            runs = tuple(map(self.runner.run, self.planned))
            self.spent += sum(len(run.attempts) for run in runs) / max(1, self._collected)
            return runs, tuple(self._found(orders, runs))
        except OSError as error:
            raise Failure(f"pytest cannot be run: {error}") from None

    def _orders(self) -> dict[str, tuple[str, ...]]:
        """The tests to run, by the worker that ran them, up to the last of it that failed."""
        collected = self._collect(())
        self._collected = len(collected)
        self._names = matched(self.run, collected)
        failed = {test.name for test in self.run.failed if test.name in self._names}
        self._tell_missing(failed)
        if not self.run.ordered:
            return {"": _up_to(self._shuffled(), {self._names[name] for name in failed})}
        workers = dict.fromkeys(test.worker for test in self.run.seen if test.name in failed)
        return {worker: _up_to(self._of(worker), {self._names[n] for n in failed}) for worker in workers}

    def _of(self, worker: str) -> list[str]:
        """The tests that a worker ran, each once; all if the run was not spread."""
        names = (self._names.get(test.name) for test in self.run.seen if test.worker == worker)
        return [*dict.fromkeys(name for name in names if name is not None)]

    def _shuffled(self) -> Sequence[str]:
        """The tests in the order that a plugin makes again."""
        shuffle = self.run.shuffle
        return self._collect(shuffle.arguments if shuffle is not None else ())

    def _collect(self, arguments: tuple[str, ...]) -> list[str]:
        run = self.runner.run(Planned("given", self.runner.options.seed, collect=arguments))
        found = [name for name, attempt in run.attempts.items() if not attempt.uncollected]
        if found and run.exit in (0, 1):
            return found
        problem = run.problem or "pytest collected no tests"
        if arguments and "unrecognized arguments" in problem and self.run.shuffle is not None:
            plugin = self.run.shuffle.plugin
            problem = f"only the seed of {plugin} tells the order, and it is not installed here; install it"
        raise Failure(f"{self.file}: {problem}" if arguments else problem)

    def _tell_missing(self, failed: set[str]) -> None:
        """Say which tests are not collected here. Raises Failure if none that failed is."""
        lost = [test.name for test in self.run.seen if test.name not in self._names]
        if not failed:
            name = self.run.failed[0].name
            remedy = "start isolator in the same folder, and pass pytest the same arguments after --"
            raise Failure(f"{self.file}: {name} failed there and is not collected here; {remedy}")
        if lost:
            self.tell(f"{count(len(lost), 'test')} of {self.file} not collected here, such as {lost[0]}")

    def _found(self, orders: Mapping[str, tuple[str, ...]], runs: Sequence[Run]) -> Iterator[Replayed]:
        failed = {self._names[test.name] for test in self.run.failed if test.name in self._names}
        bisection = Bisection(self.runner, runs, self.tell, limit=_MOST)
        for (worker, order), run in zip(orders.items(), runs, strict=True):
            for name in (name for name in order if name in failed):
                result = run.attempts.get(name, Attempt("not run")).result
                found = Replayed(name, result, order.index(name), worker)
                of_worker = f" of {worker}" if worker else ""
                where = f"in the order of {self.file}, after {count(found.before, 'test')}{of_worker}"
                self.tell(f"{name} {'fails again' if found.again else 'does not fail again'} {where}")
                looked_into = found.again and bisection.spent < bisection.most - _LEAST
                yield self._explained(found, run, bisection) if looked_into else found
        self.spent += bisection.spent

    def _explained(self, found: Replayed, run: Run, bisection: Bisection) -> Replayed:
        """The test with what it does alone, and those that make it fail."""
        before = [*run.attempts][: found.before]
        alone = bisection.ending(found.test, (), run.seed) if before else found.result
        partners = bisection.partners_of(found.test, before, run, "victim") if role_of(alone) == "victim" else ()
        return replace(found, alone=alone, partners=partners)


def _up_to(tests: Sequence[str], failed: set[str]) -> tuple[str, ...]:
    """The tests up to the last one that failed."""
    last = max((number for number, name in enumerate(tests) if name in failed), default=-1)
    return tuple(tests[: last + 1])
