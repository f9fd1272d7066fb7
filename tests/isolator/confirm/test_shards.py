"""``isolator confirm --shard``: a part of the runs, and the file that holds what the verdicts are made from."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from isolator.project.tables.confirm import ORDERS
from isolator.pytest_runs.document import from_json
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import part, plan
from isolator.pytest_runs.shards import for_shard, read_shard, to_shard_json
from tests.isolator.confirm.suites import confirmed, write
from tests.isolator.inside import inside

POLLUTED = {
    "test_it.py": """
        import os

        def test_leaves(): os.environ["A"] = "a-secret-value"
        def test_victim(): assert "A" not in os.environ
        def test_calm(): print("Initialized a client")
    """
}


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside("confirm", *words, folder=folder)


@pytest.mark.parametrize("runs", [1, 2, 6, 7, 20])
def test_the_parts_make_up_the_plan_and_each_has_its_share_of_each_order(runs: int) -> None:
    planned = plan(runs, ORDERS, 0)
    for shards in range(1, runs + 1):
        parts = [part(planned, number, shards) for number in range(1, shards + 1)]
        assert sorted((run for each in parts for run in each), key=planned.index) == planned
        for order, count in Counter(run.order for run in planned).items():
            shares = [sum(run.order == order for run in each) for each in parts]
            assert set(shares) <= {count // shards, -(-count // shards)}


def test_each_shard_makes_its_own_runs_of_the_same_plan(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    done = [isolator(tmp_path, "--shard", f"{number}/3", "--output-format", "json") for number in (1, 2, 3)]
    runs = [[(run["order"], run["seed"]) for run in json.loads(each.stdout)["runs"]] for each in done]
    # Without --seed they all begin with the same.
    assert runs == [[("given", 0), ("reversed", 3)], [("given", 1), ("random", 4)], [("given", 2), ("random", 5)]]
    # Each is judged by its own runs: where the orders end alike nothing can be seen.
    outcomes = [json.loads(each.stdout)["tests"]["test_it.py::test_victim"]["outcomes"] for each in done]
    assert [each.returncode for each in done] == [int(len(set(ends)) > 1) for ends in outcomes]
    assert done[0].returncode == 1
    assert done[2].stdout == (tmp_path / ".isolator" / "confirm.json").read_text(encoding="utf-8")
    assert all("isolator confirm merge" in each.stderr.splitlines()[-1] for each in done)


def test_a_shard_makes_all_its_runs_whatever_is_decided(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": "def test_a(): assert 0\n"})
    done = isolator(tmp_path, "--shard", "1/2", "--runs", "1", "--max-rate", "60%", "--output-format", "json")
    assert [run["order"] for run in json.loads(done.stdout)["runs"]] == ["given", "reversed"]


def test_a_shard_bisects_nothing(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    done = isolator(tmp_path, "--shard", "1/2", "--runs", "3", "--orders", "given,reversed", "--output-format", "json")
    found = json.loads(done.stdout)
    assert [run["order"] for run in found["runs"]] == ["given", "reversed"]
    victim = found["tests"]["test_it.py::test_victim"]
    assert (victim["verdict"], victim["partner"], found["pytest_runs"]) == ("order-dependent", None, 2)


def test_the_file_holds_all_that_was_seen(tmp_path: Path) -> None:
    files = {
        **POLLUTED,
        "test_kinds.py": """
            import os, unittest, pytest

            class TestParts(unittest.TestCase):
                def test_parts(self):
                    for number in range(2):
                        with self.subTest(number=number):
                            self.assertEqual(number, 0)

            def test_skipped(): pytest.skip()
            def test_dies(): os._exit(3) if "DIE" in os.environ else None
        """,
    }
    options = for_shard(Options(arguments=("-q",), forbid_output=("Initialized",), python=sys.executable), (2, 3), 7)
    found = confirmed(write(tmp_path, files), options)
    text = to_shard_json(found, options, [])
    shard = read_shard(json.loads(text))
    assert (shard.number, shard.plan.shards, shard.plan.seed, shard.plan.arguments) == (2, 3, 7, ("-q",))
    assert shard.found.runs == found.runs
    assert shard.found.runs[0].attempts["test_it.py::test_calm"].forbidden == (0,)
    assert shard.found.runs[0].attempts["test_it.py::test_leaves"].leaks == ("A",)
    assert any(attempt.subtest for attempt in shard.found.runs[0].attempts.values())
    assert "a-secret-value" not in text
    # It can still be compared with, as any confirmation.
    assert from_json(text).tests == found.tests


def test_a_run_that_comes_to_nothing_ends_the_first_shard_and_counts_in_the_others(tmp_path: Path) -> None:
    write(tmp_path, POLLUTED)
    first, second = (isolator(tmp_path, "--shard", f"{n}/2", "--runs", "2", "--", "nothing.py") for n in (1, 2))
    assert (first.returncode, first.stdout) == (2, "")
    assert "nothing.py" in first.stderr
    assert second.returncode == 1
    assert "Not confirmed: no tests in 1 run; 1 run with a problem" in second.stderr


WRONG = {
    "not_a_shard": (("--shard", "3"), "'3' is not a valid shard; 2/3 is the second of three"),
    "none": (("--shard", "0/2"), "'0/2' is not a valid shard"),
    "beyond": (("--shard", "4/3"), "'4/3' is not a valid shard"),
    "too_many": (("--shard", "1/7"), "only 6 runs are planned; take no more shards than runs"),
    "exitfirst": (("--shard", "1/2", "-x"), "--exitfirst cannot be used with --shard"),
    "alone": (("--shard", "1/2", "--alone"), "--alone cannot be used with --shard"),
    "path": (("tests/",), "pass arguments to pytest after --, as in: -- tests/"),
}


@pytest.mark.parametrize("name", WRONG)
def test_words_that_make_no_sense(tmp_path: Path, name: str) -> None:
    words, message = WRONG[name]
    done = isolator(write(tmp_path, POLLUTED), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr.splitlines()[-1]
