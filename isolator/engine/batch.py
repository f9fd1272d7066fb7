"""Many files: read, given to the engine, in this process or in several. Nothing is written here."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from codemods.python.regular import read_bytes
from codemods.rule import ExtensionError, Finding
from isolator.engine.engine import Kept, Rewrite
from isolator.project.discovery import File

PATIENCE = 1.0  # seconds of work that other processes must not be started for


class Work(Protocol):
    """What is done to one file: ``engine.check`` or ``engine.rewrite`` with a context; it must be picklable."""

    def __call__(self, data: bytes, path: str, *, tests: tuple[str, ...] | None) -> Rewrite: ...


WorkFor = Callable[[Sequence[File]], Work]  # what is done to some of the files, which is all that is sent with them


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``after`` is None unless it differs; ``before`` is None then only for a new file.

    ``error`` says why it failed, and ``unreadable`` that this is because it is not valid Python; ``skipped`` is
    such an error of a file that nobody asked for, which does not count. ``problems`` are about single rewrites that are
    left out. ``kept`` is what a later run may take from it.
    """

    file: File
    before: bytes | None = None
    after: bytes | None = None
    fixed: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    error: str | None = None
    unreadable: bool = False
    skipped: str | None = None
    problems: tuple[str, ...] = ()
    kept: Kept | None = None

    @property
    def errors(self) -> tuple[str, ...]:
        """All that is reported as ISO000."""
        return (*((self.error,) if self.error is not None else ()), *self.problems)


def run(files: Sequence[File], work_for: WorkFor, jobs: int, patience: float = PATIENCE) -> Iterator[Outcome]:
    """The outcome of each file, in the order of the files.

    The first ``patience`` seconds are worked through in this process, for most runs need no more; the rest is
    spread over ``jobs`` processes. A process that dies costs at most the one file that killed it.
    """
    work = work_for(files)
    started = time.monotonic()
    for done, file in enumerate(files):
        if jobs > 1 and len(files) - done > 1 and time.monotonic() - started >= patience:
            from isolator.engine.spreading import over_processes

            yield from over_processes(files[done:], work_for, jobs)
            return
        yield do(file, work)


@dataclass(frozen=True)
class Given:
    """A file that has been read: what is in it, None for one that does not exist yet, or why it cannot be read."""

    file: File
    before: bytes | None = None
    error: str | None = None


def do(file: File, work: Work) -> Outcome:
    """The outcome of one file; whatever goes wrong with it is in ``error``."""
    return do_given(read(file), work)


def do_given(given: Given, work: Work) -> Outcome:
    """The outcome of a file that has been read, or could not be."""
    if given.error is not None:
        return Outcome(given.file, error=given.error)
    return do_bytes(given.file, given.before, work)


def read(file: File) -> Given:
    """What is in a file, or what is wrong with it."""
    if file.problem is not None:
        return Given(file, error=file.problem)
    try:
        return Given(file, read_bytes(file.path))
    except OSError as error:
        if file.may_be_new and isinstance(error, FileNotFoundError):
            return Given(file)
        return Given(file, error=_unreadable(file, error))


def do_bytes(file: File, before: bytes | None, work: Work) -> Outcome:
    """The same for a file that has been read; None stands for one that does not exist yet."""
    data = before or b""
    for test in file.tests or ():
        if not _mentions(data, test.partition("::")[0]):
            return Outcome(file, error=f"has no test {test!r}")
    try:
        result = work(data, file.name, tests=file.tests)
    except ExtensionError as error:
        return Outcome(file, error=str(error))
    except Exception as error:
        return Outcome(file, error=_bug(error))
    if result.source == data or result.error is not None:
        return Outcome(
            *(file, None, None, result.fixed, result.left, result.error, result.unreadable),
            problems=result.problems,
            kept=result.kept,
        )
    return Outcome(file, before, result.source, result.fixed, result.left, problems=result.problems)


def _mentions(data: bytes, name: str) -> bool:
    # A name that is not ASCII may stand there in another encoding.
    return not name.isascii() or re.search(rb"(?<!\w)%s(?!\w)" % re.escape(name.encode()), data) is not None


def _unreadable(file: File, error: OSError) -> str:
    path = Path(file.path)
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"is a link to {str(path.readlink())!r}, which does not exist"
    return (error.strerror or str(error)).lower()


def _bug(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "nowhere"
    message = " ".join(str(error).split())
    return f"isolator failed on it, which is a bug: {type(error).__name__}: {message} ({where})"
