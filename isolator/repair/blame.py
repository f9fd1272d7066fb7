"""How tests fail, and which rewrites may have made them worse, the likeliest first."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.rule import Finding
from isolator.project.project import Project
from isolator.pytest_runs.expectations.comparing import Comparison

Tests = tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """How a test fails: after some others, alone if there are none, or the second time in a row."""

    test: str
    before: Tests = ()
    twice: bool = False

    def __str__(self) -> str:
        if self.twice:
            return f"{self.test} fails the second time"
        if not self.before:
            return f"{self.test} fails alone"
        return f"{self.test} fails after {self.before[0] if len(self.before) == 1 else f'{len(self.before)} others'}"


@dataclass(frozen=True)
class Unit:
    """What is rewritten, or left out, together: the findings of a test, or of a function that is none.

    ``name`` is that of ``unit_of``, ``file`` the file relative to the root, ``path`` the same as the user is shown it.
    """

    name: str
    file: str
    path: str
    findings: tuple[Finding, ...]

    @property
    def test(self) -> bool:
        """Whether it is a test."""
        return self.findings[0].test is not None

    @property
    def cells(self) -> tuple[str, ...]:
        """What its fixtures restore."""
        return tuple(dict.fromkeys(cell for finding in self.findings if finding.fixture for cell in finding.cells))


@dataclass(frozen=True)
class Blame:
    """A rewrite that may be the cause, and the tests that are worse, each with how; ``sure`` if it is their own."""

    unit: Unit
    worse: dict[str, str]
    sure: bool

    @property
    def evidence(self) -> str:
        """What is worse, in a line: the first test, and how many more there are."""
        node, how = next(iter(self.worse.items()))
        more = len(self.worse) - 1
        return f"{node} {how}{f' (and {more} more)' if more else ''}"


def blamed(comparison: Comparison, units: Sequence[Unit], project: Project) -> list[Blame]:
    """The rewrites to take back for what is worse: at least one of ``units``, if there is any.

    A test that leaks what it did not comes before all others: they may be its victims. Then each worse test's own
    rewrite; and only if none of them has one, what they share: fixtures and the like in their file, those of the
    conftests above, whatever else is in their file, everything.
    """
    tests = {node: owner(node, project) for node in comparison.worse}
    own = {unit.name: unit for unit in units if unit.test}
    for nodes in (comparison.new_leaks, comparison.worse):
        found = [(own[tests[node]], node) for node in nodes if tests[node] in own]
        if found:
            return _blames(found, comparison, _lost_together(comparison))
    shared = [(unit, node) for node, test in tests.items() for unit in _shared(test, units)]
    return _blames(shared, comparison, set(tests))


def owner(node_id: str, project: Project) -> str:
    """The unit of the test that a node id of pytest's means: without parameters, relative to isolator's root."""
    path, _, inner = node_id.partition("::")
    bases = [project.pytest.file.parent] if project.pytest.file else []
    for base in (*bases, Path.cwd(), project.root):
        if (base / path).exists():
            path = Path(os.path.relpath(base / path, project.root)).as_posix()
            break
    name = re.match(r"[\w:]*", inner)
    return f"{path}::{name[0] if name else ''}"


def _lost_together(comparison: Comparison) -> set[str]:
    """Tests that are gone, if several are: one file that cannot be imported may be the end of them all."""
    lost = {node for node, how in comparison.worse.items() if how.endswith(("is gone", "is missing"))}
    return lost if len(lost) > 1 else set()


def _shared(test: str, units: Sequence[Unit]) -> list[Unit]:
    """The rewrites that may affect a test without its own one: the first kind that exists."""
    file = test.partition("::")[0]
    beside = [unit for unit in units if unit.file == file]
    helping = [unit for unit in beside if not unit.test]
    return helping or [unit for unit in units if _is_conftest_above(unit.file, file)] or beside or list(units)


def _is_conftest_above(conftest: str, file: str) -> bool:
    folder, _, name = conftest.rpartition("/")
    return name == "conftest.py" and (not folder or file.startswith(f"{folder}/"))


def _blames(pairs: Sequence[tuple[Unit, str]], comparison: Comparison, unsure: set[str]) -> list[Blame]:
    """One for each unit, with all the tests that speak against it; ``unsure`` are tests that say little."""
    nodes: dict[Unit, list[str]] = {}
    for unit, node in pairs:
        nodes.setdefault(unit, []).append(node)
    return [
        Blame(unit, {node: comparison.worse[node] for node in each}, sure=not unsure.issuperset(each))
        for unit, each in nodes.items()
    ]
