"""CPU seconds, of this process and of commands."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence


def of_command(command: Sequence[str], codes: Sequence[int] = (0, 1), runs: int = 3, seed: int | None = None) -> float:
    """The least CPU seconds (user and system, with its own children) of several runs of a command.

    What is installed is compiled once: so it is here, by the first run, whatever the shell says of bytecode. Which
    hashes collide, and so the time, depends on the ``seed``: what is compared is given the same one.
    Raises RuntimeError, with what it wrote to stderr, if it exits with another code.
    """
    return min(_once(command, codes, seed) for _ in range(runs))


def _once(command: Sequence[str], codes: Sequence[int], seed: int | None) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if seed is not None:
        environment["PYTHONHASHSEED"] = str(seed)
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=environment)
    after = os.times()
    if done.returncode not in codes:
        raise RuntimeError(f"{' '.join(command)} exits with {done.returncode}: {done.stderr.decode()[-2000:]}")
    return after.children_user - before.children_user + after.children_system - before.children_system


def timed(function: Callable[[], object]) -> float:
    """The CPU seconds of one call in this process."""
    start = time.process_time()
    function()
    return time.process_time() - start


def report(name: str, ratio: float, bound: str, holds: bool) -> None:
    """Print one ratio beside its bound."""
    print(f"{name}: {ratio:.2f} ({bound}: {'yes' if holds else 'NO'})")
