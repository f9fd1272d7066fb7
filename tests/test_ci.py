"""What the README tells a contributor to run is what decides."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = ROOT / ".ci" / "run"


def test_the_readme_and_the_check_run_the_same_command() -> None:
    commands = re.findall(r"^\s*(\S*python3 -m venv .*-m pytest.*?)\s*$", RUN.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(commands) == 1
    assert commands[0] in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a mode that Windows does not have")
def test_the_check_can_be_run() -> None:
    assert os.access(RUN, os.X_OK)
