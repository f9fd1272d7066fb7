"""The tables of ``isolator observe``."""

from __future__ import annotations

from isolator.evidence.model import Assumed, Cache, Edge, Evidence, Hang, Initializer, Leak, WatchedRun
from isolator.report.runs.observe_text import report, summary

EVIDENCE = Evidence(
    runs=(WatchedRun("given", 1, 0.5, 1), WatchedRun("reversed", 2, 9.25, None, "hung in tests/test_a.py::h")),
    tests={"tests/test_a.py::p": ("passed", "passed"), "tests/test_a.py::v": ("failed", "passed")},
    leaks=(
        Leak("SEEN", "tests/test_a.py::q", "app.py", 3, "enable", "call"),
        Leak("MODE", "tests/test_a.py::p", "tests/helpers.py", 5, "set_all", "call"),
        Leak("WIDE", "tests/test_a.py::p", "tests/test_a.py", 9, "setUpClass", "setup", "class"),
        Leak("BARE", "tests/test_a.py::p", None, None, None, "call"),
    ),
    edges=(
        Edge("tests/test_a.py::q", "tests/test_a.py::p", "SEEN", "app.py", 7),
        Edge("tests/test_a.py::p", "tests/test_a.py::v", "MODE", "app.py", 8),
        Edge("tests/test_a.py::p", "tests/test_a.py::v", "MODE", "app.py", 9),
    ),
    assumed=(
        Assumed("tests/test_a.py::p", "ZONE", "set", "app.py", 4),
        Assumed("tests/test_a.py::v", "ZONE", "set", "app.py", 5),
        Assumed("tests/test_a.py::v", "MODE", "unset", "app.py", 8),
    ),
    caches=(
        Cache("app._config", "global", "app.py", 1, (), ()),
        Cache("app.get", "lru_cache", "app.py", 2, ("MODE", "ZONE"), ("tests/test_a.py::p",)),
    ),
    initializers=(Initializer("app.Agent.__init__", "socket.connect", "app.py", 6, ("tests/test_a.py::p",)),),
    hangs=(Hang("tests/test_a.py::h", "File app.py\n  line 1"),),
    problems=("the watching stopped in tests/test_a.py::p: KeyError",),
)


def test_tables_the_worst_first() -> None:
    assert [" ".join(line.split()) for line in report(EVIDENCE)] == [
        "Hanging tests:",
        "tests/test_a.py::h",
        "File app.py",
        "line 1",
        "",
        "Runs:",
        "given 0.50 s exit code 1",
        "reversed 9.25 s hung in tests/test_a.py::h",
        "",
        "Polluters:",
        "rule victims readers variable changed at test",
        "ISO102 1 1 MODE tests/helpers.py:5 tests/test_a.py::p",
        "ISO301 0 1 SEEN app.py:3 tests/test_a.py::q",
        "ISO301 0 0 WIDE tests/test_a.py:9 tests/test_a.py::p",
        "ISO102 0 0 BARE not seen tests/test_a.py::p",
        "",
        "Readers:",
        "rule role ends variable read at test, and who left it",
        "ISO104 victim failed/passed MODE app.py:8 tests/test_a.py::v, after tests/test_a.py::p",
        "ISO104 reader passed/passed SEEN app.py:7 tests/test_a.py::p, after tests/test_a.py::q",
        "",
        "Assumed variables:",
        "rule variable found tests read at",
        "ISO104 MODE unset 1 app.py:8",
        "ISO301 ZONE set 2 app.py:4 and 1 more",
        "",
        "Caches:",
        "rule object kind filled at by variables",
        "ISO302 app.get lru_cache app.py:2 1 test MODE, ZONE",
        "ISO302 app._config global app.py:1 an import all of them",
        "",
        "Initializers:",
        "rule target calls defined at tests",
        "ISO201 app.Agent.__init__ socket.connect app.py:6 1",
        "",
        "What could not be watched:",
        "the watching stopped in tests/test_a.py::p: KeyError",
    ]


def test_summary() -> None:
    assert summary(EVIDENCE) == (
        "Observed in 2 runs: 2 polluters, 1 victim, 2 readers, 2 caches, 1 initializer, 1 hanging test, "
        "1 of 2 tests with differing outcomes."
    )


def test_a_long_table_is_cut_off() -> None:
    leaks = tuple(Leak(f"V{number:02}", "test_a.py::p", "test_a.py", number, "p", "call") for number in range(60))
    lines = list(report(Evidence(leaks=leaks)))
    assert len(lines) == 53
    assert lines[-1] == "  … and 10 more, see .isolator/evidence.json"


def test_nothing() -> None:
    assert list(report(Evidence())) == []
