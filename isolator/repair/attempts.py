"""Rewrite, confirm, take back, until no test fails more than before; then restore rewrites taken back needlessly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from codemods.registry import all_rules
from codemods.rule import Finding
from isolator.engine import engine
from isolator.engine.batch import Outcome
from isolator.engine.scan import Scan
from isolator.project.project import Project
from isolator.pytest_runs.expectations.comparing import Comparison, compare
from isolator.pytest_runs.model import Confirmation, Verdict
from isolator.pytest_runs.verdicts import BAD
from isolator.repair.blame import Blame, Recipe, Unit, blamed, owner
from isolator.system.errors import Failure
from isolator.system.journal import Change
from isolator.system.trial import trial
from isolator.system.visible import tell

Texts = frozenset[tuple[str, bytes | None]]  # files by their paths, as they are while they are on trial

NOT_NEEDED = "not-needed"  # the reason why a finding is left
MAX_GIVEN_BACK = 8  # confirmations spent on what may have been taken back without need


def units(outcomes: Iterable[Outcome]) -> Iterator[Unit]:
    """What can be left out, one at a time, of what some rewritten files are rewritten in."""
    for outcome in outcomes:
        findings: dict[str, list[Finding]] = {}
        file = outcome.file
        names = engine.units(outcome.before or b"", file.name, outcome.fixed)
        for name, finding in zip(names, outcome.fixed, strict=True):
            findings.setdefault(name, []).append(finding)
        yield from (Unit(name, file.name, file.path, tuple(each)) for name, each in findings.items())


class Rounds:
    """Rounds of rewriting and confirming. ``out`` is what is taken back, ``after`` what the last good round showed.

    ``unneeded`` are the units that no test misses, and ``needed`` says of others which test fails without them.
    ``missing`` are tests that miss some of the units, and are to be stable with these. If they ``must_help``, then
    nothing stays where no test is better for it. What was taken back is not given another chance once it ``is_enough``.

    ``hoped`` are tests that fail because they lack a precondition: where they fail with it, too, it is taken back.
    A test that is what is ``tolerated`` is not worse for that. ``known`` is what was confirmed of the same texts:
    they are not run again.
    """

    def __init__(
        self,
        found: Scan,
        project: Project,
        changed: dict[str, Outcome],
        confirm: Callable[[], Confirmation],
        tell: Callable[[str], None],
        hoped: Collection[str] = (),
        tolerated: Collection[Verdict] = (),
        known: dict[Texts, Confirmation] | None = None,
    ) -> None:
        self.out: dict[str, Blame] = {}
        self.unneeded: dict[str, Unit] = {}
        self.needed: dict[str, Recipe] = {}
        self.missing: list[str] = []
        self.must_help = False
        self.is_enough: Callable[[], bool] = lambda: False
        self.after = self._before = Confirmation((), {})
        self._found, self.project, self._changed = found, project, changed
        self._confirm, self._tell, self._hoped, self._tolerated = confirm, tell, hoped, tolerated
        self._known = {} if known is None else known
        self._units = list(units(changed.values()))
        self._now = {path: outcome.before for path, outcome in changed.items()}
        self._failed: dict[str, str] = {}
        self._spared: dict[str, Unit] = {}  # places of fixtures that are kept, as if each were a rewrite
        self._worse: set[frozenset[str]] = set()  # what was taken back in rounds that were not good enough

    def run(self, before: Confirmation, reduce: Callable[[Rounds], None] = lambda _: None) -> None:
        """Confirms and takes back until no test fails more than in ``before``; keeps as many rewrites as possible.

        ``reduce`` may leave out units first.
        """
        self.after = self._before = before
        self._keep_out(before)
        reduce(self)
        while left := self.left:
            comparison = self._attempt(frozenset(self.out))
            if not comparison.worse:
                break
            if self.must_help and not comparison.fixed:
                self.leave_out(left)
                break
            if self.unneeded:
                self._tell("on trial with the rewrites that no test needs by itself")
                self.unneeded, self.needed = {}, {}
                continue
            self._doubt(comparison)
            for blame in blamed(comparison, left, self.project):
                self.out[blame.unit.name] = blame
                self._tell(f"taken back: {blame.unit.name}, for {blame.evidence}")
        self._give_back([name for name, blame in self.out.items() if not blame.sure])
        if self.unneeded and any(self.after.tests[n].unsteady for n in self.missing if n in self.after.tests):
            self._with_all()
        if self.must_help and not self._fixed:
            self.leave_out(self.left)
            self._attempt(frozenset(self.out))

    def _with_all(self) -> None:
        """Once more with what no test missed by itself: tests that miss some of it are not stable yet."""
        unneeded, needed = self.unneeded, self.needed
        self.unneeded, self.needed = {}, {}
        comparison = self._attempt(frozenset(self.out), better_than=self._fixed)
        if comparison.worse:
            self.unneeded, self.needed = unneeded, needed

    def _keep_out(self, before: Confirmation) -> None:
        """Leaves files as they are that cannot be collected, or lie in such a folder: nothing runs their tests."""
        for name in (name for name, test in before.tests.items() if test.verdict == "uncollected"):
            lost = owner(name, self.project).partition("::")[0]
            for unit in self._units:
                if unit.file == lost or unit.file.startswith(f"{lost}/"):
                    self.out[unit.name] = Blame(unit, {name: "cannot be collected"}, sure=True)

    @property
    def left(self) -> list[Unit]:
        """What is to be rewritten. A fixture that restores less may have another name."""
        out = self._left_out
        now = self._units
        if not out.isdisjoint(self._spared):
            now = list(units(self._rework(outcome, out) for outcome in self._changed.values()))
        return [unit for unit in now if unit.name not in out]

    @property
    def _left_out(self) -> frozenset[str]:
        return frozenset(self.out).union(self.unneeded)

    @property
    def _fixed(self) -> frozenset[str]:
        return frozenset(compare(self._before, self.after, self._tolerated).fixed)

    @contextmanager
    def only(self, units: Collection[Unit], cells: Collection[str] = ()) -> Iterator[None]:
        """While this lasts no more than these units are rewritten, and no fixture for some cells.

        Nothing is rewritten before ``run`` has begun to confirm.
        """
        names = {unit.name for unit in units}
        out = frozenset(unit.name for unit in (*self._units, *self.left) if unit.name not in names)
        wanted = self._wanted(out | (self.unneeded.keys() & self._spared.keys()), cells)
        with trial(self._found.root, self._changes(wanted), _warn):
            yield

    def leave_out(self, units: Collection[Unit]) -> None:
        """Do without these units, which no test misses."""
        self.unneeded |= {unit.name: unit for unit in units}

    def spare(self, cells: Collection[str]) -> bool:
        """Have the fixtures that are left not restore these cells, which no test misses.

        False, and nothing is other than before, where more than that would become of it.
        """
        before = self.left
        spared = {unit.name: unit for unit in self._units_for(cells)}
        self._spared |= spared
        self.unneeded |= spared
        if spared and _restored(self.left) == _restored(before) - set(cells):
            return True
        self.unneeded = {name: unit for name, unit in self.unneeded.items() if name not in spared}
        return False

    def _units_for(self, cells: Collection[str]) -> Iterator[Unit]:
        """Rewrites that would restore some cells and nothing else, named as no other rewrite is."""
        others = _restored(self._units) - set(cells)
        for unit in units(self._rework(outcome, frozenset(), others) for outcome in self._changed.values()):
            if unit.cells and set(unit.cells) <= set(cells):
                yield replace(unit, name=f"{unit.name}[{', '.join(unit.cells)}]")

    @property
    def rewritten(self) -> int:
        """How many files are rewritten, and that is confirmed."""
        return sum(self._now[path] != outcome.before for path, outcome in self._changed.items())

    def outcome(self, original: Outcome) -> Outcome:
        """What became of a file in the end."""
        path = original.file.path
        if path in self._failed:
            return replace(original, error=self._failed[path])
        after = self._now[path]
        outcome = self._with_reasons(self._rework(original, self._left_out))
        return replace(outcome, before=original.before, after=None if after == original.before else after)

    def _with_reasons(self, outcome: Outcome) -> Outcome:
        """The outcome; of findings that are left without need it says that, not that it makes tests worse."""
        if not self.unneeded:
            return outcome
        names = engine.units(outcome.before or b"", outcome.file.name, outcome.left)
        left = zip(names, outcome.left, strict=True)
        return replace(outcome, left=tuple(_not_needed(f) if name in self.unneeded else f for name, f in left))

    def _give_back(self, names: list[str]) -> None:
        """Tries what was taken back on suspicion again: all of it, then by halves."""
        todo, tries = [names] if names else [], 0
        while todo and tries < MAX_GIVEN_BACK and not self.is_enough():
            some = todo.pop(0)
            out = frozenset(self.out) - frozenset(some)
            if out.union(self.unneeded) not in self._worse and not self._has_error(out):
                tries += 1
                self._tell(f"on trial again: {', '.join(some)}")
                if not self._attempt(out).worse:
                    self.out = {name: blame for name, blame in self.out.items() if name not in some}
                    continue
            half = len(some) // 2
            todo += [some[:half], some[half:]] if half else []

    def _has_error(self, out: frozenset[str]) -> bool:
        """Whether a file cannot be rewritten without these units."""
        return any(self._rework(outcome, out.union(self.unneeded)).error for outcome in self._changed.values())

    def _attempt(self, out: frozenset[str], better_than: frozenset[str] | None = None) -> Comparison:
        """Rewrites all but what is left out, and confirms; if nothing is worse the files stay as they are then.

        ``better_than`` are tests that must be fixed with it, and not only these.
        """
        out = out.union(self.unneeded)
        wanted = self._wanted(out)
        changes = self._changes(wanted)
        if not changes:
            return compare(self._before, self.after, self._tolerated)
        with trial(self._found.root, changes, _warn) as made:
            self._drop(made.failed)
            after = self._confirmed(out, frozenset(wanted.items()))
            comparison = compare(self._before, after, self._tolerated)
            worse = {**self._no_better(out, after), **self._failing_now(after), **comparison.worse}
            if better_than is not None and not better_than < set(comparison.fixed):
                worse |= dict.fromkeys(self.missing, "is not better with it")
            comparison = replace(comparison, worse=worse)
            if not comparison.worse:
                made.keep(partial(self._accept, wanted, after))
        if comparison.worse:
            self._worse.add(out)
        return comparison

    def _no_better(self, out: frozenset[str], after: Confirmation) -> dict[str, str]:
        """The tests that got a precondition and fail all the same, whatever their parameters."""
        codes = {rule.code for rule in all_rules() if rule.answers == "precondition"}
        given = {u.name for u in self._units if u.name not in out and any(f.code in codes for f in u.findings)}
        failing = [n for n in self._hoped if n in after.tests and after.tests[n].verdict == "failing"]
        better = {owner(name, self.project) for name in self._hoped if name not in failing}
        return {name: "fails with it, too" for name in failing if owner(name, self.project) in given - better}

    def _failing_now(self, after: Confirmation) -> dict[str, str]:
        """The tests that depend on the order, and fail in the given one, in which they passed."""
        was, now = (next((r for r in c.runs if r.order == "given"), None) for c in (self._before, after))
        if was is None or now is None:
            return {}
        depending = [n for n, test in self._before.tests.items() if test.verdict in ("order-dependent", "nio")]
        passed = [name for name in depending if name in was.attempts and was.attempts[name].result == "passed"]
        failing = [name for name in passed if name in now.attempts and now.attempts[name].result in BAD]
        return dict.fromkeys(failing, "passed in the given order, fails in it now")

    def _accept(self, written: dict[str, bytes | None], after: Confirmation) -> None:
        self.after = after
        self._now |= {path: new for path, new in written.items() if path in self._changed}

    def _wanted(self, out: frozenset[str], cells: Collection[str] = ()) -> dict[str, bytes | None]:
        """What the files hold if these units, and fixtures for these cells, are left out."""
        wanted: dict[str, bytes | None] = {}
        for path, original in self._changed.items():
            new = self._rework(original, out, cells).after
            wanted[path] = original.before if new is None else new
        return wanted

    def _changes(self, wanted: dict[str, bytes | None]) -> list[Change]:
        return [Change(path, self._now[path], new) for path, new in wanted.items() if new != self._now[path]]

    def _confirmed(self, out: frozenset[str], texts: Texts) -> Confirmation:
        """What the tests do now; nothing, if pytest cannot even begin, which it could before."""
        if texts in self._known:  # other state may be put back by the same fixture
            return self._known[texts]
        number = sum(unit.name not in out for unit in self._units)
        if not number:
            return self._before
        self._tell(f"on trial: {number} of {len(self._units)} rewrites")
        try:
            self._known[texts] = self._confirm() if self._changed else self._before
        except Failure as failure:
            self._tell(failure.message)
            return Confirmation((), {})
        return self._known[texts]

    def _rework(self, original: Outcome, out: frozenset[str], cells: Collection[str] = ()) -> Outcome:
        file = original.file.name
        spared = {c for name, unit in self._spared.items() if name in out and unit.file == file for c in unit.cells}
        of_file = [unit for unit in self._units if unit.file == file]
        spared.update(_restored(of_file).intersection(cells))
        if not spared and all(unit.name not in out for unit in of_file):
            return original
        return self._found.without(original, out, frozenset(spared))

    def _drop(self, failed: dict[str, str]) -> None:
        """Files that cannot be written have no part in what follows."""
        self._failed |= failed
        self._changed = {path: outcome for path, outcome in self._changed.items() if path not in failed}
        self._units = [unit for unit in self._units if unit.path not in failed]
        self.out = {name: blame for name, blame in self.out.items() if blame.unit.path not in failed}

    def _doubt(self, comparison: Comparison) -> None:
        """What was taken back for tests that are still worse may have been innocent."""
        for name, blame in self.out.items():
            if not comparison.worse.keys().isdisjoint(blame.worse):
                self.out[name] = replace(blame, sure=False)


def _not_needed(finding: Finding) -> Finding:
    if finding.refusal != "not-confirmed":
        return finding
    message = replace(finding, message=finding.brief)
    return message.refused(NOT_NEEDED, "no test that was unstable fails without the rewrite")


def _restored(units: Iterable[Unit]) -> set[str]:
    """The cells that fixtures restore."""
    return {cell for unit in units for cell in unit.cells}


def _warn(line: str) -> None:
    tell(line)  # even where no talk is wanted
