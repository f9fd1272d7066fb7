"""No signal, at no moment, leaves a file torn, a process running or anything temporary behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.isolator.interruptions import COMMANDS, SIGNALS, plan, run

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")


def check(signals: int, seed: int) -> None:
    found = run(signals, seed)
    assert (found.torn, found.processes, found.temporary) == ([], [], [])


def test_a_few_signals() -> None:
    check(len(SIGNALS), seed=1)


@pytest.mark.slow
def test_many_signals() -> None:
    check(int(os.environ.get("ISOLATOR_SIGNALS", "200")), seed=0)


def test_the_plan() -> None:
    planned = plan(40, seed=3)
    assert planned == plan(40, seed=3)
    assert {each.signal for each in planned} == set(SIGNALS)
    assert len({(each.signal, each.command) for each in planned}) == 20
    few = planned[: len(SIGNALS)]
    assert {each.signal for each in few} == set(SIGNALS) and {each.command for each in few} == set(COMMANDS)
