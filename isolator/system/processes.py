"""Processes that lead a group of their own: started, and ended with all that they have started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def start_group(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], output: int
) -> subprocess.Popen[bytes]:
    """Starts a process in a group of its own, which Ctrl-C does not reach. Raises OSError if that cannot be done."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # what Windows has in its place
    )


def end_group(leader: int) -> None:
    """Ends a process with its group, and what it has started that has left the group.

    On POSIX all of them are stopped before the first is ended: one that runs may start another in a
    session of its own, which nothing leads to any more once its parent is gone.
    """
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(leader)], capture_output=True, check=False)
        return
    below: list[int] = []
    try:
        _send(signal.SIGSTOP, leader, below)
        while more := [pid for pid in _descendants(leader) if pid not in below]:
            below += more
            _send(signal.SIGSTOP, leader, more)
    finally:
        _send(signal.SIGKILL, leader, below)


def _send(number: signal.Signals, leader: int, others: Sequence[int]) -> None:
    """A signal for a group, and for some other processes; those that have ended need none."""
    for send, to in [(os.killpg, leader), *((os.kill, pid) for pid in others)]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(to, number)


def _descendants(pid: int) -> list[int]:
    """The processes that one has started, and those that these have, if their parents still run."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found += children.get(each, ())
    return found[1:]


def _parents() -> dict[int, int]:
    """The parent of each process; none where that cannot be asked."""
    found = {}
    if Path("/proc/self/stat").exists():
        for path in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended
                # pid (command, which may hold anything) state ppid …
                found[int(path.parent.name)] = int(path.read_bytes().rpartition(b")")[2].split()[1])
        return found
    with contextlib.suppress(OSError):
        listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False)
        found = {int(child): int(parent) for child, parent in map(str.split, listing.stdout.splitlines())}
    return found
