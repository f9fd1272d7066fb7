"""What ``patch.dict`` on the environment costs and what other threads see of it, beside ``monkeypatch``.

    python -m benchmarks.patch_dict [SECONDS]

For some seconds each, a test's body (set one variable, put it back) is run over and over while a second thread reads
``PATH``, which nobody changes: from ``os.environ``, and by ``getenv`` of the C library where there is one. Then the
body is run alone, for the time and the number of changes of the C environment that one run takes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from unittest.mock import patch

import pytest

_VARIABLE = "ISOLATOR_BENCHMARK"
_ROUNDS = 2000


def _patch_dict() -> None:
    with patch.dict(os.environ, {_VARIABLE: "1"}):
        pass


def _monkeypatch() -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(_VARIABLE, "1")


def _from_python() -> bool:
    return "PATH" in os.environ


def _from_c() -> Callable[[], bool] | None:
    """Whether ``getenv("PATH")`` finds something, as C code asks; None where C's ``getenv`` cannot be reached."""
    if os.name != "posix":
        return None
    getenv = ctypes.PyDLL(None).getenv  # which keeps Python's lock: getenv beside unsetenv may crash
    getenv.restype, getenv.argtypes = ctypes.c_char_p, [ctypes.c_char_p]
    return lambda: getenv(b"PATH") is not None


def _missed(body: Callable[[], None], reads: Callable[[], bool], seconds: float) -> tuple[int, int]:
    """How many reads in another thread found nothing while the body ran over and over, and how many there were."""
    over = threading.Event()
    counts = [0, 0]

    def read() -> None:
        while not over.is_set():
            counts[reads()] += 1

    thread = threading.Thread(target=read)
    thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        body()
    over.set()
    thread.join()
    return counts[False], sum(counts)


def _cost(body: Callable[[], None]) -> tuple[float, float]:
    """Microseconds of one run of the body, and how often it changes the C environment."""
    started = time.perf_counter()
    for _ in range(_ROUNDS):
        body()
    microseconds = (time.perf_counter() - started) / _ROUNDS * 1e6
    events: list[str] = []
    _hooks.append(events)
    body()
    _hooks.clear()
    return microseconds, len(events)


_hooks: list[list[str]] = []


def _hook(event: str, _: tuple[object, ...]) -> None:
    if _hooks and event in ("os.putenv", "os.unsetenv"):
        _hooks[0].append(event)


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    sys.addaudithook(_hook)
    print(f"Python {platform.python_version()}, {len(os.environ)} variables in the environment")
    for name, reads in (("os.environ", _from_python), ("C getenv", _from_c())):
        for body in (_patch_dict, _monkeypatch) if reads is not None else ():
            missed, total = _missed(body, reads or _from_python, seconds)
            share = f"{missed / total:.2%} of {total} reads of PATH found nothing"
            print(f"{name:<11} {body.__name__.lstrip('_'):<12} {share}")
    for body in (_patch_dict, _monkeypatch):
        microseconds, changes = _cost(body)
        cost = f"{microseconds:.1f} µs, {changes} changes of the C environment"
        print(f"{'cost':<11} {body.__name__.lstrip('_'):<12} {cost}")


if __name__ == "__main__":
    main()
