"""Means to watch a small suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from isolator.evidence.model import Evidence
from isolator.evidence.observe import observe
from isolator.project.tables.confirm import Order
from isolator.pytest_runs.options import Options
from tests.isolator.confirm.suites import write


def observed(
    folder: Path, files: Mapping[str, str], *arguments: str, orders: tuple[Order, ...] = ("given",)
) -> Evidence:
    """What is observed of a project with these files; of indented texts the indentation goes."""
    write(folder, {"pytest.ini": "[pytest]\npythonpath = .\n", **files})
    evidence = observe(Options(arguments=arguments, orders=orders, test_timeout=60), folder, lambda _: None)
    assert evidence.problems == ()
    return evidence


def leaks(evidence: Evidence) -> list[tuple[str, str, str]]:
    """Each leak: the variable, the last part of the test's node id, file and line."""
    return [(each.variable, short(each.test), f"{each.file}:{each.line}") for each in evidence.leaks]


def edges(evidence: Evidence) -> list[tuple[str, str, str, str]]:
    """Each edge: the last part of the polluter's and the reader's node ids, the variable, file and line."""
    return [(short(e.polluter), short(e.reader), e.variable, f"{e.file}:{e.line}") for e in evidence.edges]


def short(node_id: str) -> str:
    """The last part of a node id."""
    return node_id.rpartition("::")[2]
