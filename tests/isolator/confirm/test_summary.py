"""The exact summary for a pull request."""

from __future__ import annotations

from isolator.pytest_runs.expectations.comparing import against, compare
from isolator.pytest_runs.model import Confirmation, Expectation, Run, Test
from isolator.report.runs.summary import Fix, Refused, summary

A, B, C, D = (f"tests/test_a.py::test_{each}" for each in ("a", "b[x|y]", "c", "d"))
RUNS = (Run("given", 1, 12.5, 1), Run("reversed", 2, 14.25, 1))
BEFORE = Confirmation(
    RUNS,
    {
        A: Test("rerun", ("passed", "passed"), reruns=5, leaks=("SECRET_KEY", "TOKEN")),
        B: Test("order-dependent", ("passed", "failed"), role="victim"),
        C: Test("stable", ("passed", "passed")),
        D: Test("stable", ("passed", "passed")),
    },
)
NOW = Confirmation(
    (Run("given", 1, 7.5, 0), Run("reversed", 2, 8.0, 0)),
    {
        A: Test("stable", ("passed", "passed")),
        B: Test("stable", ("passed", "passed")),
        C: Test("order-dependent", ("passed", "failed"), role="victim", partner=A),
        D: Test("stable", ("passed", "passed"), leaks=("URL",)),
    },
    (
        Expectation("tests/conftest.py defines isolate_environment", True),
        Expectation(r"tests/a.py does not match 'patch\.dict'", False, ("tests/a.py:1", "tests/a.py:__2__")),
    ),
    pytest_runs=4,
)
FIXES = (Fix(A, "ISO101", "tests/test_a.py", 12), Fix(A, "ISO103", "tests/test_a.py"), Fix(D, "ISO101", "x.py", 1))

WHOLE = r"""Not confirmed: 3 stable, 1 order-dependent in 2 runs; 0 reruns; 1 of 2 expectations met; 2 worse than the baseline (pytest was started 4 times). 2 tests fixed, 5 reruns eliminated; a run took up to 14.25 s, now 8.00 s.

## Tests fixed

| test | rule | where |
| --- | --- | --- |
| `tests/test_a.py::test_a` | ISO101 | `tests/test_a.py:12` |
| `tests/test_a.py::test_a` | ISO103 | `tests/test_a.py` |
| `tests/test_a.py::test_b[x\|y]` |  | no rewrite of its own |

## Tests that are not stable

| test | verdict | by run |
| --- | --- | --- |
| `tests/test_a.py::test_c` | order-dependent, a victim of tests/test_a.py::test_a | passed, failed |

## Worse than before

- tests/test_a.py::test_c was stable, is order-dependent
- tests/test_a.py::test_d leaves URL changed, which it did not before

## Before and after

|  | before | after |
| --- | --- | --- |
| reruns | 5 | 0 |
| slowest run | 14.25 s | 8.00 s |

- `tests/test_a.py::test_a` no longer leaves `SECRET_KEY`, `TOKEN` changed
- `tests/test_a.py::test_d` now leaves `URL` changed

## Files modified

| file | commit |
| --- | --- |
| `tests/conftest.py` |  |
| `tests/test_a.py` | abc1234 |

## Expectations

- [x] tests/conftest.py defines isolate_environment
- [ ] tests/a.py does not match 'patch\\.dict'
  - tests/a.py:1
  - tests/a.py:\_\_2\_\_

## Refused

| where | rule | why |
| --- | --- | --- |
| `tests/b.py:3` | ISO102 | `a \| b` at import: move it into a fixture |
"""  # noqa: E501


def test_the_whole_document() -> None:
    text = summary(
        against(BEFORE, NOW),
        compare(BEFORE, NOW),
        fixes=FIXES,
        modified={"tests/conftest.py": None, "tests/test_a.py": "abc1234"},
        refused=[Refused("tests/b.py", 3, "ISO102", "`a | b` at import:\nmove it into a fixture")],
    )
    assert text == WHOLE


def test_a_summary_without_a_baseline_speaks_of_no_fixes() -> None:
    calm = Confirmation(RUNS, {A: Test("stable", ("passed", "passed"))}, pytest_runs=2)
    assert summary(calm, fixes=FIXES[:1], modified={"tests/test_a.py": None}) == (
        "Confirmed: 1 stable in 2 runs; 0 reruns (pytest was started 2 times).\n"
        "\n"
        "## Tests rewritten\n"
        "\n"
        "| test | rule | where |\n"
        "| --- | --- | --- |\n"
        "| `tests/test_a.py::test_a` | ISO101 | `tests/test_a.py:12` |\n"
        "\n"
        "## Files modified\n"
        "\n"
        "- `tests/test_a.py`\n"
    )


def test_nothing_to_say_is_one_line() -> None:
    assert summary(Confirmation((), {})) == ("Confirmed: no tests in 0 runs; 0 reruns (pytest was started 0 times).\n")


def test_more_reruns_are_not_called_eliminated() -> None:
    text = summary(against(NOW, BEFORE), compare(NOW, BEFORE)).splitlines()[0]
    assert text.endswith("1 test fixed; a run took up to 8.00 s, now 14.25 s.")


def test_hundreds_of_tests_are_cut_short() -> None:
    tests = {f"t.py::test_{n}": Test("flaky", ("failed", "passed")) for n in range(120)}
    where = tuple(f"a.py:{n}" for n in range(12))
    lines = summary(Confirmation(RUNS, tests, (Expectation("a.py is calm", False, where),))).splitlines()
    assert (
        lines[-16:]
        == [
            "",
            "… and 70 more.",
            "",
            "## Expectations",
            "",
            "- [ ] a.py is calm",
            *(f"  - a.py:{n}" for n in range(10)),
            "  - … and 2 more",
        ][-16:]
    )
    assert len(lines) == 4 + 2 + 50 + 2 + 3 + 12


def test_files_that_the_runs_left() -> None:
    found = Confirmation(RUNS, {}, left=("cache_1.db changed; put back",))
    assert "## Files that changed while the tests ran\n\n- cache_1.db changed; put back\n" in summary(found)
    assert "Files that changed" not in summary(BEFORE)
