"""The watching under older versions of pytest, in interpreters in which isolator is not installed. By hand: -m slow."""

from __future__ import annotations

import sys
import venv
from pathlib import Path

import pytest

from isolator.evidence.observe import observe
from isolator.pytest_runs.options import Options
from tests.isolator.confirm.suites import write
from tests.isolator.confirm.test_versions import pip
from tests.isolator.observe.suites import edges, leaks
from tests.isolator.observe.test_caches import FIVE
from tests.isolator.observe.test_caches import TESTS as CACHED
from tests.isolator.observe.test_leaks import SCOPES


@pytest.mark.slow
@pytest.mark.parametrize("version", ["7.0.1", "7.4.4", "8.0.2", "8.4.2"])
def test_version(tmp_path: Path, version: str) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    pip(python, f"pytest=={version}")
    files = {"suite/test_scopes.py": SCOPES, "suite/app.py": FIVE, "suite/test_cached.py": CACHED}

    evidence = observe(Options(python=python, orders=("given",)), write(tmp_path, files) / "suite", lambda _: None)

    assert evidence.problems == ()
    assert leaks(evidence) == [
        ("CLASS", "test_first", "suite/test_scopes.py:10"),
        ("LATE", "test_with_fixture", "suite/test_scopes.py:38"),
    ]
    assert edges(evidence) == [("test_first", "test_first", "CLASS", "suite/test_scopes.py:29")]
    assert {cache.object for cache in evidence.caches} == {
        *("app.get_config", "app.Config.zone", "app._config", "app._by_name"),
        *("app.Config._instance", "app.settings.url"),
    }
