"""The plugin under older versions of pytest, in interpreters in which isolator is not installed. By hand: -m slow."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from isolator.pytest_runs.options import Options
from tests.isolator.confirm import test_plugin, test_uncollected
from tests.isolator.confirm.suites import confirmed, results, run_once, write
from tests.isolator.confirm.test_session import POLLUTED


@pytest.mark.slow
@pytest.mark.usefixtures("installed_plugins")
@pytest.mark.parametrize("version", ["7.4.4", "8.0.2", "8.4.2", "9.2.0"])
def test_version(tmp_path: Path, version: str) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip(python, f"pytest=={version}", "pytest-xdist", "pytest-rerunfailures")

    run = run_once(write(tmp_path / "a", {"test_it.py": test_plugin.ENDS}), Options(python=python))
    found = results(run)
    assert (found["test_passes"], found["test_fails"], found["test_skips"]) == ("passed", "failed", "skipped")
    assert (found["test_is_not_set_up"], found["test_passes_and_must_not"]) == ("error", "failed")
    for number, arguments in enumerate([(), ("-x",), ("-n", "2", "--maxfail=1")]):
        folder = write(tmp_path / f"lost{number}", test_uncollected.OLD | {"tests/test_ends.py": "raise SystemExit\n"})
        run = run_once(folder, Options(python=python, arguments=arguments))
        lost = {"tests/test_old.py": "error", "tests/test_ends.py": "error"}
        assert results(run) == {"test_a": "passed", "test_b": "passed", **lost}
        assert (run.exit, run.problem) == (1, None)
    run = run_once(write(tmp_path / "b", {"test_it.py": test_plugin.LEAKS}), Options(python=python))
    assert run.attempts["test_it.py::test_sets"].leaks == ("A",)
    assert run.attempts["test_it.py::TestPutsBack::test_first"].leaks == ()
    assert run.attempts["test_it.py::TestLeaves::test_second"].leaks == ("D", "E")
    run = run_once(tmp_path / "b", Options(python=python, arguments=("-n", "2")))
    assert len(run.attempts) == 9
    victim = confirmed(write(tmp_path / "c", POLLUTED), Options(python=python, seed=1)).tests["test_b.py::test_victim"]
    assert victim.partner == "test_a.py::test_leaves"


def pip(python: str, *packages: str) -> None:
    import subprocess

    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
