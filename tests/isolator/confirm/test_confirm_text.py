"""The exact report of a confirmation on a terminal."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import get_args

import click
import pytest

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.expectations.comparing import against, compare
from isolator.pytest_runs.model import Attempt, Confirmation, Expectation, Result, Run, Test, Verdict
from isolator.report.findings.text import to_bytes
from isolator.report.runs.confirm_matrix import UNSTABLE, describe, matrix, unstable
from isolator.report.runs.confirm_text import command, report, summary

A, B, C = (f"tests/test_a.py::test_{letter}" for letter in "abc")
STACK = """\
the main thread
  tests/test_a.py:9 in test_b: app.call()
  app.py:3 in call: lock.acquire()
    threading.py:5 in acquire
    threading.py:9 in wait"""
RUNS = (
    Run("given", 11, 1.2, 0, {A: Attempt("passed"), B: Attempt("passed"), C: Attempt("passed", reruns=2)}),
    Run(
        "reversed",
        12,
        1.25,
        1,
        {B: Attempt("failed", "call: AssertionError at tests/test_a.py:9"), A: Attempt("passed")},
    ),
    Run("random", 13, 61.5, None, {B: Attempt("hung"), A: Attempt("not run")}, problem="was ended", stack=STACK),
)
TESTS = {
    A: Test("stable", ("passed", "passed", "not run"), leaks=("SECRET_KEY", "TOKEN")),
    C: Test("rerun", ("passed", None, None), reruns=2),
    B: Test(
        "hanging", ("passed", "failed", "hung"), role="victim", partner=A, commands=(f"pytest {A} {B}",), hung=STACK
    ),
}
EXPECTATIONS = (
    Expectation("tests/conftest.py defines isolate_environment", True),
    Expectation("each run takes at most 30 s", False, ("run 3 (random): 61.50 s",)),
)
WHOLE = Confirmation(RUNS, TESTS, EXPECTATIONS, pytest_runs=7)

REPORT = """\
Hanging tests:
  tests/test_a.py::test_b, in run 3
      the main thread
        tests/test_a.py:9 in test_b: app.call()
        app.py:3 in call: lock.acquire()
          (2 lines of threading)

Runs, each with the line that repeats it:
  1  given        1.20 s  isolator confirm --runs 1 --orders given --seed 11 -- -k 'a or b' tests
  2  reversed     1.25 s  isolator confirm --runs 1 --orders reversed --seed 12 -- -k 'a or b' tests
  3  random      61.50 s  isolator confirm --runs 1 --orders random --seed 13 -- -k 'a or b' tests
     was ended

Tests that are not stable, by run:
  123
  ><?
  .FH  tests/test_a.py::test_b  hanging, a victim of tests/test_a.py::test_a
  R    tests/test_a.py::test_c  rerun
  > given, < reversed, ? random; . passed, F failed, H hung, R passed when rerun

Details:
  tests/test_a.py::test_b: hanging, a victim of tests/test_a.py::test_a
      run 2: call: AssertionError at tests/test_a.py:9
      pytest tests/test_a.py::test_a tests/test_a.py::test_b

Variables that tests leave changed:
  tests/test_a.py::test_a: SECRET_KEY, TOKEN

Further expectations:
  met      tests/conftest.py defines isolate_environment
  not met  each run takes at most 30 s
           run 3 (random): 61.50 s

Stable tests:
  1 stable; 2 of 2 passed: rule out a failure rate above 78 % (95 % confidence)
"""


def test_the_whole_report() -> None:
    assert to_bytes(report(WHOLE, ("-k", "a or b", "tests"))).decode() == REPORT
    assert summary(WHOLE) == (
        "Not confirmed: 1 stable, 1 hanging, 1 rerun in 3 runs; 1 run with a problem; 2 reruns; "
        "1 of 2 expectations met (pytest was started 7 times)."
    )


def test_colours_come_only_beside_what_is_there_without_them() -> None:
    painted = list(report(WHOLE, ("-k", "a or b", "tests"), colour=True))
    assert [click.unstyle(line) for line in painted] == REPORT.splitlines()
    assert "  \x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\x1b[35mH\x1b[0m  tests/test_a.py::test_b  " in "\n".join(painted)
    assert "  \x1b[31mnot met\x1b[0m  each run takes at most 30 s" in painted
    assert painted[0] == "\x1b[1mHanging tests:\x1b[0m"


def test_a_calm_confirmation_says_little() -> None:
    runs = tuple(Run("given", seed, 0.5, 0, {A: Attempt("passed")}) for seed in range(6))
    tests = {A: Test("stable", ("passed",) * 6), B: Test("new", ("passed",) * 6), C: Test("stable", ("skipped",) * 6)}
    calm = Confirmation(runs, tests, pytest_runs=6)
    assert list(report(calm, ()))[6:] == [
        "  6  given        0.50 s  isolator confirm --runs 1 --orders given --seed 5",
        "",
        "Stable tests:",
        "  2 stable; 6 of 6 passed: rule out a failure rate above 39 % (95 % confidence)",
        "  1 stable; skipped, or failed as expected, every time",
    ]
    assert summary(calm) == "Confirmed: 2 stable, 1 new in 6 runs; 0 reruns (pytest was started 6 times)."


def test_nothing_at_all() -> None:
    assert list(report(Confirmation((), {}), ())) == []
    assert summary(Confirmation((), {})) == "Confirmed: no tests in 0 runs; 0 reruns (pytest was started 0 times)."


def test_a_failing_test_is_shown_and_does_not_hinder() -> None:
    way = "call: AssertionError at tests/test_a.py:9"
    runs = tuple(Run("given", seed, 0.5, 1, {A: Attempt("failed", way)}) for seed in (1, 2))
    failing = Confirmation(runs, {A: Test("failing", ("failed", "failed"))}, pytest_runs=2)
    assert list(report(failing, ()))[4:] == [
        "Tests that are not stable, by run:",
        "  12",
        "  >>",
        f"  FF  {A}  failing",
        "  > given; F failed",
        "",
        "Details:",
        f"  {A}: failing",
        f"      runs 1, 2: {way}",
    ]
    assert summary(failing) == "Confirmed: 1 failing in 2 runs; 0 reruns (pytest was started 2 times)."


def test_before_and_after() -> None:
    before = replace(WHOLE, tests={**TESTS, "tests/test_a.py::test_gone": Test("stable", ("passed",) * 3)})
    runs = tuple(replace(run, attempts={}, problem=None, stack=None, seconds=2.5) for run in RUNS)
    passed: tuple[Result, ...] = ("passed",) * 3
    now = {
        A: Test("stable", passed, leaks=("TOKEN", "URL")),
        B: Test("stable", passed),
        C: Test("flaky", ("passed", "failed", "passed")),
    }
    after = against(before, Confirmation(runs, now, pytest_runs=3))
    lines = list(report(after, (), compare(before, after)))
    assert lines[lines.index("Against the baseline:") :] == [
        "Against the baseline:",
        "  worse       tests/test_a.py::test_a leaves URL changed, which it did not before",
        "  worse       tests/test_a.py::test_c was rerun, is flaky",
        "  worse       tests/test_a.py::test_gone is gone",
        "  fixed       tests/test_a.py::test_b",
        "  leaks new   tests/test_a.py::test_a: URL",
        "  leaks gone  tests/test_a.py::test_a: SECRET_KEY",
        "              before      after",
        "  reruns           2          0",
        "  seconds      61.50       2.50",
        "",
        "Stable tests:",
        "  2 stable; 3 of 3 passed: rule out a failure rate above 63 % (95 % confidence)",
    ]
    assert summary(after) == (
        "Not confirmed: 2 stable, 1 gone, 1 flaky in 3 runs; 0 reruns; 3 worse than the baseline "
        "(pytest was started 3 times)."
    )


def test_hundreds_of_tests_are_cut_short() -> None:
    tests = {
        f"t.py::test_{n}": Test("flaky", ("failed", "passed"), leaks=("A",), commands=("pytest",)) for n in range(300)
    }
    tests["t.py::test_worst"] = Test("hanging", ("hung", "passed"))
    runs = (Run("given", 1, 1.0, 1), Run("given", 2, 1.0, 0))
    where = tuple(f"run 1 (given): t.py::test_{n}" for n in range(300))
    lines = list(report(Confirmation(runs, tests, (Expectation("no test prints 'x'", False, where),)), ()))
    assert len(lines) == 3 + 4 + (1 + 2 + 50 + 1 + 1) + (1 + 1 + 2 * 49) + (2 + 51) + (2 + 1 + 11)
    assert lines[10] == "  H.  t.py::test_worst  hanging"
    assert "  … and 251 more, see .isolator/confirm.json" in lines
    assert "  … and 250 more, see .isolator/confirm.json" in lines
    assert lines[-1] == "           … and 290 more, see .isolator/confirm.json"


def test_a_stack_that_no_test_has_is_told_with_its_run() -> None:
    crashed = Run("given", 1, 1.0, -11, problem="crashed: SIGSEGV", usable=False, stack=STACK)
    assert list(report(Confirmation((crashed,), {}), ())) == [
        "Runs, each with the line that repeats it:",
        "  1  given        1.00 s  isolator confirm --runs 1 --orders given --seed 1",
        "     crashed: SIGSEGV",
        "        the main thread",
        "          tests/test_a.py:9 in test_b: app.call()",
        "          app.py:3 in call: lock.acquire()",
        "            (2 lines of threading)",
    ]


def test_a_stack_is_told_once() -> None:
    crashed = Run("given", 1, 1.0, -11, problem="crashed: SIGSEGV", usable=False, stack=STACK)
    lines = list(report(Confirmation((crashed, replace(crashed, seed=2)), {}), ()))
    assert [line.strip() for line in lines].count("the main thread") == 1
    again = replace(RUNS[2], stack=STACK.replace("main", "other"))  # a task has another name in another run
    lines = list(report(replace(WHOLE, runs=(again, *RUNS[1:])), ()))
    assert [line for line in lines if "thread" in line] == [
        "      the main thread",
        "          (2 lines of threading)",
    ]


def test_the_numbers_of_many_runs_are_read_downwards() -> None:
    orders: tuple[Order, ...] = ("given", "reversed", "random", "random")
    runs = tuple(Run(orders[n % 4], n, 1.0, 0) for n in range(12))
    tests = {A: Test("flaky", ("passed",) * 11 + ("error",))}
    assert list(matrix(Confirmation(runs, tests), [A], colour=False)) == [
        "         111",
        "123456789012",
        "><??><??><??",
        f"...........E  {A}  flaky",
        "> given, < reversed, ? random; . passed, E error",
    ]


def test_every_result_has_a_letter_of_its_own() -> None:
    results: tuple[Result, ...] = get_args(Result)
    runs = (Run("given", 1, 1.0, 0),) * len(results)
    rows = list(matrix(Confirmation(runs, {A: Test("flaky", results)}), [A], colour=False))
    assert rows[2] == f".FEsxXCH-  {A}  flaky"
    assert rows[3] == (
        "> given; . passed, F failed, E error, s skipped, x xfailed, X xpassed, C crashed, H hung, - not run"
    )


def test_the_worst_come_first() -> None:
    verdicts: tuple[Verdict, ...] = get_args(Verdict)
    assert set(UNSTABLE) == set(verdicts) - {"stable", "new"}
    tests: dict[str, Test] = {verdict: Test(verdict, ()) for verdict in verdicts}
    assert unstable(Confirmation((), tests)) == list(UNSTABLE)


def test_the_part_that_a_test_plays() -> None:
    test = Test("order-dependent", (), role="brittle", partner=A)
    assert describe(test) == f"order-dependent, brittle: fails unless {A} runs first"
    assert describe(replace(test, partner=None)) == "order-dependent, brittle"
    assert describe(replace(test, role="victim", partner=None)) == "order-dependent, a victim"
    together = replace(test, partner=None, commands=("pytest a", "pytest b c a"))
    assert describe(together) == "order-dependent, brittle: fails unless several tests together run first"
    assert describe(replace(together, role="victim")) == "order-dependent, a victim of several tests together"
    assert describe(replace(test, role=None)) == "order-dependent"


@pytest.mark.parametrize("arguments", [(), ("-q",), ("--", "a b"), ("t.py::test[it's; rm]", "")])
def test_the_line_that_repeats_a_run_is_one_for_a_shell(arguments: tuple[str, ...]) -> None:
    words = shlex.split(command(1, ["random"], 123, arguments))
    assert words[:7] == ["isolator", "confirm", "--runs", "1", "--orders", "random", "--seed"]
    assert words[7:] == (["123", "--", *arguments] if arguments else ["123"])


def test_a_node_id_that_is_not_unicode_comes_out_as_it_is() -> None:
    confirmation = Confirmation((Run("given", 1, 1.0, 1),), {"t\udcff.py::t": Test("failing", ("failed",))})
    assert b"  F  t\xff.py::t  failing\n" in to_bytes(report(confirmation, ()))
