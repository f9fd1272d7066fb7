"""Suites with faults of each kind, confirmed for real."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from isolator.pytest_runs import bisecting
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.session import confirm
from isolator.system.errors import Failure
from tests.isolator.confirm.suites import confirmed, verdicts, write

COUNTS = """
    import pathlib


    def test_every_other_time():
        seen = pathlib.Path("seen")
        number = int(seen.read_text()) if seen.exists() else 0
        seen.write_text(str(number + 1))
        assert number % 2 == 0


    def test_calm():
        pass
"""
HASHES = """
    def test_order_of_a_set():
        assert list({"alpha", "beta"})[0] == "alpha"


    def test_calm():
        pass
"""
POLLUTED = {
    "test_a.py": """
        import os

        def test_calm(): pass
        def test_leaves(): os.environ["A"] = "1"
        def test_as_well(): pass
    """,
    "test_b.py": """
        import os

        def test_victim():
            assert "A" not in os.environ

        def test_last(): pass
    """,
}
BRITTLE = {
    "test_a.py": """
        import state

        def test_calm(): pass
        def test_sets(): state.ready = True
    """,
    "test_b.py": """
        import state

        def test_needs():
            assert state.ready
    """,
    "state.py": "ready = False\n",
    "pytest.ini": "[pytest]\npythonpath = .\n",
}
CLASSES = """
    import os
    import unittest


    class TestSets(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            os.environ["A"] = "1"

        def test_first(self):
            pass

        def test_second(self):
            pass


    class TestSuffers(unittest.TestCase):
        def test_unset(self):
            self.assertNotIn("A", os.environ)
"""


def runs_of(command: str, folder: Path) -> int:
    """The exit code of one of the commands that a confirmation found."""
    words = command.partition("  #")[0].split()
    done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, check=False)
    return done.returncode


def test_flaky_by_a_counter(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, {"test_it.py": COUNTS}))
    assert verdicts(found) == {"test_every_other_time": "flaky", "test_calm": "stable"}
    assert [r.order for r in found.runs] == ["given"] * 3 + ["reversed"] + ["random"] * 2
    assert not found.ok


def test_flaky_by_the_hash_seed(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, {"test_it.py": HASHES}), Options(seed=1, runs=2, orders=("given",)))
    assert verdicts(found) == {"test_order_of_a_set": "flaky", "test_calm": "stable"}
    # Each run can be repeated by its seed alone.
    outcomes = found.tests["test_it.py::test_order_of_a_set"].outcomes
    assert outcomes == ("failed", "passed")
    for run, outcome in zip(found.runs, outcomes, strict=True):
        again = confirmed(tmp_path, Options(runs=1, seed=run.seed))
        assert again.tests["test_it.py::test_order_of_a_set"].outcomes == (outcome,)


def test_a_victim_and_its_polluter(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, POLLUTED), Options(seed=1, runs=2, arguments=("-q", ".")))
    assert {n: v for n, v in verdicts(found).items() if v != "stable"} == {"test_victim": "order-dependent"}
    victim = found.tests["test_b.py::test_victim"]
    assert (victim.role, victim.partner) == ("victim", "test_a.py::test_leaves")
    assert victim.commands == (
        "pytest -q test_b.py::test_victim  # passes",
        "pytest -q test_a.py::test_leaves test_b.py::test_victim  # fails",
    )
    assert [runs_of(command, tmp_path) for command in victim.commands] == [0, 1]
    assert found.pytest_runs <= 2 + math.log2(3) + 2
    assert found.tests["test_a.py::test_leaves"].leaks == ("A",)


def test_a_brittle_test_and_its_setter(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, BRITTLE), Options(seed=1, runs=2))
    brittle = found.tests["test_b.py::test_needs"]
    assert (brittle.verdict, brittle.role, brittle.partner) == ("order-dependent", "brittle", "test_a.py::test_sets")
    assert [runs_of(command, tmp_path) for command in brittle.commands] == [1, 0]


def test_across_classes(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, {"test_it.py": CLASSES}), Options(seed=1, runs=2))
    victim = found.tests["test_it.py::TestSuffers::test_unset"]
    assert (victim.role, victim.partner) == ("victim", "test_it.py::TestSets::test_first")
    assert found.runs[0].attempts["test_it.py::TestSuffers::test_unset"].way == "call: AssertionError at test_it.py:19"
    assert found.tests["test_it.py::TestSets::test_first"].leaks == ("A",)
    assert found.tests["test_it.py::TestSets::test_second"].leaks == ("A",)


@pytest.mark.slow
def test_many_before_the_victim(tmp_path: Path) -> None:
    before = "import os\n" + "".join(
        f"def test_{n}(): os.environ.update(A='1' if {n} == 19 else '')\n" for n in range(20)
    )
    files = {"test_a.py": before, "test_b.py": "import os\ndef test_victim(): assert not os.environ.get('A')\n"}
    found = confirmed(write(tmp_path, files), Options(seed=1, runs=2))
    victim = found.tests["test_b.py::test_victim"]
    assert victim.partner == "test_a.py::test_19"
    assert found.pytest_runs - 2 <= math.ceil(math.log2(20)) + 2


def test_without_bisection(tmp_path: Path) -> None:
    found = confirmed(write(tmp_path, POLLUTED), Options(seed=1, runs=2, bisect=False))
    assert found.tests["test_b.py::test_victim"].verdict == "order-dependent"
    assert (found.tests["test_b.py::test_victim"].role, found.pytest_runs) == (None, 2)


def test_alone(tmp_path: Path) -> None:
    """What passes in every order may still need another test: only one that always comes first shows it."""
    files = {"test_it.py": "import state\ndef test_needs(): assert state.ready\n", **BRITTLE}
    files["test_a.py"] = "import state\nstate.ready = True\ndef test_sets(): pass\n"
    del files["test_b.py"]
    found = confirmed(write(tmp_path, files), Options(seed=1, runs=2, alone=True, bisect=False))
    needs = found.tests["test_it.py::test_needs"]
    assert (needs.verdict, needs.role) == ("order-dependent", "brittle")
    assert found.tests["test_a.py::test_sets"].verdict == "stable"
    assert found.pytest_runs == 4


def test_side_by_side(tmp_path: Path) -> None:
    one = confirmed(write(tmp_path, POLLUTED), Options(seed=1, runs=4, bisect=False))
    both = confirmed(tmp_path, Options(seed=1, runs=4, jobs=3, bisect=False))
    assert {n: t.outcomes for n, t in both.tests.items()} == {n: t.outcomes for n, t in one.tests.items()}
    assert [(r.order, r.seed) for r in both.runs] == [(r.order, r.seed) for r in one.runs]


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_stop_at_the_first_sign(tmp_path: Path, jobs: int) -> None:
    found = confirmed(write(tmp_path, POLLUTED), Options(seed=1, runs=4, jobs=jobs, stop_first=True))
    assert [r.order for r in found.runs] == ["given", "given", "reversed"]
    assert found.tests["test_b.py::test_victim"].partner == "test_a.py::test_leaves"


DECIDED: dict[str, tuple[str, list[str], dict[str, str]]] = {
    # It was seen to fail and to pass: the first seed does one, the second the other.
    "flaky": (
        "def test_a(): assert list({'alpha', 'beta'})[0] == 'alpha'\n",
        ["given", "given"],
        {"test_a": "flaky"},
    ),
    # The orders come first, for in one of them alone both would look as if they always ended so.
    "order_dependent": (
        "seen = []\ndef test_a(): seen.append(1); assert seen[1:]\ndef test_b(): seen.append(1); assert seen[1:]\n",
        ["given", "given", "given", "reversed"],
        {"test_a": "order-dependent", "test_b": "order-dependent"},
    ),
    "failing": (
        "import pytest\ndef test_a(): assert 0\ndef test_b(): pytest.skip()\n",
        ["given", "given", "given", "reversed", "random"],
        {"test_a": "failing", "test_b": "stable"},
    ),
}


# Side by side is much the same for each.
EACH = [(name, 1) for name in DECIDED] + [
    pytest.param(name, 2, marks=[pytest.mark.slow] * (name != "order_dependent")) for name in DECIDED
]


@pytest.mark.parametrize(("name", "jobs"), EACH)
def test_no_more_runs_than_it_takes_to_decide(tmp_path: Path, name: str, jobs: int) -> None:
    text, orders, found = DECIDED[name]
    told: list[str] = []
    options = Options(seed=1, runs=12, least=5, jobs=jobs, bisect=False)
    ended = confirm(options, write(tmp_path, {"test_it.py": text}), told.append)
    assert ([run.order for run in ended.runs], verdicts(ended)) == (orders, found)
    assert told[-1] == f"no test is undecided after {len(orders)} runs: the other {12 - len(orders)} are skipped"


def test_one_test_that_passes_is_waited_for(tmp_path: Path) -> None:
    told: list[str] = []
    options = Options(seed=1, runs=4, least=1, bisect=False)
    found = confirm(options, write(tmp_path, {"test_it.py": HASHES}), told.append)
    assert len(found.runs) == 4
    assert verdicts(found) == {"test_order_of_a_set": "flaky", "test_calm": "stable"}
    assert told[-1].startswith("run 4 of 4 ")


def test_a_test_that_a_run_did_not_reach_is_waited_for(tmp_path: Path) -> None:
    text = "import os\ndef test_a(): os.environ['PYTHONHASHSEED'] == '1' and os._exit(3)\ndef test_b(): assert 0\n"
    options = Options(seed=1, runs=4, least=1, orders=("given",), bisect=False)
    found = confirmed(write(tmp_path, {"test_it.py": text}), options)
    assert found.tests["test_it.py::test_a"].outcomes == ("crashed", "passed", "passed", "passed")
    assert found.tests["test_it.py::test_b"].outcomes == ("not run", "failed", "failed", "failed")


def test_hanging_runs_do_not_stop_the_others(tmp_path: Path) -> None:
    text = """
        import time, state

        def test_slow():
            time.sleep(60 if state.seen else 0)

        def test_sees():
            state.seen = True
    """
    write(tmp_path, {"test_it.py": text, "state.py": "seen = False\n", "pytest.ini": "[pytest]\npythonpath = .\n"})
    found = confirmed(tmp_path, Options(seed=1, runs=3, orders=("given", "reversed"), test_timeout=2))
    assert verdicts(found) == {"test_slow": "hanging", "test_sees": "stable"}
    assert [r.problem for r in found.runs] == [None, None, "hung in test_it.py::test_slow"]
    assert "in test_slow" in (found.tests["test_it.py::test_slow"].hung or "")


def test_nothing_to_run(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="pytest collected no tests"):
        confirmed(write(tmp_path, {}))
    with pytest.raises(Failure, match=r"pytest cannot be run: .*nowhere"):
        confirmed(tmp_path, Options(python="/nowhere/python"))


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    confirm(Options(seed=5, runs=2), write(tmp_path, {"test_it.py": "def test_a(): pass\n"}), told.append)
    assert len(told) == 2
    assert told[0].startswith("run 1 of 2 (given, seed 5): 1 passed in ")
    assert told[1].startswith("run 2 of 2 (reversed, seed 6): 1 passed in ")


@pytest.mark.slow
def test_several_tests_that_only_together_make_the_difference(tmp_path: Path) -> None:
    tests = "".join(
        f"def test_{n}(): {f'state.{name} = True' if name else 'pass'}\n"
        for n, name in enumerate(["", "one", "", "", "two", ""])
    )
    files = {
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "state.py": "one = two = False\n",
        "test_a.py": f"import state\n{tests}",
        "test_b.py": """
            import state

            def test_victim(): assert not (state.one and state.two)
            def test_needs(): assert state.one and state.two
        """,
    }
    found = confirmed(write(tmp_path, files), Options(seed=1, runs=2))
    victim, needs = found.tests["test_b.py::test_victim"], found.tests["test_b.py::test_needs"]
    assert (victim.role, victim.partner, needs.role, needs.partner) == ("victim", None, "brittle", None)
    assert victim.commands == (
        "pytest test_b.py::test_victim  # passes",
        "pytest test_a.py::test_1 test_a.py::test_4 test_b.py::test_victim  # fails",
    )
    assert needs.commands == (
        "pytest test_b.py::test_needs  # fails",
        "pytest test_a.py::test_1 test_a.py::test_4 test_b.py::test_needs  # passes",
    )
    assert [runs_of(command, tmp_path) for command in (*victim.commands, *needs.commands)] == [0, 1, 1, 0]


@pytest.mark.slow
def test_the_partner_of_one_test_is_tried_first_for_the_next(tmp_path: Path) -> None:
    """Each further victim costs two runs: alone, and after the polluter that is known."""
    before = "".join(f"def test_{n}(): pass\n" for n in range(8))
    victims = "".join(f"def test_victim_{n}(): assert 'A' not in os.environ\n" for n in range(3))
    leaves = f"import os\ndef test_leaves(): os.environ['A'] = '1'\n{before}"
    files = {"test_a.py": leaves, "test_b.py": f"import os\n{victims}"}
    found = confirmed(write(tmp_path, files), Options(seed=1, runs=2))
    partners = {found.tests[f"test_b.py::test_victim_{n}"].partner for n in range(3)}
    assert partners == {"test_a.py::test_leaves"}
    assert found.pytest_runs <= 2 + (1 + math.ceil(math.log2(9)) + 1) + 2 * 2


def test_a_brittle_test_is_nobodys_victim(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "state.py": "ready = False\n",
        "test_a.py": "import state\n\ndef test_sets(): state.ready = True\n",
        "test_b.py": """
            import os
            import state

            def test_victim(): assert "A" not in os.environ
            def test_needs(): assert state.ready
        """,
        "test_c.py": "import os\n\ndef test_leaves(): os.environ['A'] = '1'\n",
    }
    found = confirmed(write(tmp_path, files), Options(seed=1, runs=2))
    assert found.tests["test_b.py::test_victim"].partner == "test_c.py::test_leaves"
    needs = found.tests["test_b.py::test_needs"]
    assert (needs.verdict, needs.role, needs.partner) == ("order-dependent", "brittle", "test_a.py::test_sets")


def test_where_the_search_ends_it_says_of_which_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bisecting, "MOST", 0.15)
    told: list[str] = []
    files = {**POLLUTED, "test_c.py": "import os\ndef test_too(): assert 'A' not in os.environ\n"}
    found = confirm(Options(seed=1, runs=2), write(tmp_path, files), told.append)
    spent = "depends on were not found: the search has taken 0 runs of the suite"
    assert told[2:] == [
        "searching for the tests that test_b.py::test_victim depends on",
        f"the tests that test_b.py::test_victim {spent}",
        f"the tests that test_c.py::test_too {spent}",
    ]
    left = [found.tests[name] for name in ("test_b.py::test_victim", "test_c.py::test_too")]
    assert [(test.verdict, test.role, test.partner) for test in left] == [
        ("order-dependent", "victim", None),
        ("order-dependent", None, None),
    ]
