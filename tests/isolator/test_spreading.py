"""A signal that comes while worker processes are being started: none of them is forgotten, and nobody waits for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# As the command, but that a signal comes right when the first of its processes has been started.
PROGRAM = """
import multiprocessing.process, os, signal, sys

start = multiprocessing.process.BaseProcess.start

def started(self):
    start(self)
    multiprocessing.process.BaseProcess.start = start
    os.kill(os.getpid(), signal.SIGTERM)

multiprocessing.process.BaseProcess.start = started
signal.signal(signal.SIGTERM, signal.SIG_DFL)
from isolator.engine import batch
batch.PATIENCE = 0.0
batch.run.__defaults__ = (0.0,)
sys.argv[0] = "isolator"
from isolator.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there a process cannot send itself SIGTERM")
@pytest.mark.parametrize("command", [["check"], ["fix", "--write"]])
def test_a_signal_while_processes_are_started(tmp_path: Path, command: list[str]) -> None:
    for number in range(8):
        (tmp_path / f"test_{number}.py").write_text("import os\n\n\ndef test_it():\n    os.environ['A'] = '1'\n")
    words = [sys.executable, "-c", PROGRAM, *command, "--jobs", "2", "."]
    done = subprocess.run(
        words, cwd=tmp_path, env={**os.environ}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "interrupted" in done.stderr
    assert "Traceback" not in done.stderr
