"""Which tests depend on their order, found out without any of the tools that are compared: pytest in five orders.

A test is *unstable* if it passes in one order and fails in another. Each run is made in a fresh copy of the project, so
that no file which one run leaves decides the next.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

SEEDS = (1, 2, 3)
SECONDS = 600  # for one run
_PLUGIN = """
import json, os
import pytest

outcomes = {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    wanted = {name: place for place, name in enumerate(json.loads(os.environ["ORDERS_WANTED"]))}
    items.sort(key=lambda item: wanted.get(item.nodeid, -1))


def pytest_runtest_logreport(report):
    bad = report.failed or outcomes.get(report.nodeid) == "failed"
    outcomes[report.nodeid] = "failed" if bad else "passed"


def pytest_sessionfinish(session):
    with open(os.environ["ORDERS_SEEN"], "w") as file:
        json.dump(outcomes, file)
"""

Outcomes = dict[str, str]


@dataclass(frozen=True)
class Project:
    """A folder with tests, the interpreter that has what they import, and what pytest is given."""

    folder: Path
    python: Path
    tests: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name


@dataclass(frozen=True)
class Judged:
    """The orders of a suite, and how each test ended in each."""

    orders: list[list[str]]
    outcomes: list[Outcomes]

    @property
    def unstable(self) -> list[str]:
        """The tests whose outcome depends on the order."""
        return [name for name in self.orders[0] if len({seen.get(name) for seen in self.outcomes}) > 1]

    def passing(self, name: str) -> bool:
        """Whether a test passes in each order."""
        return all(seen.get(name) == "passed" for seen in self.outcomes)

    def failing_order(self, name: str) -> list[str]:
        """The shortest order known that ends with this test failing, without others that are unstable."""
        failed = [
            order[: order.index(name)]
            for order, seen in zip(self.orders, self.outcomes, strict=True)
            if seen.get(name) == "failed"
        ]
        unstable = set(self.unstable)
        return [each for each in min(failed, key=len) if each not in unstable] + [name]


def judge(project: Project, orders: Sequence[list[str]] = ()) -> Judged:
    """Run the tests in these orders; by default as they are collected, reversed, and shuffled three times."""
    if not orders:
        given = _run(project, [])
        orders = [list(given), list(given)[::-1], *(_shuffled(given, seed) for seed in SEEDS)]
    return Judged(list(orders), [_run(project, order) for order in orders])


def copied(project: Project, folder: Path) -> Project:
    """The project in another folder, of the same name."""
    target = folder / project.name
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".git", ".isolator")
    shutil.copytree(project.folder, target, ignore=ignored, symlinks=True)
    return Project(target, project.python, project.tests)


def _shuffled(names: Iterable[str], seed: int) -> list[str]:
    shuffled = list(names)
    random.Random(seed).shuffle(shuffled)
    return shuffled


def _run(project: Project, order: list[str]) -> Outcomes:
    with tempfile.TemporaryDirectory() as name:
        here, seen = copied(project, Path(name)), Path(name) / "seen.json"
        (Path(name) / "plugin").mkdir()
        (Path(name) / "plugin" / "orders_plugin.py").write_text(_PLUGIN, encoding="utf-8")
        environment = os.environ | {
            "ORDERS_WANTED": json.dumps(order),
            "ORDERS_SEEN": str(seen),
            "PYTHONPATH": str(Path(name) / "plugin"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "orders_plugin"]
        command = [str(here.python), "-m", "pytest", *options, *here.tests]
        done = subprocess.run(
            command, cwd=here.folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if not seen.is_file():
            raise RuntimeError(f"pytest exits with {done.returncode} in {project.folder}: {done.stdout[-1000:]}")
        outcomes: Outcomes = json.loads(seen.read_text(encoding="utf-8"))
        return outcomes
