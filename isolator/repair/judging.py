"""What the tests do now: in other orders, with state put back, alone, after one other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from isolator.evidence.dependence import polluters_first
from isolator.evidence.model import Evidence
from isolator.project.tables.confirm import Order
from isolator.pytest_runs.bisecting import role_of
from isolator.pytest_runs.model import Result, Role, Run, Test
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import EVERYTHING, Planned, Runner
from isolator.pytest_runs.verdicts import BAD, judge_all
from isolator.repair.blame import Recipe
from isolator.repair.deflaked import Deflaked

_ALONE = 0.1  # of a run of the suite, which the run of one test counts as, or of two
_MANY = 100  # tests that fail only where state is put back; of more the first are run alone


@dataclass
class Judging:
    """Runs tests and judges them; what that took and what it showed goes into ``done``.

    ``ends`` says how tests end alone, if that was tried, and ``endings`` how they end after others, with what is
    rewritten so far.
    """

    done: Deflaked
    runner: Runner
    tell: Callable[[str], None]
    ends: dict[str, Result] = field(default_factory=dict)
    endings: dict[tuple[str, tuple[str, ...]], Result] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    hidden: dict[str, Role] | None = None  # what the orders do not show; None as long as nobody looked for it

    def judge(self, runs: Sequence[Run], evidence: Evidence) -> None:
        """Say of each test what it is now, by these runs and by some in other orders."""
        self.tell("in other orders")
        self.done.runs_after = tuple(runs)
        seed, worst = self.runner.options.seed + len(runs), polluters_first(evidence)
        if worst:
            run = self._judge_too(Planned("polluters first", seed % 2**32, worst))
            self.tell(f"polluters first, cleaners last: {_failed(run)}")
        else:
            self._judge_too(Planned("random", seed % 2**32))
        planned = Planned("random", (seed + 1) % 2**32)
        if self.hidden is None:
            self._without_state(planned)
        else:
            self._asked_again(self.hidden)
        if not self.done.unstable(self.done.after) and self.done.runs_after[-1].seed != planned.seed:
            self._judge_too(planned)  # before it is said that all is well

    def judge_once_more(self) -> None:
        """Judge the tests by one more random order."""
        last = self.done.runs_after[-1].seed if self.done.runs_after else self.runner.options.seed
        self._judge_too(Planned("random", (last + 1) % 2**32))

    def with_roles(self, tests: dict[str, Test]) -> dict[str, Test]:
        """The tests, of those that depend on the order with what they do alone."""
        return {
            name: replace(test, role=self._role(name)) if test.verdict == "order-dependent" else test
            for name, test in tests.items()
        }

    def alone(self, name: str) -> Result:
        """How a test ends in a process of its own."""
        self.done.pytest_runs += _ALONE
        with self.tidied():
            return self.runner.ending(name)

    def is_passing(self, recipe: Recipe, *, tried: bool = True) -> bool:
        """Whether a test passes in the way in which it may fail. Without a rewrite that is ``tried`` it is run once."""
        asked = recipe.test, recipe.before
        if tried or recipe.twice:
            return self._ending(recipe) == "passed"
        if asked not in self.endings:
            self.endings[asked] = self._ending(recipe)
        return self.endings[asked] == "passed"

    def _ending(self, recipe: Recipe) -> Result:
        order: Order = "twice" if recipe.twice else "given"
        planned = Planned(order, self.runner.options.seed, (*recipe.before, recipe.test))
        share = len(recipe.before) / max(1, len(self.done.before))
        self.done.pytest_runs += max(_ALONE, share) if len(recipe.before) > 1 else _ALONE
        with self.tidied():
            attempt = self.runner.run(planned).attempts.get(recipe.test)
        if attempt is None:
            return "not run"
        return (attempt.again or "not run") if recipe.twice else attempt.result

    @contextmanager
    def tidied(self) -> Iterator[None]:
        """What changes beside the tests while they run decides nothing in the next run, and is told at the end."""
        with leftovers(self.runner.folder, self.runner.options.arguments, self._tell_once) as files:
            self.runner.leftovers = files
            yield
        self.done.files_left |= dict.fromkeys(files.lines())

    def _tell_once(self, line: str) -> None:
        """Say what is the same after many runs when it is so for the first time."""
        if line not in self.told:
            self.told.add(line)
            self.tell(line)

    def _judge_too(self, planned: Planned) -> Run:
        """Make one run more, by which the tests are judged, too."""
        run = self._run(planned)
        self.done.runs_after = (*self.done.runs_after, run)
        self.done.after = self.with_roles(judge_all(self.done.runs_after))
        return run

    def _without_state(self, planned: Planned) -> None:
        """Look for tests that passed wherever they ran, and fail without what the others leave.

        They are among those that fail where what each test leaves changed is put back after it. That this is done
        badly, to an object that other tests share, proves nothing: each is run alone. What passes alone may be a victim
        of what is not put back, such as files. For those the run is made once more as it is. A test that failed
        wherever it ran, and passes there and alone, is a victim in every order so far.
        """
        self.tell("with leaked state restored between tests")
        tests = self.done.after
        run = self._run(replace(planned, put_back=EVERYTHING))
        failed = (name for name, attempt in run.attempts.items() if attempt.result in BAD and not attempt.subtest)
        stable = [name for name in failed if name in tests and tests[name].verdict == "stable"][:_MANY]
        brittle = [name for name in stable if self._role(name) == "brittle"]
        if len(brittle) < len(stable):
            self._judge_too(planned)
            tests = self.done.after
        failing = [name for name, test in tests.items() if test.verdict == "failing" and name in run.attempts][:_MANY]
        suffering = [n for n in failing if run.attempts[n].result == "passed" and self._role(n) == "victim"]
        hidden: dict[str, Role] = dict.fromkeys(brittle, "brittle")
        self.hidden = hidden | dict.fromkeys(suffering, "victim")
        self._show_hidden(self.hidden)

    def _asked_again(self, hidden: Mapping[str, Role]) -> None:
        """Say of the tests of which the orders may not show it what they are now: they are run alone once more."""
        brittle: dict[str, Role] = {n: "brittle" for n, test in self.done.before.items() if test.role == "brittle"}
        asked = {**brittle, **hidden}
        for name in asked:
            self.ends.pop(name, None)
        self._show_hidden({name: role for name, role in asked.items() if self._role(name) == role})

    def _show_hidden(self, hidden: Mapping[str, Role]) -> None:
        """Say of these tests what they are, where the runs so far say otherwise."""
        wrong = {"brittle": "stable", "victim": "failing"}
        tests = {name: self.done.after[name] for name in hidden if name in self.done.after}
        self.done.after = self.done.after | {
            name: replace(test, verdict="order-dependent", role=hidden[name])
            for name, test in tests.items()
            if test.verdict == wrong[hidden[name]]
        }

    def _run(self, planned: Planned) -> Run:
        """One run more of the whole suite."""
        self.done.pytest_runs += 1
        with self.tidied():
            return self.runner.run(planned)

    def _role(self, name: str) -> Role | None:
        if name not in self.ends:
            self.ends[name] = self.alone(name)
        return role_of(self.ends[name])


def _failed(run: Run) -> str:
    return f"{sum(attempt.result in BAD for attempt in run.attempts.values())} failed"
