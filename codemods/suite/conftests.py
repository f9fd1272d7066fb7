"""The conftests of a project, as texts: what a test may use stands in those above it."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from codemods.context import Conftest
from codemods.python.regular import read_bytes

_FIXTURE = re.compile(rb"\bfixture\b")


def read_conftests(directories: Iterable[Path]) -> Iterator[Conftest]:
    """The conftests of some directories that have fixtures; one that cannot be read is
    skipped.
    """
    for directory in directories:
        try:
            data = read_bytes(f"{directory}/conftest.py")
            if _FIXTURE.search(data):
                encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
                yield Conftest(directory.as_posix().rstrip("/") + "/", data.decode(encoding))
        except (OSError, SyntaxError, LookupError, UnicodeDecodeError):
            continue  # if it matters it is reported when it is looked at itself
