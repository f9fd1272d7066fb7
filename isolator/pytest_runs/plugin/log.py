"""The files that are written while tests run, which may do anything to their process."""

from __future__ import annotations

import json
import os
from pathlib import Path

# Tests may replace these by mocks while a hook of ours runs, and attributes of their classes by other values.
_fstat, _open, _write = os.fstat, os.open, os.write
_encode = json.JSONEncoder(separators=(", ", ": ")).encode


def encoded(*event: object) -> bytes:
    """An event as a line, a JSON array."""
    return (_encode(event) + "\n").encode()


class Log:
    """A file that lines are appended to, whatever tests do to the descriptors of their process."""

    def __init__(self, path: Path) -> None:
        # A test may leave this directory, and remove it.
        self.path = os.path.abspath(path)  # noqa: PTH100
        self.open()

    def open(self) -> None:
        """Open it, again if need be."""
        self.descriptor = _open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        status = _fstat(self.descriptor)
        self.identity = status.st_dev, status.st_ino

    def write(self, line: bytes) -> None:
        """Append a line at once: what was written is there even if the process dies."""
        # `os.closerange(3, 256)`, as daemons have it: the number may be a file of the test's by now, or of none.
        try:
            status = _fstat(self.descriptor)
        except OSError:
            self.open()
        else:
            if (status.st_dev, status.st_ino) != self.identity:
                self.open()
        _write(self.descriptor, line)
