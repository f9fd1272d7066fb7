"""ISO303: what a conftest looks like with the state put back, and that it then is."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD, RULE

PATH = "conftest.py"
CONTEXT = Context(leaked=('app.registry.HANDLERS["json"]',), fixture=Fixture(PATH))
BEFORE, AFTER = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)


def fix(text: str, *leaked: str) -> str:
    source, context = Source(text, PATH), replace(CONTEXT, leaked=leaked)
    found = CODEMOD.find(source, context)
    assert {(m.finding.code, m.finding.fix, m.finding.refusal) for m in found} <= {("ISO303", "safe", None)}
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH), context) == []
    assert CODEMOD.apply(Source(after, PATH), context, []) == after
    return after


def test_the_page_shows_what_happens() -> None:
    assert fix(BEFORE, 'app.registry.HANDLERS["json"]') == AFTER
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_the_list_is_completed() -> None:
    after = fix(AFTER, "app.registry.HANDLERS", "app.db.Engine._instance")
    assert after == AFTER.replace('HANDLERS"]', 'HANDLERS", "app.db.Engine._instance"]')


@pytest.mark.parametrize(
    ("cell", "name", "listed"),
    [
        ("app.cached", "restore_state", '["app.cached"]'),
        ("app.gather()[0]", "restore_state", '["app.gather()"]'),
        ("tests/test_a.py::CASES", "restore_state", '["tests/test_a.py::CASES"]'),
        ("schedule.default_scheduler.jobs", "restore_state", '["schedule.default_scheduler.jobs"]'),
        ('logging.getLogger("app").level', "restore_loggers", '["app"]'),
        ("logging.root.handlers", "restore_loggers", '["root"]'),
        ("./data/out", "restore_files", '["data/out"]'),
        ("logging.root.manager.disable", "isolate_logging", None),
        ("asyncio.get_event_loop()", "ensure_event_loop", None),
    ],
)
def test_each_kind(cell: str, name: str, listed: str | None) -> None:
    after = fix("import pytest\n", cell)
    assert f"def {name}(" in after
    assert listed is None or f" = {listed}\n" in after


@pytest.mark.parametrize(
    "cell",
    [
        "os.getcwd()",
        "sys.path",
        'sys.modules["app"]',
        "~/x",
        "./../x",
        "/etc/x",
        "…/x",
        'os.environ["A"]',
        "app",
        'app["x"]',
    ],
)
def test_what_no_fixture_puts_back(cell: str) -> None:
    assert fix("import pytest\n", cell) == "import pytest\n"


def test_a_name_that_is_taken() -> None:
    source = Source("import pytest\n\n_LEAKED_STATE = 1\n", PATH)
    (match,) = CODEMOD.find(source, CONTEXT)
    assert match.finding.refusal == "name-taken"


APP = """
import collections
import functools


class Engine:
    instance = None

    @classmethod
    def get(cls):
        if cls.instance is None:
            cls.instance = cls()
        return cls.instance


REGISTRY, NAMES, TAGS, LATER = {"a": 1}, ["a"], {"a"}, collections.deque(["a"])
HELD = NAMES
name = "app"


def gather(item, into=[]):
    into.append(item)
    return into


@functools.lru_cache(None)
def cached():
    return name
"""
TESTS = """
import app

CASES = []


def test_clean_{0}():
    assert app.REGISTRY == {{"a": 1}} and app.NAMES == ["a"] and app.TAGS == {{"a"}} and list(app.LATER) == ["a"]
    assert app.NAMES is app.HELD and app.name == "app" and app.Engine.instance is None and CASES == []
    assert app.gather(1) == [1] and app.cached() == "app" and "added" not in vars(app)


def test_pollutes_{0}():
    app.REGISTRY["b"] = app.added = 2
    app.NAMES = app.NAMES + ["b"]
    app.HELD.append("c")
    app.TAGS.clear()
    app.LATER.append("b")
    app.name = "other"
    app.cached()
    app.Engine.get()
    app.gather(2)
    CASES.append(1)


test_clean_again_{0} = test_clean_{0}
"""


@pytest.mark.parametrize("order", ["test_x.py test_y.py", "test_y.py test_x.py", "test_y.py"])
def test_everything_is_put_back(tmp_path: Path, order: str) -> None:
    names = ["REGISTRY", "NAMES", "HELD", "TAGS", "LATER", "name", "added", "Engine.instance", "gather()", "cached"]
    cells = [*(f"app.{name}" for name in names), "test_x.py::CASES", "test_y.py::CASES"]
    (tmp_path / "app.py").write_text(APP)
    for name in ("x", "y"):
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(name))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *order.split()]
    (tmp_path / "conftest.py").write_text("import pytest\n")
    before = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert before.returncode == 1
    (tmp_path / "conftest.py").write_text(fix("import pytest\n", *cells))
    after = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert after.returncode == 0, after.stdout
