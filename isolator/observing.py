"""Stand-in until the watching is there."""

from __future__ import annotations

from collections.abc import Callable

from isolator.confirm.model import Run
from isolator.confirm.planning import plan
from isolator.confirm.running import Runner
from isolator.evidence import Evidence


def watch(runner: Runner, tell: Callable[[str], None]) -> tuple[tuple[Run, ...], Evidence]:
    """The runs, and what they showed."""
    runs = tuple(runner.run(each) for each in plan(runner.options.runs, runner.options.orders, runner.options.seed))
    return runs, Evidence()
