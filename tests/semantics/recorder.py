"""A conftest for the suites of ``facts_*.py``: it records what each test saw, left behind and failed with.

It is copied as it stands and runs in the process of the suite. Variables count if their name is one letter. After each
test the environment is put back; in a module that says ``shared = True``, after the last one only. ``put`` and ``drop``
stand for the code under test: what they do to the environment is seen by no one who reads the suite.
"""

from __future__ import annotations

import builtins
import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

RECORD: dict[str, dict[str, Any]] = {}
SEEN: list[str] = []
START = dict(os.environ)


def now() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if len(name) == 1}


def shown(variables: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(variables.items()))


def look(value: object = None) -> object:
    SEEN.append(shown(now()) if value is None else str(value))
    return value


def put(name: str, value: str) -> None:
    os.environ[name] = value


def drop(name: str) -> None:
    del os.environ[name]


def child(name: str) -> str:
    """The variable as a child process sees it."""
    program = f"import os; print(os.environ.get({name!r}))"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


for function in (look, put, drop, child):
    setattr(builtins, function.__name__, function)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, None]:
    SEEN.clear()
    before = now()
    RECORD[item.nodeid] = {"failed": ""}
    yield
    after = now()
    changed = {name: after.get(name, "unset") for name in {*after, *before} if after.get(name) != before.get(name)}
    RECORD[item.nodeid].update(seen=list(SEEN), left=shown(changed))
    last = nextitem is None or nextitem.path != item.path
    if last or not getattr(getattr(item, "module", None), "shared", False):
        for name in set(os.environ) - set(START):
            del os.environ[name]
        os.environ.update(START)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    yield
    if call.excinfo is not None and not RECORD[item.nodeid]["failed"]:
        RECORD[item.nodeid]["failed"] = f"{call.when} {call.excinfo.exconly()}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    Path(session.config.rootpath, "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
