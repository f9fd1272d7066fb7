"""What a confirmation is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from isolator.pytest_runs.model import ORDERS, Order


@dataclass(frozen=True)
class Expected:
    """What a file must be like. ``path`` is relative to the root; see ``expecting`` for what each of the rest asks."""

    path: str
    matches: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    min_lines: int | None = None


@dataclass(frozen=True)
class Options:
    """The words of ``isolator confirm``, with what the settings say put in. Timeouts are in seconds.

    ``arguments`` are pytest's. ``python`` is the interpreter that runs it. ``test_timeout`` ends a run in which nothing
    has begun or ended for so long, ``run_timeout`` one that takes longer as a whole.
    ``shard`` is the number of the part of the runs to make, and of how many parts; None for all the runs.
    """

    arguments: tuple[str, ...] = ()
    python: str = ""
    runs: int = 6
    orders: tuple[Order, ...] = ORDERS
    seed: int = 0
    alone: bool = False
    jobs: int = 1
    run_timeout: float | None = None
    test_timeout: float = 600.0
    stop_first: bool = False
    bisect: bool = True
    forbid_output: tuple[str, ...] = ()
    max_seconds: float | None = None
    expect: tuple[Expected, ...] = ()
    shard: tuple[int, int] | None = None
