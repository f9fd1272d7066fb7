"""Runs that end early, and tests that are not reached in one of several: nothing of it is stable, or confirmed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.project.tables.confirm import Order
from isolator.pytest_runs.expectations.comparing import compare
from isolator.pytest_runs.model import Attempt, Confirmation, Result, Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.session import confirm
from isolator.pytest_runs.verdicts import judge_all
from tests.isolator.confirm.suites import confirmed, results, run_once, verdicts, write
from tests.isolator.inside import inside

# A test that leaves its process without a directory, as a clean-up that removes too much does.
GONE = """
    import os


    def test_first():
        pass


    def test_removes_the_directory_it_is_in(tmp_path):
        os.chdir(tmp_path)
        tmp_path.rmdir()
        assert not tmp_path


    def test_last():
        pass
"""
# In the second of two runs, which has another seed.
BREAKS = """
    import os


    def pytest_runtest_logreport(report):
        if report.nodeid.endswith("test_b") and os.environ["PYTHONHASHSEED"] == "2":
            raise LookupError
"""
EXITS = """
    import os

    import pytest


    def test_a(): pass
    def test_b():
        if os.environ["PYTHONHASHSEED"] == "2":
            pytest.exit("enough", returncode=0)
    def test_c(): pass
"""
FAILS = """
    import os


    def test_a(): pass
    def test_b(): assert os.environ["PYTHONHASHSEED"] != "2"
    def test_c(): pass
"""
TESTS = "def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\n"


def test_a_test_may_remove_the_directory_it_is_in(tmp_path: Path) -> None:
    run = run_once(write(tmp_path, {"test_it.py": GONE}))
    assert results(run) == {
        "test_first": "passed",
        "test_removes_the_directory_it_is_in": "failed",
        "test_last": "passed",
    }
    assert run.problem is None
    assert [a.way for a in run.attempts.values() if a.way] == ["call: AssertionError at test_it.py:11"]


# What tests may do to the process in which they are recorded.
HOSTILE = {
    "descriptors": """
        import os, pathlib

        def test_closes():
            os.closerange(3, 64)
            for number in range(40):
                open(f"file-{number}", "a")

        def test_after():
            assert all(not path.read_text() for path in pathlib.Path().glob("file-*"))
    """,
    "mocks": """
        import os
        from unittest.mock import patch

        import pytest

        @pytest.fixture(scope="module", autouse=True)
        def mocked():
            with patch("os.write"), patch("os.open"), patch("os.getpid"), patch("json.dumps", side_effect=ValueError):
                yield
                os.environ["LEFT"] = "1"

        def test_closes(): pass
        def test_after(): pass
    """,
    "fork": """
        import os
        import pytest

        @pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks")
        def test_closes():
            child = os.fork()
            if not child:
                raise SystemExit  # and goes on with pytest
            os.waitpid(child, 0)

        def test_after(): pass
    """,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_record_is_whole_whatever_tests_do(tmp_path: Path, name: str) -> None:
    # With -s, for pytest itself does not live without the descriptors that it captures with.
    runner = Runner(Options(arguments=("-s",)), write(tmp_path, {"test_it.py": HOSTILE[name]}))
    run = runner.run(Planned("given", 1))
    assert (results(run), run.problem) == ({"test_closes": "passed", "test_after": "passed"}, None)


def test_a_hook_of_ours_that_breaks_ends_nothing_and_is_told(tmp_path: Path) -> None:
    conftest = """
        import pytest

        @pytest.fixture(autouse=True)
        def broken(request):
            request.config.pluginmanager.get_plugin("isolator-recorder").scopes = None
    """
    run = run_once(write(tmp_path, {"test_it.py": TESTS, "conftest.py": conftest}))
    assert set(results(run)) == {"test_a", "test_b", "test_c"}
    assert run.exit == 0
    assert run.problem is not None
    assert run.problem.startswith("the recording failed in pytest_runtest_teardown: AttributeError")


EARLY: dict[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "internal_error": ({"test_it.py": TESTS, "conftest.py": BREAKS}, ()),
    "exit": ({"test_it.py": EXITS}, ()),
    "first_failure": ({"test_it.py": FAILS}, ("-x",)),
}


@pytest.mark.parametrize("name", EARLY)
def test_a_run_that_ends_early(tmp_path: Path, name: str) -> None:
    files, arguments = EARLY[name]
    options = Options(seed=1, runs=2, orders=("given",), arguments=arguments, bisect=False)
    found = confirmed(write(tmp_path, files), options)
    assert not found.ok
    assert found.runs[1].problem is not None
    assert verdicts(found)["test_a"] == "stable"
    assert verdicts(found)["test_c"] == "missing"


def confirmation(*ends: tuple[Order, dict[str, Result], str | None]) -> Confirmation:
    runs = tuple(
        Run(order, 1, 1.0, 0, {name: Attempt(end) for name, end in attempts.items()}, problem)
        for order, attempts, problem in ends
    )
    return Confirmation(runs, judge_all(runs))


def test_what_is_worse_where_runs_end_early() -> None:
    whole = confirmation(("given", {"a": "passed", "b": "passed"}, None), ("reversed", {"a": "passed"}, None))
    cut = confirmation(("given", {"a": "passed", "b": "not run"}, "hung"), ("reversed", {"a": "passed"}, None))
    assert compare(whole, cut).worse == {"run 1 (given)": "had a problem: hung"}
    assert compare(cut, cut).worse == {}
    missed = confirmation(
        ("given", {"a": "passed", "b": "not run"}, "hung"), ("reversed", {"b": "passed", "a": "passed"}, None)
    )
    broken = confirmation(
        ("given", {"a": "passed", "b": "failed"}, None), ("reversed", {"b": "failed", "a": "passed"}, None)
    )
    # It passed wherever it was reached.
    assert compare(missed, broken).worse == {"b": "was missing, is failing"}


def test_alone_and_never_reached(tmp_path: Path) -> None:
    """A test that cannot be run alone is not a victim, and not stable."""
    conftest = """
        import pytest

        def pytest_collection_finish(session):
            if len(session.items) == 1 and session.items[0].name == "test_b":
                pytest.exit("not alone", returncode=0)
    """
    folder = write(tmp_path, {"test_it.py": "def test_a(): pass\ndef test_b(): pass\n", "conftest.py": conftest})
    found = confirmed(folder, Options(seed=1, runs=1, orders=("given",), alone=True))
    assert verdicts(found) == {"test_a": "stable", "test_b": "missing"}


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside(*words, folder=folder)


# It is rewritten; the run in the reversed order comes to its end before the other test.
CUT = """
    import os

    import pytest

    SEEN = []


    def test_writes():
        os.environ["A"] = "1"
        SEEN.append(1)


    def test_ends_it():
        if not SEEN:
            pytest.exit("enough", returncode=0)
"""
COMMANDS: dict[str, tuple[tuple[str, ...], Callable[[str], bool]]] = {
    "confirm": (("confirm", "--runs", "2", "--orders", "given,reversed"), lambda out: "Not confirmed" in out),
    "observe": (("observe",), lambda out: "1 of 2 tests were not run" in out or "2 of 2 tests were not run" in out),
    "deflake": (("deflake", "--yes"), lambda out: " with a problem" in out and "incomplete  run 2" in out),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_calls_it_well(tmp_path: Path, name: str) -> None:
    words, told = COMMANDS[name]
    write(tmp_path, {"test_it.py": CUT.replace('    os.environ["A"] = "1"\n', "") if name == "observe" else CUT})
    done = isolator(tmp_path, *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert told(done.stdout + done.stderr), done.stdout + done.stderr


def test_fix_confirm_says_what_confirms_nothing(tmp_path: Path) -> None:
    settings = "[confirm]\nruns = 2\norders = ['given', 'reversed']\n"
    write(tmp_path, {"test_it.py": CUT, "isolator.toml": settings})
    done = isolator(tmp_path, "fix", "--write", "--confirm")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not confirmed by run" in done.stderr
    assert "tests were not run" in done.stderr


def test_what_is_told_of_a_hook_names_no_value(tmp_path: Path) -> None:
    told: list[str] = []
    conftest = """
        import pytest

        @pytest.fixture(autouse=True)
        def broken(request):
            class Odd(dict):
                def __iter__(self): raise ValueError("secret-value")
                keys = items = __iter__
            request.config.pluginmanager.get_plugin("isolator-recorder").before = Odd()
    """
    folder = write(tmp_path, {"test_it.py": TESTS, "conftest.py": conftest})
    found = confirm(Options(seed=1, runs=1), folder, told.append)
    assert "secret-value" not in repr(found) + "".join(told)
    assert not found.ok
    assert replace(found, runs=()).tests
