"""An executor on a running Dask cluster, whose scheduler the user names."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import os
import platform
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from isolator.system.errors import Failure

if TYPE_CHECKING:
    from distributed import Client

_PACKAGE = "pytest-isolator"
_PATIENCE = 10  # seconds that the scheduler may take to answer, and a first worker to come
_DESERTED = 60  # seconds without a worker until the work is given up


@contextmanager
def connect(address: str, folders: Sequence[str] = ()) -> Iterator[Executor]:
    """The executor of the cluster at ``address``, which is ``dask://HOST:PORT``; its workers are never stopped.

    ``folders`` are absolute paths of directories that every worker has to see.

    Submitted tasks that are not done by the end are cancelled. If a worker dies, another one does its task. A task that
    kills several workers in turn raises the cluster's ``KilledWorker`` from its future.

    Raises Failure if there is no such scheduler or it has no workers, if a worker has another isolator or another
    Python than this process or does not see a folder, if ``distributed`` is not installed, and when the scheduler, or
    every worker for a minute, is lost in between.
    """
    host = _host(address)
    try:
        from distributed import Client
    except ImportError:
        raise Failure(_missing(address)) from None
    _silence()
    deserted = threading.Event()
    try:
        client = Client(f"tcp://{host}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Failure(f"{address}: no Dask scheduler answers there: {error}") from None
    try:
        _compare(client, address)
        _look_for(folders, client, address)
        # Not pure: a task that failed is tried again, and Dask does not look for an earlier result of the same call.
        executor = client.get_executor(pure=False)
        ended = threading.Event()
        watch = threading.Thread(target=_watch, args=(client, executor, ended, deserted), daemon=True)
        watch.start()
        try:
            yield executor
        finally:
            ended.set()
            watch.join()
            executor.shutdown(wait=False)
    except Exception as error:
        if deserted.is_set():
            raise Failure(f"{address}: there has been no worker for {_DESERTED} seconds") from None
        lost = isinstance(error, CancelledError) or client.status != "running"
        if not lost or isinstance(error, Failure):
            raise
        raise Failure(f"{address}: the connection to the scheduler is lost") from None
    finally:
        client.close(timeout=1)


def died(address: str) -> type[Exception]:
    """What a future raises if several workers died over its task. Raises Failure if Dask is not installed."""
    try:
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise Failure(_missing(address)) from None
    killed: type[Exception] = KilledWorker
    return killed


def _missing(address: str) -> str:
    return f"{address} needs Dask: pip install '{_PACKAGE}[dask]'"


def _host(address: str) -> str:
    """``HOST:PORT`` of an address. Raises Failure if it is not one."""
    url = urlsplit(address)
    try:
        valid = url.scheme == "dask" and url.hostname and url.port and address == f"dask://{url.netloc}"
    except ValueError:  # a port that is not a number
        valid = False
    if not valid or "@" in url.netloc:
        raise Failure(f"{address!r} is not the address of a cluster, which is dask://HOST:PORT")
    return url.netloc


def _compare(client: Client, address: str) -> None:
    """Raises Failure unless every worker has the isolator and the Python of this process."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)  # one that died may be on its way back
    except (TimeoutError, asyncio.TimeoutError):  # the same class since Python 3.11
        raise Failure(f"{address}: the scheduler has no workers") from None
    # Functions of the standard library, because they can be called where isolator is not installed.
    versions = client.run(importlib.metadata.version, _PACKAGE, on_error="return")
    pythons = client.run(platform.python_version_tuple, on_error="return")
    own, python = importlib.metadata.version(_PACKAGE), platform.python_version_tuple()
    for worker, version in versions.items():
        if isinstance(version, importlib.metadata.PackageNotFoundError):
            raise Failure(f"{address}: isolator is not installed for the worker {worker}; it needs {_PACKAGE} {own}")
        if isinstance(version, str) and version != own:  # otherwise an error: the worker has just gone
            raise Failure(f"{address}: the worker {worker} has isolator {version}, and this is {own}")
    for worker, other in pythons.items():
        # Parsers and pickles differ between minor versions.
        if isinstance(other, tuple) and other[:2] != python[:2]:
            names = [".".join(version) for version in (other, python)]
            raise Failure(f"{address}: the worker {worker} runs Python {names[0]}, and this is {names[1]}")


def _look_for(folders: Sequence[str], client: Client, address: str) -> None:
    """Raises Failure unless every worker sees the folders."""
    for folder in folders:
        for worker, there in client.run(os.path.isdir, folder, on_error="return").items():
            if there is False:
                leave_out = "--ignore ISO2,ISO3,ISO402,ISO403,ISO408,ISO409"
                remedy = f"share it with the workers, or ignore the rules that look things up: {leave_out}"
                raise Failure(f"{address}: the worker {worker} does not see {folder}; {remedy}")


def _watch(client: Client, executor: Executor, ended: threading.Event, deserted: threading.Event) -> None:
    """Cancels submitted tasks once there has been no worker for a while: waiting for them would never end."""
    last = time.monotonic()
    while not ended.wait(_DESERTED / 10):
        try:
            if client.nthreads():
                last = time.monotonic()
        except Exception:  # a scheduler that is lost is noticed where the work is waited for
            return
        if time.monotonic() - last >= _DESERTED:
            deserted.set()
            executor.shutdown(wait=False)
            return


def _silence() -> None:
    """Keeps Dask's log off stderr: errors that matter are raised."""
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
