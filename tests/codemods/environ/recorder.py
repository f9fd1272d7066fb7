"""A conftest for the suites that the tests write: it records what the environment holds wherever ``look()`` is called.

It is copied as it stands and runs in the process of the suite. Variables count if their name is one letter, so that
what the machine has set does not matter. After each test it notes which of them were left changed and puts them back,
so that no test of the suite depends on another.
"""

import builtins
import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest

RECORD: dict[str, dict[str, object]] = {}
SEEN: list[dict[str, str]] = []


def now() -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if len(name) == 1}
    return {**found, "PATH": "set"} if "PATH" in os.environ else found


def look(value: object = None) -> object:
    SEEN.append(now())
    return value


builtins.look = look  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    SEEN.clear()
    before = dict(os.environ)
    result = yield
    after = now()
    clean = {name: value for name, value in before.items() if len(name) == 1 or name == "PATH"}
    clean["PATH"] = "set"
    RECORD.setdefault(item.nodeid, {}).update(seen=list(SEEN), left=[] if after == clean else sorted(after.items()))
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcomes = RECORD.setdefault(report.nodeid, {}).setdefault("outcomes", [])
    assert isinstance(outcomes, list)
    outcomes.append(f"{report.when} {report.outcome}")
    RECORD[report.nodeid][f"seen by {report.when}"] = list(range(len(SEEN)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    Path(session.config.rootpath, "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
