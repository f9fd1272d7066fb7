"""Which tests depend on a variable that another test leaves behind, by what evidence shows of them in several orders.

A *reader* reads what another test left. It is a *victim* if it fails where a polluter ran before it and passes where
none did; a *brittle* test does the reverse, and what must come before it is its state-setter. Where both or neither was
seen nothing more is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from isolator.evidence.model import Edge, Evidence, Leak
from isolator.pytest_runs.model import Role

_STATES: tuple[Literal["set", "unset"], ...] = ("set", "unset")
_FAILED = frozenset({"failed", "error", "hung", "crashed"})


@dataclass(frozen=True)
class Dependence:
    """A test that fails, or passes, only after one of ``others``, which leave the variable as ``state`` says."""

    test: str
    variable: str
    others: tuple[str, ...]
    state: Literal["set", "unset"]


def victims(evidence: Evidence) -> tuple[Dependence, ...]:
    """The tests that other tests make fail, each once for each variable; tests are node ids as pytest has them."""
    return tuple(d for d, after, free in _compared(evidence) if "failed" in after and "passed" in free)


def brittle(evidence: Evidence) -> tuple[Dependence, ...]:
    """The tests that pass only because others have set, or unset, a variable; alone, they fail."""
    return tuple(d for d, after, free in _compared(evidence) if "passed" in after and "failed" in free)


def roles(evidence: Evidence) -> dict[tuple[str, str, str], Role]:
    """The roles of readers, by the writing test, the reader and the variable; those that only read are left out."""
    found: dict[tuple[str, str, str], Role] = {}
    for each in victims(evidence):
        found |= {(other, each.test, each.variable): "victim" for other in each.others}
    for each in brittle(evidence):
        found |= {(other, each.test, each.variable): "brittle" for other in each.others}
    return found


def first_reads(evidence: Evidence) -> list[Edge]:
    """Where each test first reads a variable that another one left."""
    found: dict[tuple[str, str, str], Edge] = {}
    for edge in evidence.edges:
        found.setdefault((edge.reader, edge.variable, edge.polluter), edge)
    return list(found.values())


def _compared(evidence: Evidence) -> Iterator[tuple[Dependence, set[str], set[str]]]:
    """Each test that ended otherwise after one that left what it read than it did without such.

    With it, how it ended after one of them, and how without.
    """
    tests = evidence.tests or {}
    order = {test: number for number, test in enumerate(tests)}
    by_variable: dict[tuple[str, str], list[Leak]] = {}
    for leak in evidence.leaks:
        by_variable.setdefault((leak.variable, leak.state), []).append(leak)
    for (test, variable), polluters in _by_reader(evidence.edges).items():
        for state in _STATES if test in order else ():
            leaks = [leak for leak in by_variable.get((variable, state), ()) if leak.test != test]
            others = tuple(dict.fromkeys(leak.test for leak in leaks if leak.test in polluters))
            after: set[str] = set()
            free: set[str] = set()
            for number, run in enumerate(evidence.runs if others else ()):
                before = [_before(leak, test, run.order, order) for leak in leaks]
                if any(before):
                    after.add(_end(tests[test], number))
                elif None not in before:
                    free.add(_end(tests[test], number))
            if ("passed" in free) is not ("failed" in free) and after & {"passed", "failed"} - free:
                yield Dependence(test, variable, others, state), after, free
                break  # it is the other way round with a test that cleans up after others


def _by_reader(edges: tuple[Edge, ...]) -> dict[tuple[str, str], set[str]]:
    """The tests whose value of a variable each test read."""
    found: dict[tuple[str, str], set[str]] = {}
    for edge in edges:
        found.setdefault((edge.reader, edge.variable), set()).add(edge.polluter)
    return found


def _before(leak: Leak, test: str, run: str, order: dict[str, int]) -> bool | None:
    """Whether the leak came before the test in a run of that order; None if that cannot be told."""
    if run == "alone":
        return leak.phase == "collection" and leak.test.partition("::")[0] == test.partition("::")[0]
    if leak.phase == "collection":
        return True
    if leak.test not in order or run not in ("given", "reversed"):
        return None
    return (order[leak.test] < order[test]) is (run == "given")


def _end(ends: tuple[str | None, ...], number: int) -> str:
    end = ends[number] if number < len(ends) else None
    return "failed" if end in _FAILED else end or "not run"


def leaving(evidence: Evidence) -> frozenset[str]:
    """The tests that were seen to leave something changed."""
    return frozenset([*(leak.test for leak in evidence.leaks), *(test for c in evidence.cells for test in c.tests)])


def polluters_first(evidence: Evidence) -> tuple[str, ...]:
    """The tests in the order in which they find most that others left: those that clean it up come last.

    test_pollutes, test_cleans, test_suffers: it passes as given, and reversed, and in many an order. Empty if no test
    leaves anything changed.
    """
    polluters = leaving(evidence)
    cleaners = {test for cell in evidence.cells for test in cell.cleaners} - polluters
    ordered = sorted(evidence.tests or (), key=lambda test: (test in cleaners) - (test in polluters))
    return tuple(ordered) if polluters else ()
