"""Victims and brittle tests, told by the order in which tests ran."""

from __future__ import annotations

import pytest

from isolator.evidence.dependence import brittle, roles, victims
from isolator.evidence.model import Edge, Evidence, Leak, WatchedRun

P, V, Q = "test_x.py::test_p", "test_x.py::test_v", "test_x.py::test_q"
F, S = "failed", "passed"


def evidence(ends: dict[str, str], orders: str = "given reversed", leaks: str = "p", state: str = "set") -> Evidence:
    """Tests in the order of ``ends``, of which only test_v reads KEY; what the others do does not matter."""
    runs = tuple(WatchedRun(order, 0, 0.0, 1) for order in orders.split())
    letters = {"p": P, "v": V, "q": Q}
    full = {"P": S, "F": F, "-": None, "S": "skipped", "E": "error"}
    left: list[Leak] = []
    for letter in leaks:
        assert state in ("set", "unset")
        leak_state = "unset" if state == "unset" else "set"
        left.append(Leak("KEY", letters[letter], "test_x.py", 1, "test_p", "call", "function", leak_state))  # type: ignore[arg-type]
    return Evidence(
        runs=runs,
        tests={letters[name]: tuple(full[each] for each in outcome) for name, outcome in ends.items()},
        leaks=tuple(left),
        edges=tuple(Edge(leak.test, V, "KEY", "test_x.py", 9) for leak in left),
    )


@pytest.mark.parametrize(
    ("seen", "victim", "needy"),
    [
        (evidence({"p": "PP", "v": "FP"}), True, False),
        (evidence({"p": "PP", "v": "EP"}), True, False),
        (evidence({"v": "PF", "p": "PP"}), True, False),
        (evidence({"p": "PP", "v": "PF"}), False, True),
        (evidence({"v": "FP", "p": "PP"}), False, True),
        (evidence({"p": "PP", "v": "PP"}), False, False),
        (evidence({"p": "PP", "v": "FF"}), False, False),
        (evidence({"p": "PP", "v": "FS"}), False, False),
        (evidence({"p": "PP", "v": "F-"}), False, False),
        # Between two polluters it is never free of both, unless it is run alone.
        (evidence({"p": "PP", "v": "FF", "q": "PP"}, leaks="pq"), False, False),
        (evidence({"p": "PP", "v": "FFP", "q": "PP"}, "given reversed alone", leaks="pq"), True, False),
        (evidence({"p": "PP", "v": "PPF", "q": "PP"}, "given reversed alone", leaks="pq"), False, True),
        (evidence({"p": "PP", "v": "FPP", "q": "PP"}, "given reversed alone", leaks="pq"), True, False),
        # A random order says nothing, and one that does different things in one order is flaky.
        (evidence({"p": "PP", "v": "FP"}, "random random"), False, False),
        (evidence({"p": "PPPP", "v": "FPPF"}, "given reversed given reversed"), False, False),
        (evidence({"p": "PPPP", "v": "FPFP"}, "given reversed given reversed"), True, False),
        (evidence({"p": "PP", "v": "FP"}, state="unset"), True, False),
    ],
)
def test_who_depends(seen: Evidence, victim: bool, needy: bool) -> None:
    assert [(d.test, d.variable) for d in victims(seen)] == ([(V, "KEY")] if victim else [])
    assert [(d.test, d.variable) for d in brittle(seen)] == ([(V, "KEY")] if needy else [])
    assert {d.state for d in (*victims(seen), *brittle(seen))} <= {leak.state for leak in seen.leaks}


def test_a_leak_that_the_test_did_not_read() -> None:
    seen = evidence({"p": "PP", "v": "FP"})
    assert victims(Evidence(seen.runs, seen.tests, seen.leaks)) == ()


def test_a_cleaner_is_not_a_polluter() -> None:
    seen = evidence({"p": "PP", "v": "FP", "q": "PP"})
    cleaner = Leak("KEY", Q, "test_x.py", 5, "test_q", "call", "function", "unset")
    with_cleaner = Evidence(seen.runs, seen.tests, (*seen.leaks, cleaner), (*seen.edges, Edge(Q, V, "KEY", "x.py", 1)))
    assert [(d.others, d.state) for d in victims(with_cleaner)] == [((P,), "set")]
    assert brittle(with_cleaner) == ()
    assert roles(with_cleaner) == {(P, V, "KEY"): "victim"}


def test_who_is_what_to_whom() -> None:
    assert roles(evidence({"p": "PP", "v": "FP"})) == {(P, V, "KEY"): "victim"}
    assert roles(evidence({"p": "PP", "v": "PF"})) == {(P, V, "KEY"): "brittle"}
    assert roles(evidence({"p": "PP", "v": "PP"})) == {}


def test_nothing_seen() -> None:
    assert victims(Evidence()) == brittle(Evidence()) == ()
    assert roles(Evidence()) == {}
