"""Fixtures and rewrites for state that makes tests fail, kept where they are proved to help.

Objects and files that the tests themselves share are recreated for each test, in the test files (ISO408, ISO409). For
victims that remain after that, fixtures put state back (ISO303): all of it at first; if that makes tests worse, each
cause by itself. After that a test may fail when it runs a second time in one process, because state that it left for
itself is now put back: then the state it needs is put back as well. Tests that failed the second time before are not
changed: they mostly run once, and a fixture for all tests would be too much for that.
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
_TRIED = 4  # causes that are tried one by one
_LOOKED_INTO = 10  # tests that now fail the second time

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Attempt:
    """What to try: fixtures for this state, without these rules; verdicts that stable tests may get."""

    causes: tuple[Cause, ...]
    ignored: tuple[str, ...]
    tolerated: tuple[Verdict, ...] = ()


@dataclass
class Restoring:
    """Works for the tests whose state ``explained`` has, as ``runs`` showed them.

    ``attempt`` rewrites and proves; it returns None if the user does not want that. ``explain`` finds the state that
    tests of some runs depend on, ``passes`` says whether a test that failed before passes now. ``again`` says that
    rules about single lines found something that no test has needed so far.
    """

    explained: dict[str, Test]
    runs: Sequence[Run]
    attempt: Callable[[Attempt, Sequence[Run], bool], Proof | None]
    explain: Callable[[Mapping[str, Test], Sequence[Run]], dict[str, Test]]
    passes: Callable[[str, Test], bool]
    again: bool = False
    kept: dict[Cells, None] = field(default_factory=dict)  # that fixtures put back
    new: dict[str, None] = field(default_factory=dict)  # tests that now fail the second time
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
        """Rewrite the tests without these rules, and forget those that now pass.

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
        """Find out the state of the tests that now fail the second time."""
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
        """Whether any of the changes stays; None if the user does not want them."""
        proof = self.attempt(attempt, self.runs, ask)
        if proof is None:
            return None
        if not proof.kept or proof.after is None:
            return False
        self.runs, self.changed = proof.after.runs, True
        return True


def _together_and_alone(causes: Sequence[Cells]) -> Iterator[tuple[Cells, ...]]:
    """All of them, and then some one by one."""
    if causes:
        yield tuple(causes)
    if len(causes) > 1:
        yield from ((each,) for each in causes[:_TRIED])
