"""What follows from evidence, rule by rule, in the words of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from posixpath import basename, commonpath, dirname

from codemods.context import Polluter, Precondition, Setter, SharedFile
from codemods.restorable import is_file
from isolator.evidence.dependence import Dependence, brittle, victims
from isolator.evidence.model import Evidence, Leak

WIDE = ("class", "module")  # scopes that a fixture for each test does not cover
DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


def node_id(test: str) -> str:
    """The node id of a test without its parameters."""
    path, separator, inner = test.partition("::")
    return f"{path}{separator}{_PARAMETERS.sub('', inner)}"


@dataclass(frozen=True)
class Seen:
    """Evidence, and what follows from it; tests are node ids without parameters."""

    evidence: Evidence

    @cached_property
    def _brittle(self) -> tuple[Dependence, ...]:
        return brittle(self.evidence)

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(test.partition("::")[0] for test in self.evidence.tests or {})

    def is_test_file(self, file: str) -> bool:
        """Whether a file holds tests that ran, or is a conftest."""
        return file in self._files or basename(file) == "conftest.py"

    def preconditions(self) -> Iterator[Precondition]:
        """What victims of other tests, or of the environment that pytest is started in, need unset, and brittle tests
        that live on another one's unsetting it.

        Not what a victim of another test never found unset, or what another test needs the victim to set.
        """
        states: dict[tuple[str, str], set[str]] = {}
        for each in self.evidence.assumed:
            states.setdefault((each.test, each.variable), set()).add(each.state)
        needed = {(other, each.variable) for each in self._brittle for other in each.others}
        found: dict[str, dict[str, None]] = {}
        for victim in victims(self.evidence):
            who = (victim.test, victim.variable)
            if victim.state == "set" and who not in needed and "unset" in states.get(who, {"unset"}):
                found.setdefault(node_id(victim.test), {})[victim.variable] = None
        for inherited in self.evidence.inherited:
            for variable in inherited.variables:
                if (inherited.test, variable) not in needed:
                    found.setdefault(node_id(inherited.test), {})[variable] = None
        for needy in self._brittle:
            if needy.state == "unset":
                found.setdefault(node_id(needy.test), {})[needy.variable] = None
        for test, variables in found.items():
            yield Precondition(tuple(variables), (test,), declared=False)

    def polluters(self) -> Iterator[Polluter]:
        """The lines that make tests fail."""
        suffering = victims(self.evidence)
        for leak in self.evidence.leaks:
            tests = (v.test for v in suffering if v.variable == leak.variable and leak.test in v.others)
            named = tuple(dict.fromkeys(map(node_id, tests)))
            if named and leak.file is not None and leak.line is not None:
                yield Polluter(leak.file, leak.line, leak.variable, named)

    def setters(self) -> Iterator[Setter]:
        """Who sets what a brittle test needs."""
        for each in self._brittle:
            for leak in self.evidence.leaks:
                if leak.variable == each.variable and leak.state == each.state and leak.test in each.others:
                    test, setter = node_id(each.test), node_id(leak.test)
                    yield Setter(each.variable, test, setter, leak.file, leak.function, leak.state)

    def caches(self) -> Iterator[str]:
        """What was filled from the environment and is shared, or filled from a variable that leaks."""
        leaking = {leak.variable for leak in self.evidence.leaks}
        for cache in self.evidence.caches:
            shared = len(cache.tests) > 1 or not leaking.isdisjoint(cache.variables)
            if shared and DOTTED.fullmatch(cache.object) and not self.is_test_file(cache.file):
                yield cache.object

    def leaked(self) -> Iterator[str]:
        """The state that makes tests fail when others leave it changed."""
        return (cell for cause in self.evidence.causes for cell in cause.cells)

    def files(self) -> Iterator[SharedFile]:
        """Those of them that are files, with the tests that leave them changed and the lines that do."""
        cells = {cell.path: cell for cell in self.evidence.cells}
        for path in dict.fromkeys(filter(is_file, self.leaked())):
            if path in cells:
                tests = tuple(dict.fromkeys(map(node_id, cells[path].tests)))
                yield SharedFile(path, tests, tuple(dict.fromkeys(filter(None, cells[path].places))))

    def kinds(self) -> Iterator[tuple[str, str]]:
        """Of what kinds that state is, each cell of which all are known."""
        leaked = set(self.leaked())
        for cell in self.evidence.cells:
            if cell.path in leaked and all(cell.kinds):
                yield from ((cell.path, kind) for kind in cell.kinds)

    def calm(self) -> frozenset[str]:
        """The tests that passed in every run, and during which only mock and monkeypatch wrote to the environment."""
        if self.evidence.writing is None:
            return frozenset()
        tests = self.evidence.tests or {}
        unsure = {test for test, ends in tests.items() if set(ends) != {"passed"}} | {*self.evidence.writing}
        return frozenset(map(node_id, tests)) - frozenset(map(node_id, unsure))

    def beyond_tests(self) -> list[Leak]:
        """The leaks that a fixture around the tests can undo, and that no test's own line is to blame for."""
        return [
            leak
            for leak in self.evidence.leaks
            if leak.phase != "collection"
            and leak.scope in ("function", *WIDE)
            and (leak.scope in WIDE or leak.file is None or not self.is_test_file(leak.file))
        ]

    def conftest(self) -> str | None:
        """The conftest in the directory that all test files have in common, or in ``tests``; None if there are none."""
        return common_conftest(self._files)


def common_conftest(files: Iterable[str]) -> str | None:
    """The conftest in the directory that some test files have in common, or in ``tests``; None if there are none."""
    directories = {dirname(file) for file in files}
    if not directories:
        return None
    common = commonpath(directories) if "" not in directories else ""
    if common.startswith("tests/"):  # if these are not all, the others share it
        common = "tests"
    return f"{common}/conftest.py" if common else "conftest.py"
