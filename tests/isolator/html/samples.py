"""Small confirmations and evidence, by hand, and the material that they make."""

from __future__ import annotations

import json
from pathlib import Path

from isolator.evidence.model import Cache, Edge, Evidence, Leak, WatchedRun
from isolator.project.project import Project
from isolator.project.pytest_config import PytestConfig
from isolator.project.settings import Settings
from isolator.pytest_runs.expectations.comparing import against
from isolator.pytest_runs.model import Attempt, Confirmation, Expectation, Result, Run, Test
from isolator.repair.history import Changed, Changes, TakenBack
from isolator.report.findings.json import Entry
from isolator.report.html.material import Material

LEAVES, VICTIM, SHARED, CALM = (
    "tests/test_a.py::test_leaves",
    "tests/test_b.py::TestB::test_victim[x::y]",
    "tests/test_b.py::TestB::test_shared",
    "tests/test_b.py::test_calm",
)
OLD = b"""import os


def test_leaves():
    os.environ["TOKEN"] = "1"
    assert True
"""
NEW = b"""def test_leaves(monkeypatch):
    monkeypatch.setenv("TOKEN", "1")
    assert True
"""
WAY = "call: AssertionError at tests/test_b.py:7"


def run(number: int, ends: dict[str, Result], seconds: float = 1.0, reruns: int = 0) -> Run:
    """A run in the given order, or, with an even number, in reverse."""
    attempts = {
        name: Attempt(end, WAY if end == "failed" else "", reruns, seconds=0.01 * number) for name, end in ends.items()
    }
    return Run("given" if number % 2 else "reversed", number, seconds, 0, attempts)


def before() -> Confirmation:
    """One victim of a variable, one of a cache, found by the bisection."""
    first: dict[str, Result] = {LEAVES: "passed", VICTIM: "failed", SHARED: "failed", CALM: "passed"}
    runs = (run(1, first, 2.5), run(2, dict.fromkeys(first, "passed"), 2.0))
    tests = {
        LEAVES: Test("stable", ("passed", "passed"), leaks=("TOKEN",)),
        VICTIM: Test(
            "order-dependent", ("failed", "passed"), role="victim", partner=LEAVES, commands=("pytest a", "b")
        ),
        SHARED: Test("order-dependent", ("failed", "passed"), role="victim", partner=CALM),
        CALM: Test("stable", ("passed", "passed")),
    }
    return Confirmation(runs, tests, pytest_runs=9)


def after() -> Confirmation:
    """All is well."""
    ends: dict[str, Result] = dict.fromkeys((LEAVES, VICTIM, SHARED, CALM), "passed")
    runs = (run(1, ends, 0.5), run(2, ends, 0.25))
    tests = {name: Test("stable", ("passed", "passed")) for name in ends}
    return Confirmation(runs, tests, (Expectation("a file is there", True),), pytest_runs=2)


def evidence() -> Evidence:
    """What was watched: a variable that changes the outcome of one of its readers, and a cache."""
    return Evidence(
        runs=(WatchedRun("given", 1, 1.0, 1), WatchedRun("reversed", 2, 1.0, 0)),
        tests={
            LEAVES: ("passed", "passed"),
            VICTIM: ("failed", "passed"),
            SHARED: ("failed", "passed"),
            CALM: ("passed", "passed"),
        },
        leaks=(Leak("TOKEN", LEAVES, "tests/test_a.py", 5, "test_leaves", "call"),),
        edges=(
            Edge(LEAVES, VICTIM, "TOKEN", "app/config.py", 3),
            Edge(LEAVES, VICTIM, "TOKEN", "app/config.py", 9),
            Edge(LEAVES, CALM, "TOKEN", "app/config.py", 3),
        ),
        caches=(Cache("app.config.get", "lru_cache", "app/config.py", 1, ("TOKEN",), (CALM,)),),
    )


def entry(test: str | None = LEAVES, line: int = 5, path: str = "tests/test_a.py", code: str = "ISO102") -> Entry:
    """A finding that was fixed."""
    return Entry(
        code=code,
        name="environ-write",
        path=path,
        line=line,
        column=5,
        end_line=line,
        end_column=9,
        test=test,
        message="TOKEN is changed and never restored",
        fix="applied",
        refusal=None,
    )


def refused() -> Entry:
    """A finding that was left."""
    found = entry(None, 9, "tests/helper.py")
    found["fix"], found["refusal"] = None, "helper"
    return found


def material(folder: Path, *, seen: Evidence | None = None) -> Material:
    """All of it, before and after; ``folder`` is the project's."""
    changes = Changes(
        {"tests/test_a.py": Changed("tests/test_a.py", "tests/test_a.py", OLD, NEW)},
        taken_back=(TakenBack("tests/test_c.py", 4, "ISO101", "patch.dict", {CALM: "was stable, is flaky"}),),
    )
    earlier, found = before(), after()
    return Material(
        "isolator confirm",
        True,
        (("before", earlier), ("after", against(earlier, found))),
        Project(folder, Settings(), PytestConfig()),
        seen or evidence(),
        changes=changes,
        findings=(entry(), refused()),
    )


def rows(page: str) -> dict[str, list[str]]:
    """The letters of each side, by test."""
    return {str(row[0]): [str(side[2]) for side in row[3:] if side] for row in data_of(page)["rows"]}


def data_of(html: str) -> dict[str, list[list[str]]]:
    """The data for the script, out of a page."""
    text = html.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    document: dict[str, list[list[str]]] = json.loads(text)
    return document
