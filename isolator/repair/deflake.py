"""``isolator deflake``: observe, fix, confirm; what does not confirm is taken back; again while that helps.

It is sparing with runs of pytest: two are watched (the given order, and reversed), each attempt at a rewrite is proved
by the same two, and what is left in the end is run in another order, in which the tests come first that leave
something changed, and those last that clean up; and in a random one with all that a test leaves changed put back after
it: what fails only then may live on what other tests leave. If all is well then the random one is made as it is, too.
The run in reversed order makes each test twice in a row. A test that depends on the order is also run alone, which
counts as a tenth of a run; those that fail in every order, and read variables of the environment that pytest is
started in, are run without these (``inherited``). Of what is left then it is found out whom and what it depends on
(``causes``), and fixtures are put in that put the state of victims back, if they are proved to help.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from isolator.engine.batch import Outcome
from isolator.evidence.dependence import leaving, polluters_first
from isolator.evidence.model import Cause, Evidence, Inherited, WatchedRun
from isolator.evidence.observe import save, watch
from isolator.project.confirm_settings import Order
from isolator.project.project import load_project
from isolator.project.request import Request
from isolator.pytest_runs.bisecting import MOST, role_of
from isolator.pytest_runs.model import Confirmation, Result, Role, Run, Test, Verdict, problems
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import EVERYTHING, Planned, Runner
from isolator.pytest_runs.session import confirm
from isolator.pytest_runs.verdicts import BAD, judge_all
from isolator.repair import history as changes
from isolator.repair.attempts import Rounds
from isolator.repair.blame import Blame, Unit
from isolator.repair.causes import Causes
from isolator.repair.experiments import Experiments
from isolator.repair.inherited import InheritedSearch, Variables, inherited_reads
from isolator.repair.prove import Proof, prove
from isolator.repair.restoring import OTHERS, REWRITES, Attempt, Restoring
from isolator.repair.setting_up import MOST as MOST_EXPERIMENTS
from isolator.repair.setting_up import SettingUp
from isolator.repair.smallest import Recipe, Smallest, recipes_for

ROUNDS = 3
_ALONE = 0.1  # of a run of the suite, which the run of a single test counts as
_MANY = 100  # tests that fail only where state is put back; of more the first are run alone

_ABOUT = 25.0  # runs of the suite that all is to take
_LAST = 6.0  # of these, kept for what has fixtures put in, and proves them
_LEAST = 4.0  # that the search for causes may take in any case

Tell = Callable[[str], None]


@dataclass
class Deflaked:
    """What came of it. ``before`` and ``after`` are the tests by node id; ``outcomes`` are the files, as they are now.

    ``runs_before`` and ``runs_after`` are the runs that they were judged by, ``runs_after`` none if there were no
    others. ``unneeded`` is what no test missed, by the name of the unit, and ``needed`` says of others which test fails
    without them. ``evidence`` is what was seen before anything was rewritten, ``changes`` are the files that were, each
    as it was at the beginning. ``inherited`` are the tests that failed because of variables of the environment that
    pytest is started in, with these. ``wanted`` is false if the user did not want the change. ``files_left`` are the
    files that changed while the tests ran, each once with what became of it; ``uncollected`` says of what cannot be
    collected how to go on without it. ``unsafe_fixes``: these were tried, too.
    """

    before: dict[str, Test]
    after: dict[str, Test]
    kept: list[Unit] = field(default_factory=list)
    taken_back: list[Blame] = field(default_factory=list)
    unneeded: dict[str, Unit] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    pytest_runs: float = 0.0
    seconds: float = 0.0
    wanted: bool = True
    files_left: dict[str, None] = field(default_factory=dict)
    uncollected: tuple[str, ...] = ()
    runs_before: tuple[Run, ...] = ()
    runs_after: tuple[Run, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)
    changes: changes.Changes = field(default_factory=changes.Changes)
    inherited: dict[str, Variables] = field(default_factory=dict)
    unsafe_fixes: bool = False

    def unstable(self, tests: Mapping[str, Test]) -> dict[str, Test]:
        """Those tests, as they were or are, that are not what they should be.

        What fails for a bug is none of them: what always failed, and not because of the environment.
        """
        return {n: t for n, t in tests.items() if t.unsteady or (t.verdict == "failing" and self._might_pass(n))}

    def _might_pass(self, name: str) -> bool:
        before = self.before.get(name)
        return name in self.inherited or (before is not None and before.verdict != "failing")

    @property
    def problems(self) -> tuple[str, ...]:
        """Of the runs that the tests were judged by in the end, those that tell nothing, or not all, and why."""
        runs = self.runs_after or self.runs_before
        return problems(runs)

    @property
    def ok(self) -> bool:
        """Whether every run was whole, and no test is flaky, order-dependent, hanging or missing, or needs a rerun.

        Nor does one fail because of the environment that pytest is started in.
        """
        return not self.unstable(self.after) and not self.problems and not self.uncollected


def deflake(
    root: Path,
    request: Request,
    options: Options,
    wanted: Callable[[Request], bool],
    tell: Tell,
    *,
    everything: bool = False,
) -> Deflaked:
    """Fix the tests that pytest collects with these options in the current directory.

    ``root`` is that of the project, below which the evidence is kept. ``request`` says which rules count; its paths are
    found out. ``wanted`` is asked before files are written for the first time. ``everything`` keeps rewrites that no
    test misses, too. Raises Failure if pytest cannot run, or
    a file cannot be put back.
    """
    return _Deflaking(root, request, options, wanted, tell, everything=everything).work()


class _Deflaking:
    def __init__(
        self,
        root: Path,
        request: Request,
        options: Options,
        wanted: Callable[[Request], bool],
        tell: Tell,
        *,
        everything: bool,
    ) -> None:
        self._everything = everything
        self._root, self._request, self._wanted, self._tell = root, request, wanted, tell
        # The two orders of every attempt are those that were watched, with the same seeds.
        self._options = replace(options, runs=2, orders=("given", "reversed"), bisect=False, alone=False)
        self._runner = Runner(self._options, Path.cwd())
        self._done = Deflaked({}, {}, unsafe_fixes=request.unsafe_fixes)
        self._alone: dict[str, Result] = {}
        self._evidence = Evidence()
        self._partners: dict[str, tuple[str, ...]] = {}  # by the test that fails after them
        self._hopeless: dict[str, frozenset[str]] = {}  # rewrites that do not help, by the test that fails with them
        self._asked: set[str] = set()  # what tests depend on outside of pytest

    def work(self) -> Deflaked:
        started = time.monotonic()
        for number in range(ROUNDS):
            runs, evidence = self._watched()
            if number == 0:
                self._done.runs_before, self._done.evidence = runs, evidence
                self._done.before = self._done.after = self._with_roles(judge_all(runs))
            if number == 0 and not self._everything and self._is_stable(runs):
                break
            proof = self._attempt(runs, ask=not self._done.kept)
            if proof is None:
                self._done.wanted = False
                break
            self._note(proof)
            if number and not proof.kept:  # nothing is other than it was
                break
            before = self._to_mend()
            self._judge(runs if proof.after is None else proof.after.runs)
            if not self._to_mend() or self._to_mend() >= before:  # all is done, or it does not help
                break
        if self._done.wanted:
            self._explain()
            self._restore()
            self._set_up()
        self._done.uncollected = self._runner.uncollected(self._done.runs_after or self._done.runs_before)
        self._done.seconds = time.monotonic() - started
        return self._done

    def _is_stable(self, runs: Sequence[Run]) -> bool:
        """Whether the tests are what they should be, in other orders, too: then nothing is rewritten."""
        if self._done.unstable(self._done.before):
            return False
        self._judge(runs)
        self._done.before, self._done.runs_before = self._done.after, self._done.runs_after
        return not self._done.unstable(self._done.before)

    def _watched(self) -> tuple[tuple[Run, ...], Evidence]:
        """The two runs that are watched, and what they show, which is kept where ``scan`` looks for it.

        With it is kept how the tests that depend on the order end alone, which tells victims from brittle ones.
        """
        watcher = Runner(self._options, Path.cwd(), watching=True)
        runs, evidence = watch(watcher, self._tell)
        self._runner.session = watcher.session
        self._evidence = evidence
        self._done.pytest_runs += len(runs)
        self._done.files_left |= dict.fromkeys(evidence.left)
        tests = judge_all(runs)
        self._alone = {n: self._run_alone(n) for n, t in tests.items() if t.verdict == "order-dependent"}
        evidence = with_alone(evidence, self._alone, self._options.seed)
        evidence = self._with_inherited(evidence, [n for n, t in tests.items() if t.verdict == "failing"])
        save(evidence, self._root)
        return runs, evidence

    def _with_inherited(self, evidence: Evidence, failing: Collection[str]) -> Evidence:
        """The evidence with the tests that fail because of variables of the environment that pytest is started in."""
        reads = inherited_reads(evidence, failing)
        new = {name: variables for name, variables in reads.items() if name not in self._asked}
        if new:
            self._asked |= new.keys()
            search = InheritedSearch(self._runner, len(evidence.tests or ()), self._tell)
            with self._tidied():
                self._done.inherited |= search.explain(new)
            self._done.pytest_runs += search.spent
        found = (Inherited(name, self._done.inherited[name]) for name in failing if name in self._done.inherited)
        return replace(evidence, inherited=tuple(found))

    def _explain(self) -> None:
        """Say of the tests that are left why they are not stable."""
        left = {n: t for n, t in self._done.after.items() if t.verdict in ("order-dependent", "nio")}
        if left:
            self._done.after |= self._explained(left, self._done.runs_after or self._done.runs_before)

    def _explained(self, tests: Mapping[str, Test], runs: Sequence[Run]) -> dict[str, Test]:
        """Tests that some runs showed with what they depend on, as far as that is found."""
        with self._tidied():
            most = max(_LEAST, min(MOST, _ABOUT - _LAST - self._done.pytest_runs))
            causes = Causes(self._runner, runs, self._evidence, self._tell, most, self._partners)
            found = causes.explain_all(tests)
        self._done.pytest_runs += causes.spent
        return found

    def _restore(self) -> None:
        """Have the state put back, or made for each test, that makes tests fail, as far as that is proved to help."""
        runs = (self._done.runs_after or self._done.runs_before)[: len(self._options.orders)]
        work = Restoring(
            dict(self._done.after), runs, self._try, self._explained, self._passes, again=bool(self._done.unneeded)
        )
        if work.work():
            self._judge(work.runs)
            left = self._done.unstable(self._done.after)
            known = {n: work.explained[n] for n, t in left.items() if work.explained[n].verdict == t.verdict}
            self._done.after |= {n: test for n, test in known.items() if test.cells is not None}

    def _set_up(self) -> None:
        """Have brittle tests set up for themselves what they need of others, which is an unsafe fix.

        With what is set up put back after each test, where tests would suffer from it.
        """
        brittle = {n: t for n, t in self._done.after.items() if t.role == "brittle" and t.verdict == "order-dependent"}
        if not brittle or not self._request.unsafe_fixes:
            return
        context, whole = load_project(()).context(), len(self._done.after)
        experiments = Experiments(self._root, self._runner, context, whole, self._tell, MOST_EXPERIMENTS)
        search = SettingUp(experiments, self._done.after)
        set_ups = search.find(brittle)
        self._done.pytest_runs += experiments.spent
        self._done.files_left |= experiments.left
        runs, kept = (self._done.runs_after or self._done.runs_before)[: len(self._options.orders)], False
        for chosen, cells in search.plans(set_ups, brittle):
            causes = tuple(Cause(name, each) for name, each in cells.items())
            save(replace(self._evidence, causes=causes, set_ups=chosen), self._root)
            proof = self._attempt(runs, (*OTHERS, *REWRITES), ask=not self._done.kept)
            if proof is None:
                break
            self._note(proof)
            if proof.kept and proof.after is not None:
                runs, kept = proof.after.runs, True
                break
        if kept:
            for each in set_ups:
                self._alone.pop(each.test, None)
            self._judge(runs)
            for _ in range(ROUNDS - 1):  # victims of others now, for they get so far
                if self._to_mend():
                    self._explain()
                    self._restore()

    def _try(self, attempt: Attempt, runs: Sequence[Run], ask: bool) -> Proof | None:
        """An attempt to have state put back after each test, or made for each."""
        save(replace(self._evidence, causes=attempt.causes), self._root)
        proof = self._attempt(runs, attempt.ignored, attempt.tolerated, ask=ask)
        if proof is not None:
            self._note(proof)
        return proof

    def _passes(self, name: str, test: Test) -> bool:
        """Whether a test passes now that failed after its partner, or when it ran a second time."""
        if test.partner is not None:
            return self._is_passing(Recipe(name, (test.partner,)))
        return test.verdict == "nio" and self._is_passing(Recipe(name, twice=True))

    def _attempt(
        self, runs: Sequence[Run], ignored: tuple[str, ...] = (), tolerated: tuple[Verdict, ...] = (), *, ask: bool
    ) -> Proof | None:
        """Rewrite, and keep what the tests do no worse with; None if the user does not want that.

        ``ignored`` are rules that have been tried; it is not worse what is ``tolerated``.
        """
        paths, ignore = tuple(dict.fromkeys(self._paths())), (*self._request.ignore, *ignored)
        request = replace(self._request, paths=paths, ignore=ignore, write=True, confirm=True)
        if ask and not self._wanted(replace(request, write=False)):
            return None
        before = Confirmation(tuple(runs), judge_all(runs))
        hoped = self._done.inherited
        return prove(request, self._options, self._confirm, self._tell, before, hoped, tolerated, self._reduce)

    def _reduce(self, rounds: Rounds) -> None:
        """Leave out what no test misses, unless all is wanted."""
        if self._everything:
            return
        tests = self._done.unstable(self._done.after)
        runs = self._done.runs_after or self._done.runs_before
        recipes = [*recipes_for(tests, self._evidence, runs, self._partners)]
        likely = leaving(self._evidence)
        Smallest(rounds, recipes, self._is_passing, likely, self._partners, self._hopeless).work()

    def _is_passing(self, recipe: Recipe) -> bool:
        """Whether a test passes in the way in which it may fail."""
        order: Order = "twice" if recipe.twice else "given"
        planned = Planned(order, self._options.seed, (*recipe.before, recipe.test))
        whole = max(1, len(self._done.before))
        self._done.pytest_runs += max(_ALONE, len(recipe.before) / whole)
        with self._tidied():
            attempt = self._runner.run(planned).attempts.get(recipe.test)
        return attempt is not None and (attempt.again if recipe.twice else attempt.result) == "passed"

    def _confirm(self, options: Options, folder: Path, tell: Tell) -> Confirmation:
        found = confirm(options, folder, tell)
        self._done.pytest_runs += found.pytest_runs
        self._done.files_left |= dict.fromkeys(found.left)
        return found

    def _paths(self) -> Iterator[str]:
        """What pytest was told to collect, or found out itself; with a file its conftest, which may need a fixture."""
        for word in self._runner.session.positional:
            path = Path(word.partition("::")[0])
            yield os.path.relpath(path) if path.is_absolute() else str(path)
            conftest = path.parent / "conftest.py"
            if path.is_file() and conftest.exists():
                yield os.path.relpath(conftest)

    def _note(self, proof: Proof) -> None:
        self._done.kept += proof.kept
        taken_back = {blame.unit.name: blame for blame in (*self._done.taken_back, *proof.taken_back)}
        kept = {unit.name for unit in proof.kept}
        self._done.needed |= proof.needed
        unneeded = self._done.unneeded | {unit.name: unit for unit in proof.unneeded}
        self._done.unneeded = {name: unit for name, unit in unneeded.items() if name not in kept}
        self._done.taken_back = [blame for name, blame in taken_back.items() if name not in kept]
        self._done.changes.taken_back = changes.taken_back(self._done.taken_back)
        self._done.outcomes = proof.outcomes
        for outcome in proof.outcomes:
            self._done.changes.add(outcome)

    def _to_mend(self) -> int:
        """How many tests are not what they should be, but for brittle ones: they need something given to them."""
        return sum(test.role != "brittle" for test in self._done.unstable(self._done.after).values())

    def _judge(self, runs: Sequence[Run]) -> None:
        """Say of each test what it is now, by the runs of the last attempt and by some in other orders."""
        self._tell("in other orders")
        self._done.runs_after = tuple(runs)
        seed, worst = self._options.seed + len(runs), polluters_first(self._evidence)
        if worst:
            run = self._judge_too(Planned("polluters first", seed % 2**32, worst))
            self._tell(f"with those first that leave something, and those last that clean up: {_failed(run)}")
        else:
            self._judge_too(Planned("random", seed % 2**32))
        planned = Planned("random", (seed + 1) % 2**32)
        self._without_state(planned)
        if not self._done.unstable(self._done.after) and self._done.runs_after[-1].seed != planned.seed:
            self._judge_too(planned)  # before it is said that all is well

    def _judge_too(self, planned: Planned) -> Run:
        """Make one run more, by which the tests are judged, too."""
        run = self._run(planned)
        self._done.runs_after = (*self._done.runs_after, run)
        self._done.after = self._with_roles(judge_all(self._done.runs_after))
        return run

    def _without_state(self, planned: Planned) -> None:
        """Look for tests that passed wherever they ran, and fail without what the others leave.

        They are among those that fail where what each test leaves changed is put back after it. That this is done
        badly, to an object that other tests share, proves nothing: each is run alone. What passes alone may be a victim
        of what is not put back, such as files: for those the run is made once more as it is.
        """
        self._tell("with what tests leave changed put back")
        tests = self._done.after
        run = self._run(replace(planned, put_back=EVERYTHING))
        failed = (name for name, attempt in run.attempts.items() if attempt.result in BAD and not attempt.subtest)
        stable = [name for name in failed if name in tests and tests[name].verdict == "stable"][:_MANY]
        brittle = [name for name in stable if self._role(name) == "brittle"]
        if len(brittle) < len(stable):
            self._judge_too(planned)
            tests = self._done.after
        sure: dict[str, Test] = {n: replace(tests[n], verdict="order-dependent", role="brittle") for n in brittle}
        self._done.after = tests | sure

    def _run(self, planned: Planned) -> Run:
        """One run more of the whole suite."""
        self._done.pytest_runs += 1
        with self._tidied():
            return self._runner.run(planned)

    def _with_roles(self, tests: dict[str, Test]) -> dict[str, Test]:
        """The tests, of those that depend on the order with what they do alone."""
        return {
            name: replace(test, role=self._role(name)) if test.verdict == "order-dependent" else test
            for name, test in tests.items()
        }

    def _role(self, name: str) -> Role | None:
        if name not in self._alone:
            self._alone[name] = self._run_alone(name)
        return role_of(self._alone[name])

    def _run_alone(self, name: str) -> Result:
        """How a test ends in a process of its own."""
        self._done.pytest_runs += _ALONE
        with self._tidied():
            return self._runner.ending(name)

    @contextmanager
    def _tidied(self) -> Iterator[None]:
        """What changes beside the tests while they run decides nothing in the next run, and is told at the end."""
        with leftovers(self._runner.folder, self._options.arguments, self._tell) as files:
            self._runner.leftovers = files
            yield
        self._done.files_left |= dict.fromkeys(files.lines())


def _failed(run: Run) -> str:
    return f"{sum(attempt.result in BAD for attempt in run.attempts.values())} failed"


def with_alone(evidence: Evidence, alone: Mapping[str, Result], seed: int) -> Evidence:
    """The evidence with one run more, in which some tests were run alone and the others not at all."""
    if not alone:
        return evidence
    tests = {name: (*ends, alone.get(name)) for name, ends in (evidence.tests or {}).items()}
    return replace(evidence, runs=(*evidence.runs, WatchedRun("alone", seed, 0.0, 0)), tests=tests)
