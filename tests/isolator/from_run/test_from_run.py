"""``isolator deflake --from-run``: a run that failed is made again, up to the test that failed, and fixed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.isolator.confirm.suites import write
from tests.isolator.inside import inside

SUITE = {
    "app.py": "REGISTRY = {}\n",
    "tests/conftest.py": "",
    "tests/test_a.py": """
        import app


        def test_cleans():
            app.REGISTRY.clear()


        def test_calm():
            pass


        def test_victim():
            assert app.REGISTRY == {}


        def test_last():
            app.REGISTRY.clear()
    """,
    "tests/test_b.py": """
        import app


        def test_calm():
            pass


        def test_pollutes():
            app.REGISTRY["json"] = 1
            assert app.REGISTRY["json"] == 1


        def test_bug():
            assert 0
    """,
    "pytest.ini": "[pytest]\npythonpath = .\n",
}
VICTIM, POLLUTER = "tests/test_a.py::test_victim", "tests/test_b.py::test_pollutes"
# As given and reversed a test that cleans up comes between the two.
WORKERS = f"""
[gw0] [ 14%] PASSED tests/test_a.py::test_cleans
[gw1] [ 28%] PASSED tests/test_b.py::test_calm
[gw0] [ 42%] PASSED tests/test_a.py::test_calm
[gw1] [ 57%] PASSED {POLLUTER}
[gw0] [ 71%] PASSED tests/test_a.py::test_last
[gw1] [ 85%] FAILED {VICTIM}
[gw0] [100%] FAILED tests/test_b.py::test_bug
"""
CALM = {"test_it.py": "def test_a(): pass\ndef test_b(): pass\n"}


def deflake(folder: Path, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return inside("deflake", "--yes", "--seed", "1", *words, folder=folder, stdin=stdin)


def found(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.usefixtures("without_plugins")
def test_order_that_failed_is_replayed_and_fixed(tmp_path: Path) -> None:
    write(tmp_path, SUITE)
    (tmp_path / "ci.log").write_text(WORKERS, encoding="utf-8")
    done = deflake(tmp_path, "--output-format", "json", "--from-run", "ci.log", "--", "tests")
    report = found(done)
    assert report["replayed"] == [
        {
            "test": VICTIM,
            "result": "failed",
            "before": 2,
            "worker": "gw1",
            "alone": "passed",
            "partners": [POLLUTER],
        },
        {"test": "tests/test_b.py::test_bug", "result": "failed", "before": 3, "worker": "gw0", "alone": "failed"},
    ]
    assert f"{VICTIM} fails again in the order of ci.log, after 2 tests of gw1" in done.stderr
    assert report["tests"][VICTIM] == {"before": "victim", "after": "stable"}
    assert report["needed"] == {POLLUTER: f"{VICTIM} fails after {POLLUTER}"}
    assert done.returncode == 0
    again = deflake(tmp_path, "--from-run", "-", "--", "tests", stdin=WORKERS)
    assert again.returncode == 0
    assert (
        f"failed      {VICTIM}: passes now, in the same order, after 2 tests of gw1: the order is not" in again.stdout
    )
    assert "failed      tests/test_b.py::test_bug: fails again, and alone" in again.stdout
    assert "rewritten" not in again.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("without_plugins")
def test_random_orders_show_it_without_that_run(tmp_path: Path) -> None:
    """All is stable in the five orders that deflake begins with; of the random ones that follow one fails."""
    write(tmp_path, SUITE)
    report = found(deflake(tmp_path, "--output-format", "json", "--", "tests"))
    assert "replayed" not in report
    assert report["tests"][VICTIM] == {"before": "victim", "after": "stable"}
    assert report["needed"] == {POLLUTER: f"{VICTIM} fails after {POLLUTER}"}


@pytest.mark.usefixtures("without_plugins")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("..F.\n1 failed, 3 passed\n", "run.txt is neither JUnit XML nor output of pytest that names the tests"),
        ("..F.\n=== short test summary info ===\nFAILED test_it.py::test_a - assert 0\n", "run `pytest -v`, or"),
        ("test_it.py::test_a PASSED\n", "run.txt names no failed test"),
        ("test_it.py::test_gone FAILED\n", "run.txt: test_it.py::test_gone failed there and is not collected here"),
        ("Using --randomly-seed=1\n..F.\n=== short test summary info ===\nFAILED test_it.py::test_a\n", "install it"),
    ],
)
@pytest.mark.usefixtures("without_plugins")
def test_what_cannot_be_used_is_one_line(tmp_path: Path, given: str, said: str) -> None:
    write(tmp_path, CALM)
    (tmp_path / "run.txt").write_text(given, encoding="utf-8")
    done = deflake(tmp_path, "--from-run", "run.txt")
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_file_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path, CALM)
    done = deflake(tmp_path, "--from-run", "no.xml")
    assert (done.returncode, done.stderr) == (2, "Error: no.xml: No such file or directory\n")
