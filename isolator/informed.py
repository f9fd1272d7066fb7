"""What the rules are told of a project where the settings are silent: what a watched run showed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from posixpath import basename, commonpath, dirname

from codemods.context import Context, Fixture, Initializer, Polluter, Precondition, Setter
from isolator.dependence import Dependence, brittle, victims
from isolator.evidence import Evidence, Leak

_WIDE = ("class", "module")
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")


def informed(
    context: Context, evidence: Evidence, accept_initializers: bool = False, changed: Collection[str] = ()
) -> Context:
    """The context with what evidence adds to it; what the settings say stays, and comes first.

    With ``accept_initializers`` the test files that need them are read, for where the targets are looked up.
    ``changed`` are files that are not what they were when they were watched: their line numbers count for nothing.
    """
    seen = _Seen(evidence)
    lines = tuple(polluter for polluter in seen.polluters() if polluter.file not in changed)
    context = replace(
        context,
        preconditions=(*context.preconditions, *seen.preconditions()),
        caches=_merged(context.caches, seen.caches()),
        polluters=lines,
        setters=tuple(seen.setters()),
    )
    if context.fixture is None:
        context = replace(context, conftest=seen.conftest())
    if accept_initializers:
        declared = {initializer.target for initializer in context.initializers}
        new = (each for each in initializers(evidence, context) if each.target not in declared)
        context = replace(context, initializers=(*context.initializers, *new))
    return _isolating(context, seen)


def initializers(evidence: Evidence, context: Context) -> tuple[Initializer, ...]:
    """The initializers that tests reached, as the settings would have them; reads the test files."""
    from isolator.looking_up import looked_up

    seen = _Seen(evidence)
    reached = (
        Initializer(
            target=each.target,
            returns="None" if each.target.endswith(".__init__") else None,  # anything else is a TypeError
            tests=tuple(dict.fromkeys(map(node_id, each.tests))),
        )
        for each in evidence.initializers
        if _DOTTED.fullmatch(each.target) and not seen.is_test_file(each.file)
    )
    return looked_up(reached, context)


def node_id(test: str) -> str:
    """The node id of a test without its parameters."""
    path, separator, inner = test.partition("::")
    return f"{path}{separator}{_PARAMETERS.sub('', inner)}"


def _isolating(context: Context, seen: _Seen) -> Context:
    """With the variables that no line of a test is to blame for, and a fixture for them."""
    leaks = seen.beyond_tests()
    needed = {setter.variable for setter in context.setters}
    # A fixture that takes away what a brittle test needs is refused: that must not keep it from all the others.
    spared = [leak for leak in leaks if leak.variable not in needed] or leaks
    new = _merged(context.critical_env, (leak.variable for leak in spared))
    if new == context.critical_env:
        return context
    context = replace(context, critical_env=new)
    if context.fixture is not None or context.conftest is None:
        return context
    wide = any(leak.scope in _WIDE for leak in spared)
    name = "isolate_scopes" if wide else "isolate_environment"
    return replace(context, fixture=Fixture(context.conftest, name, name))


@dataclass(frozen=True)
class _Seen:
    """Evidence, and what follows from it."""

    evidence: Evidence

    @cached_property
    def _brittle(self) -> tuple[Dependence, ...]:
        return brittle(self.evidence)

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(test.partition("::")[0] for test in self.evidence.tests or {})

    def is_test_file(self, file: str) -> bool:
        return file in self._files or basename(file) == "conftest.py"

    def preconditions(self) -> Iterator[Precondition]:
        """What victims need unset, and brittle tests that live on another one's unsetting it.

        Not what was never seen unset, or what another test needs the victim to set.
        """
        states: dict[tuple[str, str], set[str]] = {}
        for each in self.evidence.presupposed:
            states.setdefault((each.test, each.variable), set()).add(each.state)
        needed = {(other, each.variable) for each in self._brittle for other in each.others}
        found: dict[str, dict[str, None]] = {}
        for victim in victims(self.evidence):
            who = (victim.test, victim.variable)
            if victim.state == "set" and who not in needed and "unset" in states.get(who, {"unset"}):
                found.setdefault(node_id(victim.test), {})[victim.variable] = None
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
            if shared and _DOTTED.fullmatch(cache.object) and not self.is_test_file(cache.file):
                yield cache.object

    def beyond_tests(self) -> list[Leak]:
        """The leaks that a fixture around the tests can undo, and that no test's own line is to blame for."""
        return [
            leak
            for leak in self.evidence.leaks
            if leak.phase != "collection"
            and leak.scope in ("function", *_WIDE)
            and (leak.scope in _WIDE or leak.file is None or not self.is_test_file(leak.file))
        ]

    def conftest(self) -> str | None:
        """The conftest in the directory that all test files have in common, or in ``tests``; None if there are none."""
        directories = {dirname(file) for file in self._files}
        if not directories:
            return None
        common = commonpath(directories) if "" not in directories else ""
        if common.startswith("tests/"):  # if not all were run this time, the others share it
            common = "tests"
        return f"{common}/conftest.py" if common else "conftest.py"


def _merged(first: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *more)))
