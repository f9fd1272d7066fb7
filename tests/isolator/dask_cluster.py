"""A Dask cluster of this machine, of real processes, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from distributed import Client

_SERVER = [sys.executable, "-m", "dask"]
_COMMON = ["--no-dashboard", "--host", "127.0.0.1"]


@dataclass(frozen=True)
class Cluster:
    """``address`` is what ``--executor`` is given; a worker may have a nanny, whose process it is then."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: Sequence[subprocess.Popen[bytes]]

    def client(self) -> Client:
        """A client of our own."""
        return Client(self.address.replace("dask", "tcp"), set_as_default=False)


@contextmanager
def cluster(
    folder: Path,
    workers: int = 2,
    *,
    command: Sequence[str] = (*_SERVER, "worker"),
    words: Sequence[str] = ("--no-nanny",),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Cluster]:
    """A scheduler and its workers, with a thread each; what they say is in ``folder``, in which they start."""
    variables = {**os.environ, **(environment or {})}
    file = folder / "scheduler.json"
    with (folder / "dask.log").open("wb") as log:

        def start(words: Sequence[str]) -> subprocess.Popen[bytes]:
            return subprocess.Popen([*words, *_COMMON], cwd=folder, env=variables, stdout=log, stderr=log)

        processes = [start([*_SERVER, "scheduler", "--port", "0", "--scheduler-file", str(file)])]
        try:
            address = _address(file, processes[0])
            own = [*command, address, "--nthreads", "1", "--local-directory", str(folder), *words]
            processes += [start(own) for _ in range(workers)]
            found = Cluster(address.replace("tcp", "dask"), processes[0], processes[1:])
            if workers:
                with found.client() as client:
                    client.wait_for_workers(workers, timeout=30)
            yield found
        finally:
            for process in processes[1:]:
                process.terminate()  # a nanny ends its worker, as long as there is a scheduler
            for process in (*processes[1:], processes[0]):
                _end(process)


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
