"""A conftest for the suites that the tests write: it records what the environment holds wherever ``look()`` is called.

It is copied as it stands and runs in the process of the suite. Variables count if their name is one letter, so that
what the machine has set does not matter; so does the working directory, once it is another. After each test it notes
which of them were left changed and puts them back, so that no test of the suite depends on another.

For what may differ where a test is over (comparing.py), it notes what the environment held when
each fixture had been set up, what wider ones changed, what it held when the call began, how many
looks came before the end of the test's body and of each fixture, and the statement that failed.
"""

import builtins
import copy
import json
import logging
import os
import random
import socket
import sys
import unittest
from collections.abc import Generator
from pathlib import Path

import places  # type: ignore[import-not-found] # beside it, in the suite
import pytest

RECORD: dict[str, dict[str, object]] = {}
SEEN: list[dict[str, str]] = []
SET_UP: list[dict[str, str]] = []
WIDE: list[dict[str, str | None]] = []
BODY: list[int] = []
OVER: dict[str, int] = {}
HERE = os.getcwd  # which tests may patch
START = HERE()
OWNERS: dict[str, object] = {
    "places": places,
    "Service": places.Service,
    "service": places.service,
    "config": places.config,
}
ATTRIBUTES = {owner: dict(vars(where)) for owner, where in OWNERS.items()}
DICTS: dict[str, dict[str, object]] = {"HANDLERS": places.HANDLERS, "SETTINGS": places.SETTINGS}
SYSTEM = {name: copy.copy(getattr(sys, name)) for name in ("argv", "path", "platform")}
LOG = logging.getLogger("places")
random.seed("the same in each run")
RANDOM = random.getstate()
ITEMS = {name: dict(items) for name, items in DICTS.items()}


def now() -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if len(name) == 1} | elsewhere()
    found |= attributes()
    return {**found, "PATH": "set"} if "PATH" in os.environ else found


def attributes() -> dict[str, str]:
    """The attributes, and items of dicts, that are not what they were in the beginning."""
    found: dict[str, str] = {}
    for owner, where in OWNERS.items():
        before, after = ATTRIBUTES[owner], vars(where)
        for name in {*before, *after}:
            if not name.startswith("__") and before.get(name, RECORD) is not after.get(name, RECORD):
                found[f"{owner}.{name}"] = shown(after[name]) if name in after else "is gone"
    for name, items in DICTS.items():
        for key in {*ITEMS[name], *items}:
            if ITEMS[name].get(key, RECORD) != items.get(key, RECORD):
                found[f"{name}[{key}]"] = shown(items[key]) if key in items else "is gone"
    for name, was in SYSTEM.items():
        value = getattr(sys, name)
        if value != was:  # of the path, what is not some folder of this machine
            found[f"sys.{name}"] = str([p for p in value if os.sep not in p] if name == "path" else value)
    found |= process()
    return found | {f"sys.modules[{name}]": "is there" for name in ("fake", "other") if name in sys.modules}


def process() -> dict[str, str]:
    """What is set for the whole process, and lists and sets, where they are not as in the beginning."""
    kept = {
        "random": (random.getstate()[1][:2], RANDOM[1][:2]),
        "timeout": (socket.getdefaulttimeout(), None),
        "level": (LOG.level, 0),
        "propagate": (LOG.propagate, True),
        "disable": (logging.root.manager.disable, 0),
        "QUEUE": (places.QUEUE, [1]),
        "TAGS": (sorted(places.TAGS), ["first"]),
    }
    return {name: str(is_now) for name, (is_now, was) in kept.items() if is_now != was}


def shown(value: object) -> str:
    return repr(value) if isinstance(value, (str, int, tuple, type(None))) else type(value).__name__


def put_back() -> None:
    random.setstate(RANDOM)
    socket.setdefaulttimeout(None)
    LOG.setLevel(0)
    LOG.propagate = True
    logging.disable(0)
    places.QUEUE[:] = [1]
    places.TAGS.intersection_update({"first"})
    places.TAGS.add("first")
    for name, was in SYSTEM.items():
        setattr(sys, name, copy.copy(was))
    for name in ("fake", "other"):
        sys.modules.pop(name, None)
    for name, items in DICTS.items():
        items.clear()
        items.update(ITEMS[name])
    for owner, where in OWNERS.items():
        before = ATTRIBUTES[owner]
        for name, value in list(vars(where).items()):
            if name not in before:
                delattr(where, name)
            elif before[name] is not value:
                setattr(where, name, before[name])
        for name in before.keys() - vars(where).keys():
            setattr(where, name, before[name])


def elsewhere() -> dict[str, str]:
    try:
        here = HERE()
    except FileNotFoundError:
        return {"cwd": "is gone"}
    return {} if here == START else {"cwd": Path(here).name.rstrip("0123456789")}  # tmp_path has a number


def look(value: object = None) -> object:
    SEEN.append(now())
    return value


builtins.look = look  # type: ignore[attr-defined]


def clean_up(case: unittest.TestCase) -> object:
    BODY.append(len(SEEN))
    return do_clean_ups(case)


do_clean_ups = unittest.TestCase.doCleanups
unittest.TestCase.doCleanups = clean_up  # type: ignore[method-assign, assignment]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    SEEN.clear()
    BODY.clear()
    OVER.clear()
    SET_UP[:] = [now()]
    before = dict(os.environ)
    result = yield
    after = now()
    clean = {name: value for name, value in before.items() if len(name) == 1 or name == "PATH"}
    clean["PATH"] = "set"
    left = [] if after == clean else sorted(after.items())
    found: dict[str, object] = {"seen": list(SEEN), "left": left}
    found |= {"set up": list(SET_UP), "wide": list(WIDE), "over": dict(OVER)}
    if BODY:
        found["looks in body"] = BODY[0]
    RECORD.setdefault(item.nodeid, {}).update(found)
    for name in set(os.environ) - set(before):
        del os.environ[name]
    os.environ.update(before)
    os.chdir(START)
    put_back()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    before = now()
    result = yield
    after = now()
    SET_UP.append(after)
    if fixturedef.scope != "function":
        changed = {name for name, _ in before.items() ^ after.items()}
        WIDE.append({name: after.get(name) for name in changed})
    return result


def pytest_fixture_post_finalizer(fixturedef: pytest.FixtureDef[object]) -> None:
    OVER[fixturedef.argname] = len(SEEN)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    RECORD.setdefault(item.nodeid, {})["at call"] = now()
    try:
        return (yield)
    finally:
        BODY.append(len(SEEN))


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[object]) -> None:
    if call.excinfo is not None:
        own = [entry for entry in call.excinfo.traceback if Path(entry.path) == item.path]
        failed = RECORD.setdefault(item.nodeid, {}).setdefault("failed", {})
        assert isinstance(failed, dict)
        failed[call.when] = str(own[-1].statement).strip() if own else ""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    outcomes = RECORD.setdefault(report.nodeid, {}).setdefault("outcomes", [])
    assert isinstance(outcomes, list)
    outcomes.append(f"{report.when} {report.outcome}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    Path(session.config.rootpath, "record.json").write_text(json.dumps(RECORD), encoding="utf-8")
