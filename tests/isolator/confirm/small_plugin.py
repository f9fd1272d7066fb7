"""A plugin for the tests of ``proving``: appends what each test did, and left in the environment, to a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

LOG = Path(os.environ.pop("SMALL_LOG"))
REVERSED = os.environ.pop("SMALL_REVERSED") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if REVERSED:
        items.reverse()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = dict(os.environ)
    result = yield
    after = {**os.environ, "PYTEST_CURRENT_TEST": ""}
    before["PYTEST_CURRENT_TEST"] = ""
    leaks = sorted(name for name, _ in after.items() ^ before.items())
    _say({"id": item.nodeid, "leaks": sorted(set(leaks))})
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _say({"id": report.nodeid, "failed": True})


def _say(line: dict[str, object]) -> None:
    with LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
