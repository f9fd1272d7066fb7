"""What several test files need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Demonstration:
    """One run of the demo: where, its exit code, and what it printed."""

    folder: Path
    code: int
    out: str
    err: str


def as_at_home() -> dict[str, str]:
    """The environment without what makes pytest run otherwise, or print lines whole, as it does on a CI server."""
    other = ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    return {name: value for name, value in os.environ.items() if name not in other}


@pytest.fixture(scope="module", autouse=True)
def no_plugins(without_plugins: None) -> None:
    """No plugins, unless a test that needs one takes `installed_plugins`, or the quicker `named_plugins`.

    Not for the whole session: in it there are tests of the codemods too, which run pytest with what is installed.
    """


@pytest.fixture
def installed_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every plugin that is installed can be used, and is loaded, as it is by default."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")


@pytest.fixture
def named_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-xdist, pytest-rerunfailures and pytest-asyncio can be used, and no others are loaded."""
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin,pytest_rerunfailures,pytest_asyncio.plugin")


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demo, run for real, once, also where pytest-xdist has several processes: the first of them runs it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demonstration"
    folder, told = shared / "example", shared / "told.json"
    try:
        shared.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 300
        while not told.exists():
            assert time.monotonic() < deadline, "the process that runs the demo has not ended it"
            time.sleep(0.1)
    else:
        command = [sys.executable, "-m", "isolator", "demo", "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=as_at_home())
        whole = told.with_suffix(".whole")
        whole.write_text(json.dumps([done.returncode, done.stdout, done.stderr]), encoding="utf-8")
        whole.replace(told)
    return Demonstration(folder, *json.loads(told.read_text(encoding="utf-8")))
