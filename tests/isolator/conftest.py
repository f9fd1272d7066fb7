"""What several test files need."""

from __future__ import annotations

import os
import subprocess
import sys
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
    return {name: value for name, value in os.environ.items() if name not in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS")}


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demo, run for real, once."""
    folder = tmp_path_factory.mktemp("demonstration") / "example"
    command = [sys.executable, "-m", "isolator", "demo", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=as_at_home())
    return Demonstration(folder, done.returncode, done.stdout, done.stderr)
