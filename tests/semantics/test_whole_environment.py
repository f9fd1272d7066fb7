"""Why rewrite at all: patch.dict empties and refills the whole environment, monkeypatch touches what it names.

The processes that the tests start observe themselves with an audit hook, which CPython calls before every
``putenv`` and ``unsetenv``; nothing depends on time. What the calls cost is measured in the benchmarks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

PATCH_DICT = 'with patch.dict(os.environ, {"KEY": "1"}): events.clear() if leaving_only else None'
MONKEYPATCH = """\
with pytest.MonkeyPatch.context() as monkeypatch:
    monkeypatch.setenv("KEY", "1")
    if leaving_only: events.clear()
"""
# Each event: the variable, how many variables os.environ holds at that moment, and PATH as another thread reads it.
PROGRAM = """\
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch
import pytest

leaving_only = {leaving_only}
events, reader = [], ThreadPoolExecutor(1)
reader.submit(os.environ.get, "PATH").result()

def hook(event, args):
    if event in ("os.putenv", "os.unsetenv"):
        missed = reader.submit(os.environ.get, "PATH").result() is None
        events.append([os.fsdecode(args[0]), len(os.environ), missed])

sys.addaudithook(hook)
size = len(os.environ)
{use}
print(json.dumps([size, events]))
"""
ONLY_ON_WINDOWS = pytest.mark.skipif(sys.platform != "win32", reason="only there names are upper-cased")
NOT_ON_WINDOWS = pytest.mark.skipif(sys.platform == "win32", reason="os.unsetenv is a putenv of nothing there")


def run(program: str, environment: dict[str, str]) -> list[Any]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: list[Any] = json.loads(done.stdout)
    return found


def observe(use: str, *, leaving_only: bool = False, key: str | None = None) -> tuple[int, list[tuple[str, int, bool]]]:
    """How many variables the environment held, and the events of one use of KEY in it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KEY", "PYTEST"))}
    environment |= {"PATH": os.environ["PATH"]} | {f"KEY_{number}": "x" for number in range(20)}
    environment |= {} if key is None else {"KEY": key}
    size, events = run(PROGRAM.format(use=use, leaving_only=leaving_only), environment)
    return size, [(name, held, missed) for name, held, missed in events]


@NOT_ON_WINDOWS
@pytest.mark.parametrize("key", [None, "0"], ids=["unset", "set"])
def test_patch_dict_writes_every_variable_twice(key: str | None) -> None:
    size, events = observe(PATCH_DICT, key=key)
    inside = size + (key is None)
    assert len(events) == 1 + inside + size  # the key, each variable unset, each variable set again
    assert len({name for name, _, _ in events}) == inside
    assert size > 20


@NOT_ON_WINDOWS
@pytest.mark.parametrize("key", [None, "0"], ids=["unset", "set"])
def test_monkeypatch_writes_what_it_names_twice(key: str | None) -> None:
    _, events = observe(MONKEYPATCH, key=key)
    assert [name for name, _, _ in events] == ["KEY", "KEY"]


def test_the_environment_is_empty_while_patch_dict_leaves() -> None:
    size, events = observe(PATCH_DICT, leaving_only=True)
    assert min(held for _, held, _ in events) == 0
    assert max(held for _, held, _ in events) == size + 1


def test_another_thread_misses_path_while_patch_dict_leaves() -> None:
    _, events = observe(PATCH_DICT, leaving_only=True)
    assert any(missed for _, _, missed in events)
    assert not all(missed for _, _, missed in events)


@pytest.mark.parametrize("key", [None, "0"], ids=["unset", "set"])
def test_another_thread_never_misses_path_with_monkeypatch(key: str | None) -> None:
    size, events = observe(MONKEYPATCH, key=key)
    assert events
    assert min(held for _, held, _ in events) >= size
    assert not any(missed for _, _, missed in events)


@ONLY_ON_WINDOWS
@pytest.mark.parametrize(("use", "name"), [(PATCH_DICT, "MIXEDCASE"), (MONKEYPATCH, "MixedCase")])
def test_patch_dict_upper_cases_every_name(use: str, name: str) -> None:
    program = """\
        import json, os, subprocess
        from unittest.mock import patch
        import pytest

        leaving_only, events = False, []
        {use}
        lines = subprocess.run("set", shell=True, capture_output=True, text=True).stdout.splitlines()
        print(json.dumps([line.partition("=")[0] for line in lines]))
    """
    assert name in run(dedent(program).replace("{use}", use), {**os.environ, "MixedCase": "1"})
