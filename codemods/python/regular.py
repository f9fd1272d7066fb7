"""Reading files: regular ones only. A pipe would never end, and a device may do anything when it
is read.
"""

from __future__ import annotations

import errno
import os
import stat
from os import PathLike

NOT_REGULAR = "is not a regular file"
# A pipe without a writer must not stop even the opening of it; Windows has no such flag, and no
# pipes among its files.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
)


def read_bytes(path: str | PathLike[str]) -> bytes:
    """What is in a regular file; links are followed. Raises OSError: NOT_REGULAR for a pipe, a
    socket or a device.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENODEV):  # a socket, or a device that is not there
            raise OSError(errno.EINVAL, NOT_REGULAR, os.fspath(path)) from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, NOT_REGULAR, os.fspath(path))
        return file.read()


def read_text(path: str | PathLike[str], encoding: str = "utf-8", errors: str = "strict") -> str:
    """The text of a regular file, with ``\\n`` at the end of each line. Raises OSError, and
    UnicodeDecodeError.
    """
    text = read_bytes(path).decode(encoding, errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_python(path: str | PathLike[str]) -> str:
    """The same of a file of Python, whose encoding stands in it. Raises SyntaxError if that is
    not known, too.
    """
    import io
    import tokenize

    data = read_bytes(path)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    text = data.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n")
