"""What several test files need."""

from __future__ import annotations

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


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The demo, run for real, once."""
    folder = tmp_path_factory.mktemp("demonstration") / "example"
    command = [sys.executable, "-m", "isolator", "demo", "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return Demonstration(folder, done.returncode, done.stdout, done.stderr)
