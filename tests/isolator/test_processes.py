"""Ending a process with all that it has started, while it goes on starting more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isolator.system.processes import end_group, start_group

# Each of what it starts is in a session of its own, which the group of its parent does not reach.
STARTS = """
import subprocess, sys
while True:
    sleep = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    subprocess.Popen(sleep, start_new_session=True)
"""


def marked(mark: str) -> list[int]:
    """The processes with a variable of that name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see what is left")
@pytest.mark.parametrize("number", range(5))
def test_what_is_started_meanwhile_ends_too(tmp_path: Path, number: int) -> None:
    mark = f"ISOLATOR_STARTED_{os.getpid()}_{number}"
    command = [sys.executable, "-I", "-S", "-c", STARTS]
    leader = start_group(command, tmp_path, {**os.environ, mark: "1"}, subprocess.DEVNULL)
    while len(marked(mark)) < 4:
        time.sleep(0.01)
    end_group(leader.pid)
    leader.wait(10)
    deadline = time.monotonic() + 2  # one that was ended may take a moment to disappear
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in left:
        os.kill(pid, 9)
    assert left == []
