"""``isolator deflake``: observe, fix, confirm; what does not confirm is taken back; again while that helps.

0. A run that failed before, in CI mostly, is made again (``replaying``). If a test fails again, the order is one more
   where it is two below.
1. Two runs are watched, the given order and reversed, the latter with each test twice in a row. A test that depends on
   the order is also run alone, which counts as a tenth of a run; those that fail in every order, and read variables of
   the environment that pytest is started in, are run without these (``causes.inherited``).
2. If all is stable, it is run in other orders (``judging``): with the tests first that leave something changed and
   those last that clean up, and in a random one with all that a test leaves changed put back after it: what fails only
   then may live on what other tests leave. If all is well then, random orders follow, up to ten runs in all as long as
   each takes at most 20 seconds, and no more than there are orders; and nothing is rewritten.
3. Each attempt at a rewrite is proved by the two orders of the first step. It has no more in it than some test misses
   (``smallest``).
4. Of what is left it is found out whom and what it depends on (``causes``). State that makes tests fail is made for
   each test, or put back after it (``restoring``); a victim that fails all the same has several causes, and is looked
   into again; what brittle tests need they are given (``set_ups``).
5. Where tests stay order-dependent after few runs, one more order is tried, which may show more of them.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from codemods.context import SetUp
from isolator.evidence.dependence import leaving, victims
from isolator.evidence.model import Cause, Evidence, Inherited, WatchedRun
from isolator.evidence.observe import save, watch
from isolator.project.project import load_project
from isolator.project.request import Request
from isolator.pytest_runs.bisecting import MOST
from isolator.pytest_runs.failed_run.model import FailedRun
from isolator.pytest_runs.model import Confirmation, Result, Run, Test, Verdict
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.session import confirm
from isolator.pytest_runs.verdicts import judge_all
from isolator.repair import history as changes
from isolator.repair.attempts import Rounds, Texts
from isolator.repair.blame import Recipe, owner
from isolator.repair.causes.explaining import Causes
from isolator.repair.causes.inherited import InheritedSearch, inherited_reads
from isolator.repair.causes.showing import container
from isolator.repair.deflaked import Deflaked
from isolator.repair.judging import Judging
from isolator.repair.prove import Proof, prove
from isolator.repair.replaying import Replaying
from isolator.repair.restoring import OTHERS, Attempt, Restoring
from isolator.repair.set_ups.experiments import Experiments
from isolator.repair.set_ups.searching import MOST as MOST_EXPERIMENTS
from isolator.repair.set_ups.searching import SettingUp
from isolator.repair.smallest.recipes import recipes_for
from isolator.repair.smallest.rewrites import Smallest

ROUNDS = 3
_ABOUT = 25.0  # runs of the suite that all is to take
_LAST = 6.0  # of these, kept for what has fixtures put in, and proves them
_FEW = 8.0  # after which no more orders are tried where tests stay unstable
_SURE = 10.0  # before it is said that all tests were stable from the beginning, if each takes at most
_QUICK = 20.0  # seconds
_LEAST = 4.0  # that the search for causes may take in any case

Tell = Callable[[str], None]


def deflake(
    root: Path,
    request: Request,
    options: Options,
    wanted: Callable[[Request], bool],
    tell: Tell,
    *,
    everything: bool = False,
    failed: tuple[str, FailedRun] | None = None,
) -> Deflaked:
    """Fix the tests that pytest collects with these options in the current directory.

    ``root`` is that of the project, below which the evidence is kept. ``request`` says which rules count; its paths are
    found out. ``wanted`` is asked before files are written for the first time. ``everything`` keeps rewrites that no
    test misses, too. ``failed`` is an earlier run that failed, with the name of its file.

    Raises Failure if pytest cannot run, or a file cannot be put back.
    """
    return _Deflaking(root, request, options, wanted, tell, everything=everything).work(failed)


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
        self._done = Deflaked({}, {}, unsafe_fixes=request.unsafe_fixes, everything=everything)
        self._judging = Judging(self._done, self._runner, tell)
        self._evidence = Evidence()
        self._partners: dict[str, tuple[str, ...]] = {}  # by the test that fails after them
        self._hopeless: dict[str, frozenset[str]] = {}  # rewrites that do not help, by the test that fails with them
        self._known: dict[Texts, Confirmation] = {}  # what was confirmed of attempts since something was kept
        self._causes: dict[Cause, None] = {}  # whose state is put back
        self._set_ups: tuple[SetUp, ...] = ()  # that tests were given, or cannot be
        self._attempted: set[str] = set()  # tests that rewrites were tried for
        self._asked: set[str] = set()  # what tests depend on outside of pytest
        self._as_it_failed: tuple[Planned, ...] = ()  # the orders in which an earlier run failed, and fails again
        self._replays: tuple[Run, ...] = ()  # how these went before anything was rewritten

    def work(self, failed: tuple[str, FailedRun] | None = None) -> Deflaked:
        """All of it."""
        started = time.monotonic()
        if failed is not None:
            self._replay(*failed)
        for number in range(ROUNDS):
            runs, evidence = self._watched()
            if number == 0:
                self._done.runs_before, self._done.evidence = runs, evidence
                self._done.before = self._done.after = self._judging.with_roles(judge_all(runs))
            if number == 0 and not self._everything and self._is_stable(runs):
                break
            proof = self._attempt(runs, ask=not self._done.kept)
            if proof is None:
                self._done.wanted = False
                break
            self._note(proof)
            if number and not proof.kept:  # nothing is other than it was
                break
            before = self._to_fix()
            if proof.kept or not self._done.runs_after:
                self._judging.judge(runs if proof.after is None else proof.after.runs, self._evidence)
            if not self._to_fix() or self._to_fix() >= before:  # all is done, or it does not help
                break
        if self._done.wanted:
            self._explain()
            self._restore()
            self._restore_more()
            self._set_up()
            self._look_again()
            save(self._with_what_stays(), self._root)
        self._note_polluters()
        self._done.uncollected = self._runner.uncollected(self._done.runs_after or self._done.runs_before)
        self._done.seconds = time.monotonic() - started
        return self._done

    def _replay(self, file: str, failed: FailedRun) -> None:
        """Make an earlier run again; where a test fails again it is one of those that all rests on."""
        replaying = Replaying(failed, file, self._runner, self._tell)
        with self._judging.tidied():
            runs, self._done.replayed = replaying.work()
        self._done.pytest_runs += replaying.spent
        again = {each.test for each in self._done.replayed if each.again}
        kept = [(p, run) for p, run in zip(replaying.planned, runs, strict=True) if again & run.attempts.keys()]
        self._as_it_failed, self._replays = tuple(p for p, _ in kept), tuple(run for _, run in kept)
        self._partners |= {each.test: each.partners for each in self._done.replayed if each.partners}

    def _made_again(self) -> tuple[Run, ...]:
        """The earlier run as it goes now."""
        runs, self._replays = self._replays, ()
        if not runs:
            tests = sum(len(planned.tests or ()) for planned in self._as_it_failed)
            self._done.pytest_runs += tests / max(1, len(self._done.before))
            with self._judging.tidied():
                runs = tuple(map(self._runner.run, self._as_it_failed))
        return runs

    def _proving(self) -> tuple[Run, ...]:
        """Of the runs that the tests were judged by last those that prove an attempt."""
        return (self._done.runs_after or self._done.runs_before)[: len(self._options.orders) + len(self._as_it_failed)]

    def _is_stable(self, runs: Sequence[Run]) -> bool:
        """Whether the tests are what they should be, in other orders, too: then nothing is rewritten."""
        if self._done.unstable(self._done.before):
            return False
        self._judging.judge(runs, self._evidence)
        while self._is_worth_more():
            self._judging.judge_once_more()
        self._done.before, self._done.runs_before = self._done.after, self._done.runs_after
        return not self._done.unstable(self._done.before)

    def _is_worth_more(self) -> bool:
        """Whether to try one more order before it is said that all is stable: while that takes little time.

        A test that fails in one order of ten is missed by few runs. Few tests have no more orders than that.
        """
        is_quick = self._done.runs_after[-1].seconds <= _QUICK
        return is_quick and self._has_run_less_than(_SURE) and not self._done.unstable(self._done.after)

    def _has_run_less_than(self, most: float) -> bool:
        """Whether it is fewer runs so far, and fewer than there are orders of the tests."""
        return self._done.pytest_runs < min(most, math.factorial(min(len(self._done.after), 5)))

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
        runs = (*runs, *self._made_again())
        tests = judge_all(runs)
        self._judging.ends = {n: self._judging.alone(n) for n, t in tests.items() if t.verdict == "order-dependent"}
        evidence = with_alone(evidence, self._judging.ends, self._options.seed)
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
            with self._judging.tidied():
                self._done.inherited |= search.explain(new)
            self._done.pytest_runs += search.spent
        found = (Inherited(name, self._done.inherited[name]) for name in failing if name in self._done.inherited)
        return replace(evidence, inherited=tuple(found))

    def _look_again(self) -> None:
        """Where tests stay order-dependent, look for more of them in one more order, as long as that is cheap.

        One polluter may have undone in all orders so far what another one changed.
        """
        known = self._dependent()
        if known and self._has_run_less_than(_FEW):
            self._judging.judge_once_more()
            self._done.after |= known
            if self._dependent().keys() - known.keys():
                self._explain(known)
                self._restore()

    def _dependent(self) -> dict[str, Test]:
        """The tests that depend on the order, or fail when they run a second time."""
        return {n: t for n, t in self._done.after.items() if t.verdict in ("order-dependent", "nio")}

    def _explain(self, known: Collection[str] = ()) -> None:
        """Say of the tests that are left, but for those that are known, why they are not stable."""
        left = {n: t for n, t in self._dependent().items() if n not in known}
        if left:
            self._done.after |= self._explained(left, self._done.runs_after or self._done.runs_before)

    def _explained(self, tests: Mapping[str, Test], runs: Sequence[Run]) -> dict[str, Test]:
        """Tests that some runs showed with what they depend on, where that is found."""
        with self._judging.tidied():
            most = max(_LEAST, min(MOST, _ABOUT - _LAST - self._done.pytest_runs))
            endings = self._judging.endings
            causes = Causes(self._runner, runs, self._still_left(), self._tell, most, self._partners, endings)
            found = causes.explain_all(tests)
        self._done.pytest_runs += causes.spent
        self._done.explained |= {n: t for n, t in found.items() if t.cells or n not in self._done.explained}
        for name, test in found.items():
            if test.role == "victim":
                self._done.add_polluters(filter(None, (test.partner, *test.together)), name, test.cells or ())
        return found

    def _still_left(self) -> Evidence:
        """The evidence without the state that fixtures put back by now."""
        restored = {cell for cause in self._causes for cell in cause.cells}
        left = (each for each in self._evidence.cells if restored.isdisjoint((each.path, container(each.path))))
        return replace(self._evidence, cells=tuple(left))

    def _note_polluters(self) -> None:
        """Note those of which the experiments, or the first runs, showed whom they make fail."""
        for victim, partners in self._partners.items():
            self._done.add_polluters(partners, victim)
        for recipe in self._done.needed.values():
            self._done.add_polluters(recipe.before if len(recipe.before) == 1 else (), recipe.test)
        for each in victims(self._done.evidence):
            self._done.add_polluters(each.others, each.test, (f'os.environ["{each.variable}"]',))

    def _with_what_stays(self) -> Evidence:
        """The evidence with the state and the set-ups of which something was kept: `fix` would do the rest unproved."""
        unneeded = {cell for unit in self._done.unneeded.values() for cell in unit.cells}
        unneeded -= {cell for unit in self._done.kept for cell in unit.cells}
        causes = (replace(cause, cells=tuple(c for c in cause.cells if c not in unneeded)) for cause in self._causes)
        return replace(self._evidence, causes=tuple(cause for cause in causes if cause.cells), set_ups=self._set_ups)

    def _restore(self) -> None:
        """Have the state that makes tests fail put back, or made for each test, where that is proved to help."""
        runs = self._proving()
        new = {n for n, t in self._done.after.items() if t.role == "victim"} - self._attempted
        again = bool(new and self._done.unneeded)
        work = Restoring(dict(self._done.after), runs, self._try, self._explained, self._passes, again=again)
        changed = work.work()
        self._causes |= dict.fromkeys(work.put_back())
        if changed:
            self._judging.judge(work.runs, self._evidence)
            left = self._done.unstable(self._done.after)
            known = {n: work.explained[n] for n in left if n in work.explained}
            alike = {n: test for n, test in known.items() if test.verdict == left[n].verdict}
            self._done.after |= {n: test for n, test in alike.items() if test.cells is not None}

    def _restore_more(self) -> None:
        """Look again for the causes of victims that fail although the state found first is put back: each has several.

        def test_victim(): assert not app.NAMES and not app.loaded
        """
        for _ in range(ROUNDS - 1):
            before, restored = self._dependent(), {cause.test for cause in self._causes}
            others = [n for n, test in before.items() if test.role != "victim" or n not in restored]
            if len(others) == len(before) or self._done.pytest_runs >= _ABOUT - _LAST:
                return
            again = {n: replace(t, cells=None, places=()) for n, t in before.items() if n not in others}
            self._done.after |= again
            self._explain(others)
            self._restore()
            if len(self._dependent()) >= len(before):
                return

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
        self._set_ups = refused = tuple(each for each in set_ups if each.refusal)
        self._done.pytest_runs += experiments.spent
        self._done.files_left |= experiments.left
        runs, kept = self._proving(), False
        for chosen, cells in search.plans(set_ups, brittle):
            causes = tuple(Cause(name, each) for name, each in cells.items())
            save(replace(self._evidence, causes=causes, set_ups=chosen), self._root)
            proof = self._attempt(runs, OTHERS, ask=not self._done.kept)
            if proof is None:
                break
            self._note(proof)
            if proof.kept and proof.after is not None:
                runs, kept = proof.after.runs, True
                self._causes |= dict.fromkeys(causes)
                self._set_ups = tuple(dict.fromkeys((*chosen, *refused)))
                break
        if kept:
            for each in set_ups:
                self._judging.ends.pop(each.test, None)
            self._judging.judge(runs, self._evidence)
            for _ in range(ROUNDS - 1):  # victims of others now, as they get so far
                if self._to_fix():
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
            return self._judging.is_passing(Recipe(name, (test.partner,)))
        return test.verdict == "nio" and self._judging.is_passing(Recipe(name, twice=True))

    def _attempt(
        self, runs: Sequence[Run], ignored: tuple[str, ...] = (), tolerated: tuple[Verdict, ...] = (), *, ask: bool
    ) -> Proof | None:
        """Rewrite, and keep rewrites that do not make tests worse; None if the user does not want that.

        ``ignored`` are rules that have been tried; it is not worse what is ``tolerated``.
        """
        paths, ignore = tuple(dict.fromkeys(self._paths())), (*self._request.ignore, *ignored)
        request = replace(self._request, paths=paths, ignore=ignore, write=True, confirm=True)
        if ask and not self._wanted(replace(request, write=False)):
            return None
        before = Confirmation(tuple(runs), judge_all(runs))
        hoped = self._done.inherited
        about = before, hoped, tolerated, self._reduce, self._known
        return prove(request, self._options, self._confirm, self._tell, *about)

    def _reduce(self, rounds: Rounds) -> None:
        """Leave out what no test misses, unless all is wanted."""
        if self._everything:
            return
        rounds.is_enough = lambda: self._done.pytest_runs >= _ABOUT
        tests = self._done.unstable(self._done.after)
        self._attempted |= tests.keys()
        units = {unit.name for unit in rounds.left}
        rewritten = {name for name in tests if owner(name, rounds.project) in units}
        runs = self._done.runs_after or self._done.runs_before
        recipes = [*recipes_for(tests, self._evidence, runs, self._partners, rewritten)]
        likely, spent = leaving(self._evidence), lambda: self._done.pytest_runs
        found_so_far = self._partners, self._hopeless, {name: test.cells or () for name, test in tests.items()}
        Smallest(rounds, recipes, self._judging.is_passing, spent, likely, *found_so_far).work()

    def _confirm(self, options: Options, folder: Path, tell: Tell) -> Confirmation:
        found = confirm(options, folder, tell)
        self._done.pytest_runs += found.pytest_runs
        self._done.files_left |= dict.fromkeys(found.left)
        runs = (*found.runs, *self._made_again())
        return replace(found, runs=runs, tests=judge_all(runs))

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
        if proof.kept:
            self._judging.endings.clear()
            self._known.clear()
        taken_back = {blame.unit.name: blame for blame in (*self._done.taken_back, *proof.taken_back)}
        kept = {unit.name for unit in proof.kept}
        needed = {unit: proof.needed[unit.name] for unit in proof.kept if unit.name in proof.needed}
        self._done.needed |= needed
        unneeded = self._done.unneeded | {unit.name: unit for unit in proof.unneeded}
        self._done.unneeded = {name: unit for name, unit in unneeded.items() if name not in kept}
        self._done.taken_back = [blame for name, blame in taken_back.items() if name not in kept]
        self._done.changes.taken_back = changes.taken_back(self._done.taken_back)
        self._done.outcomes = proof.outcomes
        errors = (f"{outcome.file.path}: {outcome.error}" for outcome in proof.outcomes if outcome.error is not None)
        self._done.errors |= dict.fromkeys(errors)
        for outcome in proof.outcomes:
            self._done.changes.add(outcome)

    def _to_fix(self) -> int:
        """How many tests are not what they should be, except brittle ones: they need something given to them."""
        return sum(test.role != "brittle" for test in self._done.unstable(self._done.after).values())


def with_alone(evidence: Evidence, alone: Mapping[str, Result], seed: int) -> Evidence:
    """The evidence with one run more, in which some tests were run alone and the others not at all."""
    if not alone:
        return evidence
    tests = {name: (*ends, alone.get(name)) for name, ends in (evidence.tests or {}).items()}
    return replace(evidence, runs=(*evidence.runs, WatchedRun("alone", seed, 0.0, 0)), tests=tests)
