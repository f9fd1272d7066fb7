"""What a confirmation is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from isolator.project.tables.confirm import ORDERS, ExpectedFile, Order
from isolator.pytest_runs.model import CONFIDENCE


@dataclass(frozen=True)
class Options:
    """The words of ``isolator confirm``, with what the settings say put in. Timeouts are in seconds.

    ``arguments`` are pytest's. ``python`` is the interpreter that runs it. ``test_timeout`` ends a run in which nothing
    has begun or ended for so long, ``run_timeout`` one that takes longer as a whole.
    ``least``: fewer than ``runs`` are made where no test is undecided any more; one that never passed is so until
    there are that many. None to make all of them. ``confidence`` is that of the bound on how often a stable test fails.
    ``twice``: the run in reversed order makes each test two times in a row. ``heap``: a run that is watched is watched
    for what tests leave changed on the heap and in the process, too; if it is ``sparing``, after several tests where
    they are very short.
    ``shard`` is the number of the part of the runs to make, and of how many parts; None for all the runs.
    """

    arguments: tuple[str, ...] = ()
    python: str = ""
    runs: int = 6
    least: int | None = None
    confidence: float = CONFIDENCE
    orders: tuple[Order, ...] = ORDERS
    seed: int = 0
    alone: bool = False
    twice: bool = False
    heap: bool = True
    sparing: bool = False
    jobs: int = 1
    run_timeout: float | None = None
    test_timeout: float = 600.0
    stop_first: bool = False
    bisect: bool = True
    forbid_output: tuple[str, ...] = ()
    max_seconds: float | None = None
    expect: tuple[ExpectedFile, ...] = ()
    shard: tuple[int, int] | None = None
