"""A Dask cluster of this machine, of real processes, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from distributed import Client

_SERVER = [sys.executable, "-m", "dask"]
_COMMON = ["--no-dashboard", "--host", "127.0.0.1"]
# What is measured all the time, for the dashboard, and costs more than the little work that there is.
QUIET = {
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
    "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s",
}


@dataclass(frozen=True)
class Cluster:
    """``address`` is what ``--executor`` is given; a worker may have a nanny, whose process it is then."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: Sequence[subprocess.Popen[bytes]] = ()

    def client(self) -> Client:
        """A client of our own."""
        return Client(self.address.replace("dask", "tcp"), set_as_default=False)


@contextmanager
def scheduler(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """A scheduler without workers; what it says is in ``folder``, in which it starts."""
    file = folder / "scheduler.json"
    with (folder / "scheduler.log").open("wb") as log:
        words = [*_SERVER, "scheduler", "--port", "0", "--scheduler-file", str(file)]
        process = _start(words, folder, environment, log)
        try:
            yield Cluster(_address(file, process).replace("tcp", "dask"), process)
        finally:
            _end(process)


@contextmanager
def workers(
    found: Cluster,
    folder: Path,
    number: int = 2,
    *,
    command: Sequence[str] = (*_SERVER, "worker"),
    words: Sequence[str] = ("--no-nanny",),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """The same with workers, with a thread each, which are gone at the end; they start in ``folder``."""
    address = found.address.replace("dask", "tcp")
    processes: list[subprocess.Popen[bytes]] = []
    with (folder / "workers.log").open("wb") as log:
        try:
            own = [*command, address, "--nthreads", "1", "--local-directory", str(folder), *words]
            processes += [_start(own, folder, environment, log) for _ in range(number)]
            with found.client() as client:
                client.wait_for_workers(number, timeout=30)
            yield replace(found, workers=processes)
        finally:
            for process in processes:
                process.terminate()  # a nanny ends its worker, as long as there is a scheduler
            for process in processes:
                _end(process)
            if found.scheduler.poll() is None:
                _wait_for_none(found)


def _start(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None, log: IO[bytes]
) -> subprocess.Popen[bytes]:
    variables = {**os.environ, **QUIET, **(environment or {})}
    return subprocess.Popen([*words, *_COMMON], cwd=folder, env=variables, stdout=log, stderr=log)


def _wait_for_none(found: Cluster) -> None:
    """Wait until the scheduler knows that it has no workers: it may be somebody else's next."""
    with found.client() as client:
        deadline = time.monotonic() + 30
        while client.nthreads():
            assert time.monotonic() < deadline, "the workers have not gone"
            time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:  # it waits for somebody who has gone
        process.kill()
        process.wait()


def _address(file: Path, scheduler: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and scheduler.poll() is None:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise RuntimeError("no scheduler")
