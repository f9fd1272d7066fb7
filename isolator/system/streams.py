"""stdin, stdout and stderr as they are in a pipeline: closed from the start, or by a reader that has read enough.

Neither is an error of ours: what nobody reads is dropped, and the exit code is that of the work.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, TextIO

# On Windows a pipe whose reader is gone gives EINVAL.
_NOBODY_READS = {errno.EPIPE, *({errno.EINVAL} if sys.platform == "win32" else ())}


class OutputError(OSError):
    """stdout takes no more, and that is not its reader's wish: a disk is full."""


def prepare() -> None:
    """Let nothing that is written to stdout or stderr raise, except OutputError where results would be lost."""
    _fill_gaps()
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123
    sys.stdout = _dropping(sys.stdout, results=True)
    sys.stderr = _dropping(sys.stderr, results=False)


def _fill_gaps() -> None:
    """Open what is closed: else the next file that is opened has the number, and gets what is printed."""
    opened = os.open(os.devnull, os.O_RDWR)
    while opened <= 2:
        opened = os.open(os.devnull, os.O_RDWR)
    os.close(opened)


def _dropping(stream: TextIO | None, *, results: bool) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123
    if not isinstance(stream, io.TextIOWrapper):
        return stream  # somebody has put it there
    encoding, errors, line_buffering = stream.encoding, stream.errors, stream.line_buffering
    binary = stream.detach()
    raw = binary.detach() if isinstance(binary, io.BufferedWriter) else binary  # with `python -u` there is no buffer
    buffered = io.BufferedWriter(_Dropping(raw, results))
    return io.TextIOWrapper(buffered, encoding, errors, line_buffering=line_buffering)


class _Dropping(io.RawIOBase):
    """A file that drops what cannot be written to ``inner``; of ``results`` only what nobody wants to read."""

    def __init__(self, inner: Any, results: bool) -> None:  # noqa: ANN401
        self._inner, self._results, self._gone = inner, results, False

    def write(self, data: Any) -> int:  # noqa: ANN401
        """Write it, or drop it."""
        size = memoryview(data).nbytes
        if self._gone:
            return size
        try:
            written: int | None = self._inner.write(data)
        except OSError as error:
            self._gone = True
            if self._results and error.errno not in _NOBODY_READS:
                raise OutputError(error.errno, error.strerror) from None
            return size
        return size if written is None else written

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def fileno(self) -> int:
        """That of the file."""
        return int(self._inner.fileno())

    def isatty(self) -> bool:
        """Whether somebody watches."""
        return bool(self._inner.isatty())
