"""The watching itself: it changes nothing, keeps values to itself, and works in any interpreter and any process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from isolator.evidence.model import Hang, from_json, to_json
from isolator.evidence.observe import observe
from isolator.pytest_runs import plugin
from isolator.pytest_runs.options import Options
from tests.isolator.confirm.suites import write
from tests.isolator.observe.suites import edges, leaks, observed

SECRET = "tr0ub4dor-and-3"
MODULES = sorted(Path(plugin.__file__).parent.glob("*.py"))

POLLUTED = """
    import os


    def test_sets():
        os.environ["MODE"] = "1"


    def test_reads():
        assert "MODE" not in os.environ


    def test_deep():
        def deeper():
            os.environ.get("MODE")
            deeper()

        try:
            deeper()
        except RecursionError:
            pass
"""


def test_a_watch_that_breaks_changes_no_outcome(tmp_path: Path) -> None:
    conftest = """
        import pytest


        @pytest.fixture(autouse=True)
        def broken(request):
            watcher = request.config.pluginmanager.get_plugin("isolator-watcher")
            watcher.watch.kinds = None
            watcher.lookups.caches = None
    """
    write(tmp_path, {"test_it.py": POLLUTED, "conftest.py": conftest})
    evidence = observe(Options(orders=("given",)), tmp_path, lambda _: None)
    ends = {"test_sets": "passed", "test_reads": "failed", "test_deep": "passed"}
    assert evidence.tests == {f"test_it.py::{name}": (end,) for name, end in ends.items()}
    assert evidence.problems == ("the watching stopped in test_it.py::test_sets: TypeError",)
    assert evidence.runs[0].exit == 1


def test_a_test_that_goes_too_deep_is_not_an_error_of_the_watch(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"test_it.py": POLLUTED})
    assert edges(evidence)[0] == ("test_sets", "test_reads", "MODE", "test_it.py:9")
    assert (evidence.tests or {})["test_it.py::test_deep"] == ("passed",)


@pytest.mark.usefixtures("named_plugins")
def test_workers_are_merged(tmp_path: Path) -> None:
    files = {f"test_{name}.py": POLLUTED.replace("MODE", f"MODE_{name}") for name in "ab"}
    evidence = observed(tmp_path, files, "-n", "2", "--dist", "loadfile")
    assert sorted(leaks(evidence)) == [
        ("MODE_a", "test_sets", "test_a.py:5"),
        ("MODE_b", "test_sets", "test_b.py:5"),
    ]
    assert {edge[2:] for edge in edges(evidence) if edge[1] == "test_reads"} == {
        ("MODE_a", "test_a.py:9"),
        ("MODE_b", "test_b.py:9"),
    }


@pytest.mark.usefixtures("named_plugins")
def test_async_tests(tmp_path: Path) -> None:
    text = """
        import os

        import pytest


        @pytest.mark.asyncio
        async def test_sets():
            os.environ["MODE"] = "1"


        @pytest.mark.asyncio
        async def test_reads():
            assert os.environ["MODE"] == "1"
    """
    evidence = observed(tmp_path, {"test_it.py": text})
    assert leaks(evidence) == [("MODE", "test_sets", "test_it.py:8")]
    assert edges(evidence) == [("test_sets", "test_reads", "MODE", "test_it.py:13")]


def test_no_value_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    text = f"""
        import os

        TOKENS = {{"token": os.environ["TOKEN"]}}


        def test_sets():
            os.environ["OTHER"] = "{SECRET}"


        def test_reads():
            assert os.environ["OTHER"] == os.environ["TOKEN"] == "{SECRET}"
            raise LookupError("{SECRET}")
    """
    evidence = observed(tmp_path, {"test_it.py": text})
    assert evidence.edges
    assert SECRET not in to_json(evidence)


def test_evidence_is_read_back_as_it_was(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"test_it.py": POLLUTED}, orders=("given", "reversed"))
    assert from_json(to_json(evidence)) == evidence


def test_where_a_test_hangs(tmp_path: Path) -> None:
    text = "import time\n\n\ndef test_hangs():\n    time.sleep(60)\n"
    write(tmp_path, {"test_it.py": text})
    evidence = observe(Options(orders=("given",), test_timeout=2), tmp_path, lambda _: None)
    (hang,) = evidence.hangs
    assert isinstance(hang, Hang)
    assert hang.test == "test_it.py::test_hangs"
    assert "test_it.py:5 in test_hangs: time.sleep(60)" in hang.stack


def test_the_project_ends_at_its_virtual_environment(tmp_path: Path) -> None:
    files = {
        ".venv/lib/site-packages/dependency.py": """
            import os


            def enable():
                os.environ["ENABLED"] = os.environ.get("ENABLED", "1")
        """,
        "test_it.py": """
            import sys

            sys.path.append(".venv/lib/site-packages")

            import dependency


            def test_it():
                dependency.enable()
        """,
    }
    evidence = observed(tmp_path, files)
    assert leaks(evidence) == [("ENABLED", "test_it", "test_it.py:9")]
    assert evidence.assumed == ()


def test_inert_until_asked(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": POLLUTED})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "isolator.pytest_runs.plugin.watcher",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "__pycache__") == ["pytest.ini", "test_it.py"]


@pytest.mark.parametrize("path", MODULES, ids=[path.stem for path in MODULES])
def test_needs_nothing_but_pytest(path: Path) -> None:
    """It is copied to interpreters in which isolator is not installed."""
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    outside = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level)
    names |= {str(node.module) for node in outside}
    assert {name.partition(".")[0] for name in names} - sys.stdlib_module_names <= {"pytest"}
