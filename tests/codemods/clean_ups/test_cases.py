"""What undoes a change is registered beside it: the bytes, a second pass, and the runs before and after."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.codemods.clean_ups.cases import CASES

RULES = Selection(select=("ISO403", "ISO404", "ISO405", "ISO406", "ISO407"))
APP = """\
import os

LEVEL = os.environ.get("ISO_LEVEL", "1")
ITEMS = [1, 2]
HANDLERS = {"b": 1, "a": 2}
SEEN = {"a"}


class Registry:
    known = [2, 1]
"""
# Writes, for each test, what of the process is another after it than it was before.
CONFTEST = """\
import decimal, json, logging, os, random, signal, socket, sys
import iso_app
import pytest

def state():
    loggers = [logging.root, *(logging.getLogger(n) for n in list(logging.root.manager.loggerDict))]
    of = {l.name: (l.level, len(l.handlers), len(l.filters), l.propagate, l.disabled) for l in loggers}
    of = {n: s for n, s in of.items() if n.startswith("iso") and s != (0, 0, 0, True, False)}
    return {
        "random": hash(random.getstate()), "signals": [str(signal.getsignal(s)) for s in (2, 15)],
        "timeout": socket.getdefaulttimeout(), "limit": sys.getrecursionlimit(), "loggers": of,
        "decimal": decimal.getcontext().prec, "disable": logging.root.manager.disable,
        "os": [os.sep, os.linesep, os.name], "modules": "iso_fake" in sys.modules,
        "app": [
            iso_app.LEVEL, iso_app.ITEMS[:], sorted(iso_app.SEEN), id(iso_app.SEEN), iso_app.Registry.known[:],
            list(iso_app.HANDLERS.items()),
        ],
    }

LEAKS = {}

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    before = state()
    yield
    after = state()
    if nextitem is None or nextitem.fspath != item.fspath:  # what a whole file may have set up is taken down here
        LEAKS[item.fspath.basename] = sorted(k for k in after if after[k] != FILE[item.fspath.basename][k])

FILE = {}

def pytest_runtest_logstart(nodeid, location):
    FILE.setdefault(nodeid.partition("::")[0], state())

def pytest_collection_modifyitems(items, config):
    if os.environ.get("REVERSED"):
        items.reverse()

def pytest_sessionfinish():
    with open("leaks.json", "w") as file:
        json.dump(LEAKS, file)
"""


def file_of(name: str) -> str:
    return f"test_{re.sub('[^a-z]+', '_', name)}.py"


def test_the_bytes_and_a_second_pass(tmp_path: Path) -> None:
    (tmp_path / "iso_app.py").write_text(APP)
    context = Context(root=tmp_path, source_roots=(Path(),))
    for name, (before, after) in CASES.items():
        made = rewrite(before.encode(), "test_it.py", context, RULES)
        assert (made.source.decode(), made.error, made.problems) == (after, None, ()), name
        assert made.fixed, name
        again = rewrite(made.source, "test_it.py", context, RULES)
        assert (again.source, again.left) == (made.source, ()), name


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_the_rest_of_the_file_stays(newline: str) -> None:
    before, after = CASES["a seed in a test"]
    more = '\n\nX = """odd  \t\nlayout"""   # kept\n'
    made = rewrite((before + more).replace("\n", newline).encode(), "test_it.py", Context(), RULES)
    assert made.source == (after + more).replace("\n", newline).encode()


def outcomes(folder: Path, environ: dict[str, str], *words: str) -> dict[str, str]:
    command = [sys.executable, "-m", "pytest", "-v", "-rN", "--tb=short", "-p", "no:cacheprovider", *words]
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1", **environ}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^(\S+::\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def written(folder: Path, side: int) -> Path:
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "iso_app.py").write_text(APP)
    for name, texts in CASES.items():
        (folder / file_of(name)).write_text(texts[side])
    return folder


def leaks(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads((folder / "leaks.json").read_text())
    assert found.keys() == {file_of(name) for name in CASES}
    return {name: cells for name, cells in found.items() if cells}


def test_before_they_leak_and_after_they_do_not(tmp_path: Path) -> None:
    before, after = written(tmp_path / "before", 0), written(tmp_path / "after", 1)
    for environ in ({"REVERSED": "1"}, {}):
        was, now = outcomes(before, environ), outcomes(after, environ)
        assert set(now.values()) == {"PASSED"}, now
        assert was.keys() == now.keys()
        assert leaks(after) == {}
    assert leaks(before).keys() == {file_of(name) for name in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_each_test_alone(name: str, tmp_path: Path) -> None:
    before, after = written(tmp_path / "before", 0), written(tmp_path / "after", 1)
    for test in outcomes(after, {}, file_of(name)):
        assert outcomes(after, {}, test) == outcomes(before, {}, test) == {test: "PASSED"}
