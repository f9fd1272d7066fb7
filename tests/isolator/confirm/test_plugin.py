"""What the plugin records of one run: order, results, and what tests leave changed in the environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from isolator.pytest_runs import plugin
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned
from tests.isolator.confirm.suites import results, run_once, write

ENDS = """
    import unittest

    import pytest


    def test_passes():
        pass


    def test_fails():
        assert [] == ["secret-value"]


    @pytest.fixture
    def broken():
        raise LookupError("secret-value")


    def test_is_not_set_up(broken):
        pass


    @pytest.fixture
    def breaks():
        yield
        raise LookupError


    def test_is_not_torn_down(breaks):
        pass


    def test_skips():
        pytest.skip("not today")


    @pytest.mark.xfail
    def test_fails_as_expected():
        raise ValueError


    @pytest.mark.xfail
    def test_passes_unexpectedly():
        pass


    @pytest.mark.xfail(strict=True)
    def test_passes_and_must_not():
        pass


    @pytest.mark.parametrize("text", ["a b", "c::d", "[e]"])
    def test_with(text):
        assert text != "c::d"


    class OfUnittest(unittest.TestCase):
        def test_parts(self):
            for number in range(3):
                with self.subTest("part", number=number):
                    self.assertNotEqual(number, 1)
"""


def test_results(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": ENDS, "test_doc.txt": ">>> 1 + 1\n2\n"})
    run = run_once(tmp_path, Options(arguments=("--doctest-glob=*.txt",)))
    assert results(run) == {
        "test_doc.txt": "passed",
        "test_passes": "passed",
        "test_fails": "failed",
        "test_is_not_set_up": "error",
        "test_is_not_torn_down": "error",
        "test_skips": "skipped",
        "test_fails_as_expected": "xfailed",
        "test_passes_unexpectedly": "xpassed",
        "test_passes_and_must_not": "failed",
        "test_with[a b]": "passed",
        "d]": "failed",
        "test_with[[e]]": "passed",
        "test_parts": "failed",
        "test_parts [part] (number=0)": "passed",
        "test_parts [part] (number=1)": "failed",
        "test_parts [part] (number=2)": "passed",
    }
    ways = {name: attempt.way for name, attempt in run.attempts.items() if attempt.way}
    assert ways["test_it.py::test_fails"] == "call: AssertionError at test_it.py:11"
    assert ways["test_it.py::test_is_not_set_up"] == "setup: LookupError at test_it.py:16"
    assert ways["test_it.py::test_is_not_torn_down"] == "teardown: LookupError at test_it.py:26"
    assert "secret-value" not in repr(run)
    assert (run.exit, run.problem, run.usable) == (1, None, True)


LEAKS = """
    import os
    import unittest

    import pytest


    def test_leaves_nothing(monkeypatch):
        monkeypatch.setenv("A", "1")


    def test_sets():
        os.environ["A"] = "secret-value"


    def test_sets_again():
        os.environ["A"] = "secret-value"


    def test_changes_and_removes():
        os.environ["A"] = "other"
        os.environ.pop("KEPT")


    class TestPutsBack(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            os.environ["B"] = "1"

        @classmethod
        def tearDownClass(cls):
            del os.environ["B"]

        def test_first(self):
            os.environ["B"] = "2"

        def test_second(self):
            os.environ["C"] = "1"


    class TestLeaves:
        @pytest.fixture(scope="class", autouse=True)
        def around(self):
            os.environ["D"] = "1"
            yield
            os.environ["E"] = "1"

        def test_first(self):
            pass

        def test_second(self):
            pass


    def test_clears():
        os.environ.clear()
"""


INSIDE = """
    import os

    import pytest


    @pytest.fixture(scope="module")
    def around():
        yield


    def test_leaks(around):
        os.environ["A"] = "1"


    def test_has_nothing_to_do_with_it(around):
        pass


    def test_changes_it_and_puts_it_back(around, monkeypatch):
        monkeypatch.delenv("A")
"""


def test_what_a_test_puts_back_is_not_the_work_of_a_scope_that_ends_with_it(tmp_path: Path) -> None:
    run = run_once(write(tmp_path, {"test_it.py": INSIDE}))
    assert [attempt.leaks for attempt in run.attempts.values()] == [("A",), (), ()]


def test_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "1")
    write(tmp_path, {"test_it.py": LEAKS})
    run = run_once(tmp_path)
    leaks = {name.partition("::")[2]: attempt.leaks for name, attempt in run.attempts.items()}
    assert "PATH" in leaks.pop("test_clears")
    assert leaks == {
        "test_leaves_nothing": (),
        "test_sets": ("A",),
        "test_sets_again": (),
        "test_changes_and_removes": ("A", "KEPT"),
        "TestPutsBack::test_first": (),
        "TestPutsBack::test_second": ("C",),
        "TestLeaves::test_first": ("D", "E"),
        "TestLeaves::test_second": ("D", "E"),
    }
    assert "secret-value" not in repr(run)


ORDERED = """
    def test_a(): pass
    def test_b(): pass
    def test_c(): pass
    def test_d(): pass
    def test_e(): pass
"""


def order(folder: Path, planned: Planned, *arguments: str) -> str:
    run = run_once(folder, Options(arguments=arguments), planned)
    return "".join(name[-1] for name in run.attempts)


def test_orders(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": ORDERED})
    assert order(tmp_path, Planned("given", 1)) == "abcde"
    assert order(tmp_path, Planned("reversed", 1)) == "edcba"
    shuffled = order(tmp_path, Planned("random", 7))
    assert sorted(shuffled) == list("abcde")
    assert shuffled == order(tmp_path, Planned("random", 7))
    assert shuffled != order(tmp_path, Planned("random", 8))
    assert order(tmp_path, Planned("given", 1, ("test_it.py::test_d", "test_it.py::test_b"))) == "db"


def test_orders_come_after_those_of_the_project(tmp_path: Path) -> None:
    conftest = """
        import pytest

        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: item.name != "test_c")
    """
    write(tmp_path, {"test_it.py": ORDERED, "conftest.py": conftest})
    assert order(tmp_path, Planned("given", 1)) == "cabde"
    assert order(tmp_path, Planned("reversed", 1)) == "edbac"


@pytest.mark.usefixtures("named_plugins")
def test_workers_only_if_asked_for(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": ORDERED, "pytest.ini": "[pytest]\naddopts = -n 2\n"})
    assert order(tmp_path, Planned("reversed", 1)) == "edcba"
    for arguments in (("-n", "2"), ("-n2", "-q")):
        run = run_once(tmp_path, Options(arguments=arguments))
        assert set(results(run).values()) == {"passed"}
        assert len(run.attempts) == 5


@pytest.mark.usefixtures("installed_plugins")
def test_leaks_of_workers(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": LEAKS})
    run = run_once(tmp_path, Options(arguments=("-n", "2", "--dist", "loadfile")))
    assert run.attempts["test_it.py::test_sets"].leaks == ("A",)
    assert run.attempts["test_it.py::TestPutsBack::test_first"].leaks == ()


def test_forbidden_output(tmp_path: Path) -> None:
    text = """
        import logging
        import sys


        def test_prints():
            print("Initialized the client")


        def test_complains():
            print("Initialized a client", file=sys.stderr)


        def test_logs():
            logging.getLogger().warning("Initialized the client")


        def test_is_quiet():
            pass
    """
    write(tmp_path, {"test_it.py": text})
    run = run_once(tmp_path, Options(forbid_output=("Initialized the", "^Init")))
    found = {name.partition("::")[2]: attempt.forbidden for name, attempt in run.attempts.items()}
    assert found == {"test_prints": (0, 1), "test_complains": (1,), "test_logs": (0,), "test_is_quiet": ()}


def test_inert_until_asked(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": ORDERED})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "isolator.pytest_runs.plugin.recorder",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith(".....")
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "__pycache__") == ["pytest.ini", "test_it.py"]


def test_needs_nothing_but_pytest() -> None:
    """It is copied to interpreters in which isolator is not installed."""
    modules = Path(plugin.__file__).parent.glob("*.py")
    text = "\n".join(module.read_text(encoding="utf-8") for module in modules)
    assert "isolator." not in "".join(
        line for line in text.splitlines() if line.lstrip().startswith(("import", "from"))
    )
    assert "codemods" not in text
