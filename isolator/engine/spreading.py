"""Files spread over the processes of an executor, on this machine or on a cluster."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

from isolator.engine.batch import Given, Outcome, Work, WorkFor, do, do_given, read
from isolator.project.discovery import File
from isolator.system.errors import Failure
from isolator.system.signals import ENDING, undisturbed

_MOST_FILES = 32  # that one process is given at a time
_MOST_BYTES = 1 << 16  # that are sent at a time to another machine, or one file
_PER_PROCESS = 16  # chunks that are handed out for each process, done or not: one slow file must not hold up the others
_ON_CLUSTER = 200  # chunks that are handed out to a cluster
_MAX_PROCESSES = 61  # more than that Windows cannot wait for

Item = TypeVar("Item", File, Given)


@dataclass(frozen=True)
class _Workers(Generic[Item]):
    """Who does what. ``opened`` gives a new executor for each use; ``died`` is what it raises if a process died.

    ``window`` chunks are in its hands at a time.
    """

    opened: Callable[[], AbstractContextManager[Executor]]
    died: type[Exception]
    do_all: Callable[[Sequence[Item], Work], list[Outcome]]
    work_for: Callable[[Sequence[Item]], Work]
    window: int

    def work_on(self, chunks: Iterable[Sequence[Item]]) -> Iterator[tuple[Item, Outcome | None]]:
        """Each item with its outcome, in their order; None for one that kills the process that works on it."""
        left = iter(chunks)
        handed_out: deque[Sequence[Item]] = deque()
        while True:
            try:
                with self.opened() as executor:
                    yield from self._in_order(executor, left, handed_out)
                return
            except self.died:
                # The first chunk without an outcome may hold the file that killed the process, or may not: file by
                # file, with nothing else on the way, it comes out. Then the others have a new executor.
                chunk = handed_out.popleft()
            if self.window == 1:
                yield chunk[0], None
            else:
                yield from replace(self, window=1).work_on([item] for item in chunk)

    def _in_order(
        self, executor: Executor, left: Iterator[Sequence[Item]], handed_out: deque[Sequence[Item]]
    ) -> Iterator[tuple[Item, Outcome | None]]:
        futures: deque[Future[list[Outcome]]] = deque()
        for chunk in handed_out:  # to an executor of which a process died
            futures.append(self._submitted(executor, chunk))
        while True:
            for chunk in islice(left, self.window - len(futures)):
                handed_out.append(chunk)
                futures.append(self._submitted(executor, chunk))
            if not futures:
                return
            outcomes = futures.popleft().result()
            yield from zip(handed_out.popleft(), outcomes, strict=True)

    def _submitted(self, executor: Executor, chunk: Sequence[Item]) -> Future[list[Outcome]]:
        # This starts processes: one that was started when a signal comes would be known to nobody, and be waited for in
        # the end.
        with undisturbed():
            return executor.submit(self.do_all, chunk, self.work_for(chunk))


def over_processes(files: Sequence[File], work_for: WorkFor, jobs: int) -> Iterator[Outcome]:
    """The outcome of each file, in their order. A process that dies costs at most the one file that killed it."""
    from concurrent.futures.process import BrokenProcessPool

    jobs = min(jobs, len(files), _MAX_PROCESSES)
    size = max(1, min(_MOST_FILES, len(files) // (jobs * _PER_PROCESS)))
    chunks = (files[start : start + size] for start in range(0, len(files), size))
    workers = _Workers(partial(_pool, jobs), BrokenProcessPool, _do_files, work_for, jobs * _PER_PROCESS)
    for file, outcome in workers.work_on(chunks):
        yield _killer(file) if outcome is None else outcome


def over_cluster(
    files: Iterable[File], work_for: WorkFor, address: str, folders: Sequence[str] = ()
) -> Iterator[Outcome]:
    """The same on a Dask cluster: files are read here, sources travel there, and what comes of them comes back.

    ``folders`` are what the work itself reads, there too. Raises Failure as ``connect`` does.
    """
    from isolator.system.cluster import connect, died

    def work(givens: Sequence[Given]) -> Work:
        return work_for([given.file for given in givens])

    workers = _Workers(partial(connect, address, folders), died(address), _do_givens, work, _ON_CLUSTER)
    try:
        for given, outcome in workers.work_on(_chunks(map(read, files))):
            if outcome is None:
                yield _killer(given.file)
            else:
                yield outcome if outcome.after is None else replace(outcome, before=given.before)
    except Failure:
        raise
    except Exception as error:  # each file's own are in its outcome
        raise Failure(f"{address}: the cluster failed: {' '.join(str(error).split())}") from None


def _chunks(files: Iterable[Given]) -> Iterator[list[Given]]:
    chunk: list[Given] = []
    size = 0
    for given in files:
        more = len(given.before or b"")
        if chunk and (size + more > _MOST_BYTES or len(chunk) == _MOST_FILES):
            yield chunk
            chunk, size = [], 0
        chunk.append(given)
        size += more
    if chunk:
        yield chunk


def _killer(file: File) -> Outcome:
    return Outcome(file, error="killed the process that worked on it: out of memory, or nested too deep")


@contextmanager
def _pool(jobs: int) -> Iterator[Executor]:
    from concurrent.futures import ProcessPoolExecutor

    with _without_current_directory():
        pool = ProcessPoolExecutor(jobs, initializer=_end_when_interrupted)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _without_current_directory() -> Iterator[None]:
    """A Python that is started meanwhile, and not forked, imports nothing from there (since Python 3.11)."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _do_files(files: Sequence[File], work: Work) -> list[Outcome]:
    return [do(file, work) for file in files]


def _do_givens(files: Sequence[Given], work: Work) -> list[Outcome]:
    # What was sent here need not be sent back.
    return [replace(do_given(given, work), before=None) for given in files]


def _end_when_interrupted() -> None:
    # At once and without a traceback: what Ctrl-C means is the parent's affair, and it has sole charge of writing.
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process when its parent has ended, killed for example: it would wait for work without end."""
    from multiprocessing import connection, parent_process

    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
