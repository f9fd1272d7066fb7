"""A confirmation in small, for the tests of ``proving``: real runs of pytest, one in each of two orders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from isolator.confirm.model import Confirmation, Order, Run, Test, Verdict
from isolator.confirm.options import Options
from isolator.request import Failure

_ORDERS: tuple[Order, ...] = ("given", "reversed")


def confirm(options: Options, folder: Path, tell: Callable[[str], None]) -> Confirmation:
    """What two runs show. Raises Failure if pytest cannot begin."""
    seen = [_run(options, folder, order) for order in _ORDERS]
    tell(f"{len(seen)} runs")
    tests = {name: _test([run.get(name) for run in seen]) for name in seen[0]}
    return Confirmation(tuple(Run(order, 0, 0.1, 0) for order in _ORDERS), tests)


def _test(seen: list[tuple[bool, set[str]] | None]) -> Test:
    failed = {each is None or each[0] for each in seen}
    verdict: Verdict = "order-dependent" if len(failed) > 1 else "failing" if True in failed else "stable"
    leaks = set().union(*(each[1] for each in seen if each))
    return Test(verdict, (), leaks=tuple(sorted(leaks)))


def _run(options: Options, folder: Path, order: Order) -> dict[str, tuple[bool, set[str]]]:
    """Of each test whether it failed, and what it left changed."""
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary, "log")
        environ = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "SMALL_LOG": str(log),
            "SMALL_REVERSED": str(int(order == "reversed")),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "small_plugin", "-p", "no:cacheprovider"]
        run = subprocess.run(
            [*command, *options.arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
        if run.returncode not in (0, 1, 2):
            raise Failure(f"pytest ended with {run.returncode}")
        lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    failed = {line["id"] for line in lines if "failed" in line}
    return {line["id"]: (line["id"] in failed, set(line["leaks"])) for line in lines if "leaks" in line}
