"""A process that puts in order what isolator leaves if it ends by what no handler catches: SIGKILL, a crash, no memory.

isolator tells it of each thing before it begins with it, and again when it is done. The pipe between them ends when
isolator does, and then the guardian does what has not been called off: it ends processes, removes files and folders,
and puts files on trial back, in this order.

On POSIX it has a session of its own, so that what ends the group of isolator, or its terminal, does not end it. On
Windows it has a group of its own, which Ctrl-C does not reach; closing the window of the console ends all that belongs
to it, pytest and the guardian too: the files on trial are put back by the next `isolator fix --write` then, and the
temporary folder stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

# A process that puts things in order when it is told to end; one that leads a group; a file or a folder; a project.
Duty = Literal["stop", "end", "remove", "restore"]

_DUTIES: tuple[Duty, ...] = ("stop", "end", "remove", "restore")
_PATIENCE = 600.0  # seconds for another isolator to end, which puts the files back itself when it begins
_MOMENT = 2.0  # seconds for the guardian to end
# Neither the current directory, that is the user's, nor packages are looked for: this starts in a few milliseconds.
_CODE = "import sys; sys.path.append(sys.argv[1]); from isolator.system.guardian import stand; stand()"


class Guardian:
    """The process, as isolator sees it. Raises OSError if it cannot be started.

    One that has ended is told things, too, and does nothing: what is guarded goes on without it.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, str(Path(__file__).parents[2])],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def take(self, duty: Duty, what: object) -> None:
        """From now on this is done if isolator ends."""
        self._tell(True, duty, what)

    def call_off(self, duty: Duty, what: object) -> None:
        """It need not be done any more."""
        self._tell(False, duty, what)

    @contextmanager
    def temporary(self, path: Path) -> Iterator[Path]:
        """A path that does not exist yet: the file or folder created there meanwhile is removed at the end."""
        self.take("remove", path)
        try:
            yield path
        finally:
            remove(path)
            if not path.exists():  # on Windows something may still be open
                self.call_off("remove", path)

    def close(self) -> None:
        """Let it end, after it has done what was not called off; for a moment that is waited for."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        # To put files back it may have to wait until we have ended, for we hold the lock.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_MOMENT)

    def _tell(self, *words: object) -> None:
        line = json.dumps([word if isinstance(word, bool) else str(word) for word in words])
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.write(f"{line}\n".encode())


class _Shared:
    """The guardian of this process, while it has any, and how many use it."""

    lock = threading.Lock()
    guardian: Guardian | None = None
    users = 0


@contextmanager
def guarded() -> Iterator[Guardian]:
    """The guardian of this process: started by the first who needs it, and there until the last one does not.

    Raises OSError if it cannot be started.
    """
    with _Shared.lock:
        guardian = _Shared.guardian = _Shared.guardian or Guardian()
        _Shared.users += 1
    try:
        yield guardian
    finally:
        with _Shared.lock:
            _Shared.users -= 1
            if not _Shared.users:
                _Shared.guardian = None
                guardian.close()


def stand() -> None:
    """What the guardian does: listens until isolator has ended, and does then what is left, saying so on stderr."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # Whoever ends a whole job with these means isolator, which needs its guardian until it has ended.
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    left: dict[tuple[str, str], None] = {}
    for line in sys.stdin.buffer:
        with contextlib.suppress(ValueError):  # one that was cut off
            taken, duty, what = json.loads(line)
            left[duty, what] = None
            if not taken:
                del left[duty, what]
    for duty in _DUTIES:
        # What was made last goes first, as in isolator itself: a lock outlives what it stands for.
        for what in [what for kind, what in reversed(left) if kind == duty]:
            _do(duty, what)


def _do(duty: Duty, what: str) -> None:
    if duty == "stop":
        with contextlib.suppress(OSError):
            os.kill(int(what), signal.SIGTERM)
    elif duty == "end":
        from isolator.system.processes import end_group

        end_group(int(what))
    elif duty == "remove":
        remove(Path(what))
    else:
        _restore(Path(what))


def remove(path: Path) -> None:
    """Removes a file or a folder; what cannot be removed stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


def _restore(root: Path) -> None:
    from isolator.system.files.workdir import BusyError, exclusive, pending
    from isolator.system.journal import restore

    if not pending(root):
        return
    try:
        with exclusive(root, _PATIENCE):
            if not pending(root):
                return
            lines = ["isolator was ended: the files on trial have been restored", *restore(root)]
    except (BusyError, OSError, ValueError) as error:
        lines = [f"isolator was ended, and its files on trial cannot be restored: {error}"]
    with contextlib.suppress(OSError):  # nobody listens any more
        os.write(2, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
