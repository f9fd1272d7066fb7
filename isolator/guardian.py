"""A process that puts files on trial back if isolator dies of what no handler catches: SIGKILL, a crash, no memory.

It waits for the end of a pipe that only isolator holds. The end comes with a word if all is well, without one if not.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from isolator.folder import BusyError, exclusive, pending
from isolator.undo import restore

_WELL = b"well"
_PATIENCE = 600.0  # seconds for another isolator to end, which puts the files back itself when it begins
# -I: neither the current directory nor what PYTHONPATH names is ours.
_CODE = "import sys; sys.path.append(sys.argv[1]); from isolator.guardian import stand; stand(sys.argv[2])"


class Guardian:
    """A context manager: the guardian stands while it lasts, and acts when this process ends without ``well``.

    Raises OSError if it cannot be started.
    """

    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-I", "-c", _CODE, str(Path(__file__).parents[1]), str(root)]
        self._word = b""
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Ctrl-C in the terminal goes to the process group of isolator, and must not reach the guardian.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def well(self) -> None:
        """Nothing is left to put back."""
        self._word = _WELL

    def __enter__(self) -> Guardian:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._word:
            self._process.communicate(self._word)
        elif self._process.stdin is not None:
            self._process.stdin.close()  # it has to wait until we have ended, for we hold the lock


def stand(root: str) -> None:
    """What the guardian does: waits, and puts back, saying so on stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.stdin.buffer.read() == _WELL:
        return
    try:
        with exclusive(Path(root), _PATIENCE):
            if not pending(Path(root)):
                return
            lines = ["isolator was ended: the files on trial are as they were before", *restore(Path(root))]
    except (BusyError, OSError, ValueError) as error:
        lines = [f"isolator was ended, and its files on trial cannot be put back: {error}"]
    sys.stderr.write("".join(f"{line}\n" for line in lines))
