"""Traced tests: the line that changes something, and the end of the patience with a test that takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from isolator.pytest_runs.plugin.frames import CODE
from isolator.pytest_runs.plugin.state import lines as tracing
from isolator.pytest_runs.plugin.state.nodes import Node

app: Any = ModuleType("app")
OFTEN = 2000


class Project(dict[str, int]):
    """Every file is of the project."""

    def __missing__(self, name: str) -> int:
        return CODE

    def relative(self, name: str) -> str:
        """Its name."""
        return name


@pytest.fixture(autouse=True)
def other_tracing() -> Iterator[None]:
    """What else traces, as coverage does, goes on."""
    before = sys.gettrace()
    yield
    sys.settrace(before)


def changes() -> None:
    """Many lines, and one that changes something."""
    for number in range(OFTEN):
        str(number)
    app.name = "changed"


def traced() -> dict[str, tuple[str, int] | None]:
    """What is found of a test that changes ``app.name``."""
    app.name = "app"
    lines = tracing.Lines(Project(), {"test": ["app.name"]})  # type: ignore[arg-type]
    node = Node("app.", vars(app), spaced=True, owner=app)
    lines.start("test", SimpleNamespace(watched=lambda: [node], walk=SimpleNamespace(caches=[])))  # type: ignore[arg-type]
    changes()
    return lines.stop()


def test_the_line_is_found() -> None:
    line = changes.__code__.co_firstlineno + 4
    assert traced() == {"app.name": (__file__, line)}


@pytest.mark.parametrize("limit", ["_LONG", "_MOST"])
def test_a_test_that_takes_long_is_traced_no_further(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it changes later is seen at its end, without a line."""
    monkeypatch.setattr(tracing, limit, {"_LONG": 0.0, "_MOST": OFTEN}[limit])
    assert traced() == {"app.name": None}
