"""Experiments with set-ups: the fixtures are written as the rule would write them (ISO304), for a single run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from codemods.context import Context, SetUp
from codemods.python.source import Source
from codemods.rule import Refusal
from codemods.set_ups import refusals
from codemods.set_ups.combining import Part, parts_of, set_up
from codemods.set_ups.reading import Setter, setter
from isolator.engine import engine
from isolator.engine.engine import Selection, UnreadableError
from isolator.pytest_runs.bisecting import share
from isolator.pytest_runs.model import Attempt
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.system.files.workdir import exclusive
from isolator.system.journal import Change, inside
from isolator.system.trial import trial

Tests = tuple[str, ...]
_ONLY = Selection(select=("ISO304",), unsafe_fixes=True)


class SpentError(Exception):
    """The experiments have taken as many runs as they may."""


@dataclass
class Experiments:
    """``whole`` is the number of tests in the suite, ``most`` the runs of the suite that the experiments may cost and
    ``spent`` what they have cost; ``left`` are lines about files that changed while the tests ran.
    """

    root: Path
    runner: Runner
    context: Context
    whole: int
    tell: Callable[[str], None]
    most: float
    spent: float = 0.0
    left: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._source = cache(self._read)

    def planned(self, *tests: str) -> Planned:
        """A run of these tests alone, in this order."""
        return Planned("given", self.runner.options.seed, tests)

    def parts(self, setters: Tests) -> tuple[Part, ...] | Refusal:
        """The code of some tests, in parts."""
        read = self._setters(setters)
        return read if isinstance(read, Refusal) else parts_of(read)

    def made(self, name: str, setters: Tests, parts: Sequence[Part]) -> SetUp | Refusal | None:
        """The set-up for a test, made of these parts of other tests; None if a part lacks something it needs."""
        read, target = self._setters(setters), self._source(name.partition("::")[0])
        if isinstance(read, Refusal):
            return read
        return refusals.NO_SUCH_TEST if target is None else set_up(name, target, read, parts)

    def is_refused(self, made: SetUp) -> bool:
        """Whether the rule itself refuses a set-up."""
        data = self._path(made.test).read_bytes()
        return bool(self._rewrite(made.test.partition("::")[0], data, [made]).left)

    def attempts(self, set_ups: Sequence[SetUp], planned: Planned) -> Mapping[str, Attempt]:
        """The outcomes of tests with these set-ups; empty if these change nothing. Raises SpentError."""
        touched = dict.fromkeys(each.test.partition("::")[0] for each in set_ups)
        changes = [change for change in (self._change(file, set_ups) for file in touched) if change is not None]
        if set_ups and not changes:
            return {}
        self._count(len(planned.tests or ()))
        with (
            exclusive(self.root),
            trial(self.root, changes, self.tell),
            leftovers(self.runner.folder, self.runner.options.arguments, self.tell) as files,
        ):
            self.runner.leftovers = files
            run = self.runner.run(planned)
        self.left |= dict.fromkeys(files.lines())
        return run.attempts

    def _count(self, tests: int) -> None:
        if self.spent >= self.most:
            raise SpentError
        self.spent += share(tests, self.whole)

    def _change(self, file: str, set_ups: Sequence[SetUp]) -> Change | None:
        """The rule's change of a file; None if there is none."""
        path = self._path(file)
        data = b"" if inside(self.root, path) is None else path.read_bytes()
        rewritten = self._rewrite(file, data, set_ups).source
        return Change(str(path), data, rewritten) if rewritten != data else None

    def _rewrite(self, file: str, data: bytes, set_ups: Sequence[SetUp]) -> engine.Rewrite:
        return engine.rewrite(data, file, replace(self.context, set_ups=tuple(set_ups)), _ONLY)

    def _setters(self, setters: Tests) -> list[Setter] | Refusal:
        found = []
        for node_id in setters:
            source = self._source(node_id.partition("::")[0])
            read = refusals.SETTER_UNKNOWN if source is None else setter(source, node_id, self.context)
            if isinstance(read, Refusal):
                return read
            found.append(read)
        return found

    def _read(self, file: str) -> Source | None:
        try:
            return engine.read(self._path(file).read_bytes(), file)
        except (OSError, UnreadableError):
            return None

    def _path(self, test: str) -> Path:
        """The file of a test."""
        return Path(self.runner.session.rootdir or self.runner.folder, test.partition("::")[0])
