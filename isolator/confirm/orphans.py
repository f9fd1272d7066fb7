"""A pytest that must not outlive the process that started it, however that one ends: killed, too.

A process of its own waits at the other end of a pipe. If that closes without a word nobody waits for pytest any more,
and it is ended with all that it started.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_CODE = """
import os, signal, subprocess, sys
pid = int(sys.argv[1])
if not sys.stdin.buffer.read(1):
    if sys.platform == "win32":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True)
    else:
        os.killpg(pid, signal.SIGKILL)
"""


@contextmanager
def ended_with_us(pid: int) -> Iterator[None]:
    """While this lasts the process, which leads a group of its own, is ended if this one ends.

    Raises OSError if no process can be started.
    """
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _CODE, str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # what Windows has in its place
    ) as waiting:
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # it is gone itself
                waiting.communicate(b".")
