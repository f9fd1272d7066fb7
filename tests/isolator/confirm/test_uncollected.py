"""A test file that cannot be collected is named, with what goes on without it, and the rest goes on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from isolator.pytest_runs.expectations.comparing import against, compare
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned
from tests.isolator.confirm.suites import confirmed, results, run_once, verdicts, write
from tests.isolator.inside import inside

GOOD = "def test_a(): pass\ndef test_b(): pass\n"
OLD = {"tests/test_it.py": GOOD, "tests/test_old.py": "import gone_for_good\n\ndef test_old(): pass\n"}
LINE = (
    "tests/test_old.py cannot be collected: ModuleNotFoundError; "
    "to continue without it, pass --ignore=tests/test_old.py to pytest"
)


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside(*words, folder=folder)


def timeless(text: str) -> str:
    return re.sub(r" *\d+\.\d+ s(; about \d+ s left)?| \d+ s(?=\.$)", " # s", text)


def test_confirm(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    done = isolator(tmp_path, "confirm", "--runs", "3", "--orders", "given,reversed", "--seed", "1")
    assert timeless(done.stdout) == (
        "Runs, each with the line that repeats it:\n"
        "  1  given # s  isolator confirm --runs 1 --orders given --seed 1\n"
        "  2  given # s  isolator confirm --runs 1 --orders given --seed 2\n"
        "  3  reversed # s  isolator confirm --runs 1 --orders reversed --seed 3\n"
        "\n"
        "Tests that are not stable, by run:\n"
        "  123\n"
        "  >><\n"
        "  EEE  tests/test_old.py  cannot be collected\n"
        "  > given, < reversed; E error\n"
        "\n"
        "Details:\n"
        "  tests/test_old.py: cannot be collected\n"
        "      runs 1, 2, 3: collect: ModuleNotFoundError\n"
        "\n"
        "Files that cannot be collected:\n"
        f"  {LINE}\n"
        "\n"
        "Stable tests:\n"
        "  2 stable; 3 of 3 passed: rule out a failure rate above 63 % (95 % confidence)\n"
    )
    assert timeless(done.stderr) == (
        "run 1 of 3 (given, seed 1): 2 passed, 1 not collected in # s\n"
        "run 2 of 3 (given, seed 2): 2 passed, 1 not collected in # s\n"
        "run 3 of 3 (reversed, seed 3): 2 passed, 1 not collected in # s\n"
        f"{LINE}\n"
        "Not confirmed: 2 stable, 1 uncollected in 3 runs; 0 reruns (pytest was started 3 times).\n"
    )
    assert done.returncode == 1
    # What it says to do does it.
    done = isolator(tmp_path, "confirm", "--runs", "1", "--", "--ignore=tests/test_old.py")
    assert done.returncode == 0, done.stdout + done.stderr


def test_observe(tmp_path: Path) -> None:
    done = isolator(write(tmp_path, OLD), "observe")
    assert timeless(done.stdout) == (
        f"Runs:\n  given # s  exit code 1\n  reversed # s  exit code 1\n\nFiles that cannot be collected:\n  {LINE}\n"
    )
    assert timeless(done.stderr) == (
        "run 1 of 2 (given): watched in # s, 1 not collected\n"
        "run 2 of 2 (reversed): watched in # s, 1 not collected\n"
        f"{LINE}\n"
        "Observed in 2 runs: 0 polluters, 0 victims, 0 readers, 0 caches, 0 initializers, "
        "0 of 2 tests with differing outcomes.\n"
    )
    assert done.returncode == 1
    kept = json.loads((tmp_path / ".isolator" / "evidence.json").read_text(encoding="utf-8"))
    assert list(kept["tests"]) == ["tests/test_it.py::test_a", "tests/test_it.py::test_b"]
    assert kept["uncollected"] == [LINE]


# A victim that can be fixed, beside a file in which nothing can be proved.
POLLUTED = {
    "tests/test_it.py": """
        import os


        def test_sets():
            os.environ["A"] = "1"


        def test_victim():
            assert "A" not in os.environ
    """,
    "tests/test_old.py": """
        import os

        import gone_for_good


        def test_old():
            os.environ["B"] = "1"
    """,
}


def test_deflake_fixes_the_rest(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    old = (tmp_path / "tests" / "test_old.py").read_bytes()
    done = isolator(tmp_path, "deflake", "--yes", "--seed", "1", "--", "tests")
    assert done.stdout[done.stdout.index("fixed ") :] == (
        "fixed       tests/test_it.py::test_victim: was victim, is stable\n"
        "rewritten   tests/test_it.py:5: ISO102 A is changed and never restored, "
        "which makes tests/test_it.py::test_victim fail\n"
        "            without it tests/test_it.py::test_victim fails after tests/test_it.py::test_sets\n"
        "not needed  tests/test_it.py:8: ISO104 the test needs A unset\n"
        "taken back  tests/test_old.py::test_old: tests/test_old.py cannot be collected\n"
        f"missing     {LINE}\n"
        "refused     tests/test_old.py:7: ISO102 B is changed and never restored; "
        "not fixed: the rewrite made tests worse, or they did not run\n"
    )
    assert done.stderr.count("--ignore") == 1
    assert LINE in done.stderr.splitlines()
    last = done.stderr.splitlines()[-1]
    assert last.startswith("1 test not stable before, 0 after (2 stable, 1 uncollected); 1 finding fixed; ")
    assert done.returncode == 1
    assert (tmp_path / "tests" / "test_old.py").read_bytes() == old
    assert b"monkeypatch" in (tmp_path / "tests" / "test_it.py").read_bytes()


def test_fix_confirm_keeps_nothing_that_does_not_run(tmp_path: Path) -> None:
    write(tmp_path, {**POLLUTED, "isolator.toml": "[confirm]\nruns = 1\n"})
    old = (tmp_path / "tests" / "test_old.py").read_bytes()
    done = isolator(tmp_path, "fix", "--write", "--confirm", "tests")
    assert LINE in done.stderr.splitlines()
    assert "taken back: tests/test_old.py:7:5: ISO102: tests/test_old.py cannot be collected" in done.stderr
    assert done.returncode == 1
    assert (tmp_path / "tests" / "test_old.py").read_bytes() == old


REST: dict[str, tuple[Mapping[str, str], tuple[str, ...], dict[str, str]]] = {
    "it is the first of two failures": (OLD, ("--maxfail=2",), {"test_a": "passed", "test_b": "passed"}),
    "it is the first failure": (OLD, ("-x",), {"test_a": "passed", "test_b": "passed"}),
    "a test is the first failure": (
        {**OLD, "tests/test_it.py": GOOD.replace("a(): pass", "a(): assert 0")},
        ("--maxfail=1",),
        {"test_a": "failed", "test_b": "not run"},
    ),
    "several processes": (OLD, ("-n", "2"), {"test_a": "passed", "test_b": "passed"}),
    "several processes, and it is the first failure": (
        OLD,
        ("-n", "2", "--maxfail=1"),
        {"test_a": "passed", "test_b": "passed"},
    ),
}


@pytest.mark.usefixtures("named_plugins")
@pytest.mark.parametrize("name", REST)
def test_the_rest_runs_whatever_pytest_is_told(tmp_path: Path, name: str) -> None:
    files, arguments, ends = REST[name]
    run = run_once(write(tmp_path, files), Options(arguments=arguments))
    assert results(run) == {**ends, "tests/test_old.py": "error"}
    assert run.attempts["tests/test_old.py"].way == "collect: ModuleNotFoundError"
    assert run.exit == 1
    assert run.problem == ("1 of 2 tests were not run" if "not run" in ends.values() else None)


# The file, and what is said of it, in the folder `tests` below pytest's root.
ERRORS = {
    "not Python": ("test_it.py", "def test_a(:\n", "test_it.py cannot be collected: SyntaxError; ", "it"),
    "an error with a value": (
        "test_it.py",
        "raise LookupError('a-secret-value') from KeyError('a-secret-value')\n",
        "test_it.py cannot be collected: LookupError; ",
        "it",
    ),
    "the end": (
        "test_it.py",
        "raise SystemExit('a-secret-value')\n",
        "test_it.py cannot be collected: SystemExit; ",
        "it",
    ),
    "a class": (
        "test_it.py",
        "import pytest\n\nclass TestIt:\n    @pytest.mark.parametrize('gone', [1])\n    def test_a(self): pass\n",
        "test_it.py::TestIt cannot be collected: Failed; ",
        "test_it.py",
    ),
    "a conftest.py": (
        "below/conftest.py",
        "raise LookupError('a-secret-value')\n",
        "below cannot be collected: LookupError in its conftest.py; ",
        "it",
    ),
    "a blank": ("test_a b.py", "raise LookupError\n", "test_a b.py cannot be collected: LookupError; ", "it"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_is_said_of_it_names_no_value(tmp_path: Path, name: str) -> None:
    """The path is as it is written in the folder that pytest runs in."""
    path, text, said, without = ERRORS[name]
    write(tmp_path, {"tests/test_z.py": GOOD, "tests/below/test_y.py": GOOD, f"tests/{path}": text})
    done = isolator(tmp_path / "tests", "confirm", "--runs", "1")
    ignored = "'--ignore=test_a b.py'" if " " in path else f"--ignore={said.partition(' ')[0].partition('::')[0]}"
    line = f"{said}to continue without {without}, pass {ignored} to pytest"
    # Before pytest 8 such a conftest.py keeps all from being collected.
    assert done.stderr.splitlines()[-2] == line or done.stderr == f"Error: pytest collected no tests: {line}\n"
    assert "a-secret-value" not in done.stdout + done.stderr
    assert done.returncode in (1, 2)


LOST_A = "test_a.py cannot be collected: ModuleNotFoundError; to continue without it, pass --ignore=test_a.py to pytest"
NOTHING: dict[str, tuple[Mapping[str, str], tuple[str, ...], str]] = {
    "one": (
        {"test_a.py": "import gone_for_good\n"},
        (),
        LOST_A,
    ),
    "all": (
        {"test_a.py": "import gone_for_good\n", "test_b.py": "raise LookupError\n"},
        ("-x",),
        (
            f"{LOST_A}; test_b.py cannot be collected: LookupError; "
            "to continue without it, pass --ignore=test_b.py to pytest"
        ),
    ),
    "named": (
        {"test_a.py": "import gone_for_good\n", "test_b.py": GOOD},
        ("test_a.py::test_it", "test_b.py"),
        LOST_A.replace("pass --ignore=test_a.py to pytest", "leave it out of the arguments of pytest"),
    ),
}


@pytest.mark.parametrize("command", ["confirm", "observe", "deflake"])
@pytest.mark.parametrize("name", NOTHING)
def test_where_nothing_is_collected(tmp_path: Path, name: str, command: str) -> None:
    files, arguments, said = NOTHING[name]
    done = isolator(write(tmp_path, files), command, "--", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Error: pytest collected no tests: {said}\n"


def test_one_that_is_named_is_left_out_by_not_naming_it(tmp_path: Path) -> None:
    """pytest collects what it is given by name, whatever --ignore says."""
    words = ("confirm", "--runs", "1", "--", "tests/test_old.py", "tests/test_it.py")
    done = isolator(write(tmp_path, OLD), *words)
    assert done.stderr.splitlines()[-2] == (
        "tests/test_old.py cannot be collected: ModuleNotFoundError; "
        "to continue without it, leave it out of the arguments of pytest"
    )
    assert done.returncode == 1


def test_a_conftest_above_ends_it_all_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, {**OLD, "conftest.py": "import gone_for_good\n"})
    done = isolator(tmp_path, "confirm")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"Error: pytest ended with exit code 4: ImportError while loading conftest '{tmp_path / 'conftest.py'}'; "
        "E   ModuleNotFoundError: No module named 'gone_for_good'\n"
    )


SOMETIMES = "import os\nif os.environ['PYTHONHASHSEED'] == '2': raise LookupError\ndef test_old(): pass\n"


def test_one_that_is_collected_in_some_runs(tmp_path: Path) -> None:
    write(tmp_path, {**OLD, "tests/test_old.py": SOMETIMES})
    found = confirmed(tmp_path, Options(seed=1, runs=2, orders=("given",)))
    assert verdicts(found) == {
        "test_a": "stable",
        "test_b": "stable",
        "test_old": "missing",
        "tests/test_old.py": "uncollected",
    }
    assert not found.ok


def test_it_is_not_a_sign_of_flakiness_and_does_not_run_alone(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    found = confirmed(tmp_path, Options(seed=1, runs=2, orders=("given",), stop_first=True, alone=True))
    assert len(found.runs) == 2
    assert found.pytest_runs == 4  # and one for each of the two tests
    assert verdicts(found) == {"test_a": "stable", "test_b": "stable", "tests/test_old.py": "uncollected"}


def test_single_tests_are_run_without_it(tmp_path: Path) -> None:
    run = run_once(write(tmp_path, OLD), None, Planned("given", 1, ("tests/test_it.py::test_b",)))
    assert results(run) == {"test_b": "passed"}
    assert (run.exit, run.problem) == (0, None)


def test_against_a_baseline(tmp_path: Path) -> None:
    options = Options(seed=1, runs=1)
    lost = confirmed(write(tmp_path, OLD), options)
    (tmp_path / "tests" / "test_old.py").write_text("def test_old(): pass\n", encoding="utf-8")
    found = confirmed(tmp_path, options)
    assert compare(lost, lost).worse == {}
    # It was not a test, so no test is gone.
    assert verdicts(against(lost, found)) == {"test_a": "stable", "test_b": "stable", "test_old": "new"}
    assert against(lost, found).ok
    assert compare(found, lost).worse == {"tests/test_old.py::test_old": "is gone"}
    assert not against(found, replace(lost, worse=())).ok


def test_shards_tell_it_too(tmp_path: Path) -> None:
    write(tmp_path, OLD)
    for number in ("1", "2"):
        done = isolator(tmp_path, "confirm", "--runs", "2", "--shard", f"{number}/2")
        assert done.returncode == 1
        (tmp_path / ".isolator" / "confirm.json").rename(tmp_path / f"{number}.json")
    done = isolator(tmp_path, "confirm", "merge", "1.json", "2.json")
    assert done.stderr.splitlines()[0] == LINE
    assert done.stderr.count("--ignore") == 1
    assert done.returncode == 1
