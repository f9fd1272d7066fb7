"""Runs side by side: in threads here, each of which waits for a pytest, or on the workers of a cluster.

Both are an executor that calls ``run_once``, which needs nothing but what it is given and the folder.
"""

from __future__ import annotations

import os
import platform
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from isolator.pytest_runs.model import Run
from isolator.pytest_runs.run.running import Finished, Job, Planned, Runner, run_once
from isolator.system.errors import Failure
from isolator.system.files.workdir import work_folder
from isolator.system.guardian import guarded
from isolator.system.signals import undisturbed

_GLANCE = 0.5  # seconds between two looks at what has ended: Ctrl-C does not reach Windows while it waits


@dataclass(frozen=True)
class Machines:
    """Where runs are made: ``executor`` calls ``run``, so often at once, or as often as it takes where that is None."""

    executor: Executor
    run: Callable[[Job], Finished]
    at_once: int | None


@contextmanager
def threads(jobs: int) -> Iterator[Machines]:
    """So many runs at once on this machine. What still runs at the end is ended."""
    stopped = threading.Event()
    with ThreadPoolExecutor(jobs) as executor:
        try:
            yield Machines(executor, partial(run_once, stopped=stopped.is_set), jobs)
        finally:
            stopped.set()


@contextmanager
def workers(address: str, root: Path, jobs: int | None) -> Iterator[Machines]:
    """The workers of the cluster at an address, all of them or so many runs at once.

    Each needs the folder at the same path. A file in the folder ``.isolator`` below the root is there for as long as
    the runs are wanted: a worker that sees it go ends its pytest.

    Raises Failure if the cluster cannot be used, or loses one worker after the other to the same run; OSError if the
    file cannot be written.
    """
    from isolator.system.cluster import connect

    with connect(address) as executor:
        from distributed import KilledWorker

        path = work_folder(root) / f"wanted-{os.urandom(4).hex()}"
        try:
            with guarded() as guardian, guardian.temporary(path) as wanted:
                wanted.touch()
                yield Machines(executor, partial(_run_there, wanted=wanted), jobs)
        except KilledWorker as error:
            lost = error.allowed_failures + 1
            raise Failure(f"{address}: {lost} workers died, one after the other, of the same run") from None


def spread(runner: Runner, planned: Sequence[Planned], machines: Machines) -> Generator[Run, None, None]:
    """The runs, made side by side, in the order planned. Raises what making them does.

    When it is closed before its end, those that have not begun are not made.
    """
    left, going = deque(planned), deque[Future[Finished]]()
    at_once = machines.at_once or len(planned)
    try:
        while left or going:
            # One look, for a run that ends now must be taken, and what it left put back, before the next one begins.
            done = deque(future.done() for future in going)
            while done and done[0]:
                done.popleft()
                yield runner.take(going.popleft().result())
            while left and done.count(False) < at_once:
                with undisturbed():  # which starts a thread that would be waited for in the end
                    going.append(machines.executor.submit(machines.run, runner.job(left.popleft())))
                done.append(False)
            unfinished = [future for future, is_done in zip(going, done, strict=True) if not is_done]
            wait(unfinished, _GLANCE, FIRST_COMPLETED)
    finally:
        # A cluster does not say which of those it had begun.
        runner.count -= sum(future.cancel() for future in going)


def _run_there(job: Job, wanted: Path) -> Finished:
    """A run on a worker, which may have a copy of the project that the file is not in: then it comes to its end."""
    if not job.folder.is_dir():
        raise Failure(f"the worker on {platform.node()} has no {job.folder}: it needs the project at the same path")
    seen = wanted.exists()
    return run_once(job, lambda: seen and not wanted.exists())
