"""Fixtures and rewrites for state that makes tests fail, kept where they are proved to help.

What tests themselves share is made for each test where it is made (ISO408, ISO409). What is left of victims after that
is put back by fixtures (ISO303): all of it at first; if that makes tests worse, what explains some of them by
itself. A test may fail the second time it runs in one process since then, which it did not while what it left for
itself stayed: that is put back as well. Of tests that failed the second time before nothing is changed: they mostly run
once, and a fixture for all tests is too much for that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from isolator.evidence.model import Cause
from isolator.pytest_runs.model import Run, Test, Verdict
from isolator.pytest_runs.verdicts import judge_all
from isolator.repair.prove import Proof

_FIXTURES = ("ISO303",)
REWRITES = ("ISO408", "ISO409")
OTHERS = ("ISO1", "ISO2", "ISO301", "ISO302", *(f"ISO40{number}" for number in range(1, 8)))
_TRIED = 4  # causes that are tried by themselves
_LOOKED_INTO = 10  # tests that fail a second time since

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """What is to be tried: for this state, without these rules; what may become of tests that were stable before."""

    causes: tuple[Cause, ...]
    ignored: tuple[str, ...]
    tolerated: tuple[Verdict, ...] = ()


@dataclass
class Restoring:
    """Works for the tests that ``explained`` says the state of, which ``runs`` showed as they are.

    ``attempt`` rewrites and proves; it gives None if the user does not want that. ``explain`` finds the state of tests
    that some runs showed, ``passes`` says whether a test passes now where it failed before. ``again`` says that rules
    about single lines found something which no test missed so far.
    """

    explained: dict[str, Test]
    runs: Sequence[Run]
    attempt: Callable[[Attempt, Sequence[Run], bool], Proof | None]
    explain: Callable[[Mapping[str, Test], Sequence[Run]], dict[str, Test]]
    passes: Callable[[str, Test], bool]
    again: bool = False
    kept: dict[Cells, None] = field(default_factory=dict)  # that fixtures put back
    new: dict[str, None] = field(default_factory=dict)  # tests that fail the second time since
    changed: bool = False

    def work(self) -> bool:
        """Whether anything stays; ``runs`` are those that proved it then, ``explained`` what is known by now."""
        lines = not self.again or self._rewrite((*REWRITES, *_FIXTURES))
        if lines and self._rewrite((*OTHERS, *_FIXTURES)) and self._put_back(self._causes(), tolerated=("nio",)):
            self._explain_new()
            self._put_back(self._causes(self.new))
        return self.changed

    def put_back(self) -> tuple[Cause, ...]:
        """The state that fixtures put back now, with the tests that it made fail."""
        return tuple(cause for cause in self._causes(self.new) if cause.cells in self.kept)

    def _rewrite(self, ignored: tuple[str, ...]) -> bool:
        """Rewrite the tests without these rules, and forget those that pass since.

        False if the user does not want that.
        """
        causes = self._causes()
        kept = self._tried(Attempt(causes, ignored), ask=True) if causes else False
        if kept:
            for cells in dict.fromkeys(cause.cells for cause in causes):
                names = [cause.test for cause in causes if cause.cells == cells]
                if self.passes(names[0], self.explained[names[0]]):
                    self.explained |= {name: replace(self.explained[name], cells=None) for name in names}
        return kept is not None

    def _put_back(self, causes: Sequence[Cause], tolerated: tuple[Verdict, ...] = ()) -> bool:
        """Have fixtures put the state back. False if the user does not want that."""
        found = dict.fromkeys(cause.cells for cause in causes if cause.cells not in self.kept)
        for number, some in enumerate(_together_and_alone([*found])):
            wanted = (*self.kept, *some)
            chosen = tuple(cause for cause in causes if cause.cells in wanted)
            kept = self._tried(Attempt(chosen, (*OTHERS, *REWRITES), tolerated), ask=number == 0)
            if kept is None:
                return False
            if kept:
                self.kept |= dict.fromkeys(some)
            if found.keys() <= self.kept.keys():
                break
        return True

    def _explain_new(self) -> None:
        """Find out what the tests depend on that fail a second time since."""
        tests = judge_all(self.runs) if self.kept else {}
        new = [n for n, t in tests.items() if t.verdict == "nio" and self._verdict(n) != "nio"][:_LOOKED_INTO]
        self.new = dict.fromkeys(new)
        if new:
            self.explained |= self.explain({name: tests[name] for name in new}, self.runs)

    def _verdict(self, name: str) -> str:
        """What a test was before anything was tried."""
        return self.explained[name].verdict if name in self.explained else "stable"

    def _causes(self, others: Collection[str] = ()) -> tuple[Cause, ...]:
        """The state that makes victims fail, and some other tests."""
        suffering = ((n, t) for n, t in self.explained.items() if t.role == "victim" or n in others)
        return tuple(Cause(name, test.cells) for name, test in suffering if test.cells)

    def _tried(self, attempt: Attempt, *, ask: bool) -> bool | None:
        """Whether anything stays of what was tried; None if the user does not want that."""
        proof = self.attempt(attempt, self.runs, ask)
        if proof is None:
            return None
        if not proof.kept or proof.after is None:
            return False
        self.runs, self.changed = proof.after.runs, True
        return True


def _together_and_alone(causes: Sequence[Cells]) -> Iterator[tuple[Cells, ...]]:
    """All of them, and then some by themselves."""
    if causes:
        yield tuple(causes)
    if len(causes) > 1:
        yield from ((each,) for each in causes[:_TRIED])
