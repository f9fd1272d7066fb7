"""What of loggers, settings and patchers is a finding, what is none, and what is left, with its reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Conftest, Context
from isolator.engine.engine import Selection, check, rewrite

HEAD = """\
import asyncio
import importlib
import locale
import logging
import os
import random
import signal
import sys
import time
import unittest
from random import seed
from unittest import mock
from unittest.mock import patch

import app
import pytest
from hypothesis import given

LOGGER = logging.getLogger("app")
CALLS = []


"""
RULES = Selection(select=("ISO402", "ISO403", "ISO404", "ISO405", "ISO406", "ISO407"))


def found(text: str, context: Context | None = None, path: str = "test_it.py") -> list[tuple[str, str | None]]:
    """The code of each finding of a text, and why it is not fixed."""
    result = check((HEAD + dedent(text)).encode(), path, context or Context(), RULES)
    assert result.error is None
    return [(finding.code, finding.refusal) for finding in result.left]


@pytest.mark.parametrize(
    "text",
    [
        (
            "def test_it():\n    old = random.getstate()\n    random.seed(1)\n    try:\n        run()\n    finally:\n"
            "        random.setstate(old)\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        logging.disable(50)\n"
            "    def tearDown(self):\n"
            "        logging.disable(0)\n"
        ),
        (
            "@pytest.fixture\ndef f():\n    h = logging.NullHandler()\n    LOGGER.addHandler(h)\n    yield h\n"
            "    LOGGER.removeHandler(h)\n"
        ),
        (
            "@pytest.fixture\ndef f(request):\n    LOGGER.setLevel(10)\n    def undo():\n        LOGGER.setLevel(0)\n"
            "    request.addfinalizer(undo)\n"
        ),
        (
            "@pytest.fixture(autouse=True)\ndef f():\n    yield\n    LOGGER.propagate = True\n\n\n"
            "def test_it():\n    LOGGER.propagate = False\n"
        ),
        (
            "class T(unittest.TestCase):\n    def test_it(self):\n"
            "        self.addCleanup(setattr, LOGGER, 'disabled', False)\n"
            "        LOGGER.disabled = True\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        self.p = patch('app.x')\n"
            "        self.p.start()\n    def tearDown(self):\n        self.p.stop()\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        patch('app.x').start()\n"
            "        self.addCleanup(patch.stopall)\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        self.p = patch('app.x')\n"
            "        self.addCleanup(self.p.stop)\n        self.p.start()\n"
        ),
        "def test_it(mocker):\n    mocker.patch('app.x')\n    thread = app.Thread()\n    thread.start()\n",
        (
            "def test_it():\n    random.seed()\n    locale.setlocale(locale.LC_ALL)\n"
            "    handler = logging.NullHandler()\n"
            "    handler.setLevel(3)\n"
        ),
        "def test_it(logger):\n    logger.setLevel(3)\n    logger.propagate = False\n",
        "def work():\n    signal.signal(signal.SIGINT, app.handle)\n\n\ndef test_it():\n    app.spawn(target=work)\n",
        "def test_it():\n    def work():\n        random.seed(1)\n    app.spawn(work)\n",
        "def pytest_configure():\n    logging.disable(50)\n",
        (
            "@pytest.fixture(autouse=True)\ndef f():\n    old = logging.root.handlers[:]\n    yield\n"
            "    logging.root.handlers[:] = old\n\n\ndef test_it():\n    logging.root.addHandler(app.make())\n"
        ),
        "def test_it():\n    CALLS.append(1)\n    CALLS.clear()\n",
        "def test_it():\n    del CALLS[:]\n    CALLS.append(1)\n",
        "def test_it():\n    mine = []\n    mine.append(1)\n    app.UNKNOWN.append(2)\n",
        "CALLS.append(0)\n",
        "def test_it():\n    try:\n        CALLS.append(1)\n    finally:\n        CALLS.pop()\n",
        "def test_it():\n    try:\n        importlib.reload(app)\n    finally:\n        importlib.reload(app)\n",
        "if __name__ == '__main__':\n    logging.basicConfig()\n",
        (
            "@pytest.fixture\ndef f():\n    p = patch('app.x')\n    with mock.patch('app.y'):\n        p.start()\n"
            "        yield\n        p.stop()\n"
        ),
        "def test_it():\n    patch.dict(os.environ, {'A': '1'}).start()\n    mock.patch.dict('os.environ').start()\n",
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        self.begin()\n    def begin(self):\n"
            "        self.p = patch('app.x')\n        self.p.start()\n    def end(self):\n        self.p.stop()\n"
            "    def tearDown(self):\n        self.end()\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        patcher = patch('app.x')\n"
            "        patcher.start()\n        self.other = patcher\n"
            "    def tearDown(self):\n        self.other.stop()\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n"
            "        self.addCleanup(setattr, LOGGER, 'disabled', 0)\n"
            "    def test_it(self):\n        LOGGER.disabled = 1\n"
        ),
        (
            "class T(unittest.TestCase):\n    def setUp(self):\n        app.main.servers.Server = app.Fake\n"
            "    def tearDown(self):\n        app.servers.Server = self.saved\n"
        ),
        (
            "class TestIt:\n    def setup_method(self):\n        self.monkeypatch = pytest.MonkeyPatch()\n"
            "        self.monkeypatch.setattr(LOGGER, 'disabled', 1)\n    def teardown_method(self):\n"
            "        self.monkeypatch.undo()\n    def test_it(self):\n        LOGGER.disabled = 0\n"
        ),
        (
            "class quiet:\n    def __enter__(self):\n        logging.disable(50)\n    def __exit__(self, *given):\n"
            "        logging.disable(0)\n"
        ),
    ],
)
def test_what_ends_with_the_test_or_is_put_back(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "code", "refusal"),
    [
        ("logging.disable(50)\n", "ISO406", "module-level"),
        ("class T(unittest.TestCase):\n    random.seed(1)\n", "ISO407", "module-level"),
        ("def test_it():\n    logging.basicConfig(level=10)\n", "ISO406", "logging-configured"),
        ("def test_it():\n    LOGGER.handlers.clear()\n", "ISO406", "in-place"),
        ("def test_it():\n    LOGGER.addHandler(logging.NullHandler())\n", "ISO406", "unnamed"),
        ("def test_a():\n    CALLS.append(1)\n\n\ndef test_b():\n    assert CALLS == [1]\n", "ISO403", "passed-on"),
        (
            (
                "class TestIt:\n    seen = {'x': 1}\n    def test_a(self):\n        TestIt.seen['k'] = 1\n"
                "    def test_b(self):\n        assert self.seen['k']\n"
            ),
            "ISO403",
            "passed-on",
        ),
        ("def helper():\n    CALLS.append(1)\n\n\ndef test_it():\n    helper()\n", "ISO403", "helper"),
        ("def test_it():\n    def add():\n        CALLS.append(1)\n    add()\n", "ISO403", "nested-function"),
        ("@given(app.numbers())\ndef test_it(n):\n    CALLS.append(n)\n", "ISO403", "given"),
        ("def test_it():\n    importlib.reload(sys.modules['app'])\n", "ISO404", "argument-unknown"),
        ("def test_it():\n    time.tzset()\n", "ISO407", "no-getter"),
        ("def test_it():\n    os.umask(0o77)\n", "ISO407", "no-getter"),
        ("def test_it():\n    old = os.umask(0o77)\n    run()\n    os.umask(old)\n", "ISO407", "no-getter"),
        ("def test_it():\n    asyncio.set_event_loop(app.loop())\n", "ISO407", "no-getter"),
        ("def test_it():\n    signal.signal(app.number(), app.handle)\n", "ISO407", "argument-unknown"),
        ("from locale import setlocale\n\n\ndef test_it():\n    setlocale(app.KIND, 'C')\n", "ISO407", None),
        ("def helper():\n    random.seed(1)\n\n\ndef test_it():\n    helper()\n", "ISO407", "helper"),
        ("class TestIt:\n    def setup_method(self):\n        random.seed(1)\n", "ISO407", "setup-teardown"),
        ("def setup_module():\n    logging.disable(50)\n", "ISO406", "setup-teardown"),
        ("@given(app.numbers())\ndef test_it(n):\n    random.seed(n)\n", "ISO407", "given"),
        ("@app.decorated\ndef test_it():\n    random.seed(1)\n", "ISO407", "signature"),
        ("def test_it():\n    random.seed(1)\n\n\ndef test_all():\n    test_it()\n", "ISO407", "signature"),
        ("def test_it():\n    def work():\n        random.seed(1)\n    work()\n", "ISO407", "nested-function"),
        ("def test_it():\n    if app.x: random.seed(1)\n", "ISO407", "value-used"),
        ("def test_it():\n    x = 1; random.seed(1)\n", "ISO407", "value-used"),
        ("def test_it():\n    while signal.signal(2, app.f):\n        run()\n", "ISO407", "value-used"),
        ("def test_it():\n    from app import request\n    random.seed(1)\n    request()\n", "ISO407", "name-taken"),
        ("def partial():\n    pass\n\n\ndef test_it():\n    random.seed(1)\n", "ISO407", "name-taken"),
        ("def test_it():\n    patch('app.x').start()\n\n\ndef test_it():\n    pass\n", "ISO405", "signature"),
        (
            "class T(unittest.TestCase):\n    @staticmethod\n    def make():\n        random.seed(1)\n",
            "ISO407",
            "setup-teardown",
        ),
    ],
)
def test_what_is_left(text: str, code: str, refusal: str | None) -> None:
    assert found(text) == [(code, refusal)]


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    LOGGER.setLevel(10)\n    run()\n    LOGGER.setLevel(0)\n",
        "def test_it():\n    CALLS.append(1)\n    run()\n    CALLS.remove(1)\n",
        "def test_it():\n    if app.x:\n        time.tzset()\n    run()\n    time.tzset()\n",
    ],
)
def test_what_is_changed_again_is_told_once(text: str) -> None:
    assert len(found(text)) == 1


def test_what_is_changed_under_a_condition_first_is_told_each_time() -> None:
    assert len(found("def test_it():\n    if app.x:\n        LOGGER.setLevel(10)\n    LOGGER.setLevel(0)\n")) == 2


def test_what_a_logger_always_has_no_test_passes_on() -> None:
    text = "def test_a():\n    LOGGER.handlers = [1]\n\n\ndef test_b():\n    assert not LOGGER.handlers\n"
    assert found(text) == [("ISO406", None)]


def test_attributes_of_loggers_are_told_by_one_rule() -> None:
    text = "def test_it():\n    LOGGER.propagate = False\n    logging.root.handlers = []\n    LOGGER.name = 'x'\n"
    result = check((HEAD + text).encode(), "test_it.py", Context(), Selection(select=("ISO4",)))
    assert [finding.code for finding in result.left] == ["ISO406", "ISO406", "ISO402"]


def test_a_conftest_that_seeds_each_test(tmp_path: Path) -> None:
    fixture = "import random, pytest\n\n\n@pytest.fixture(autouse=True)\ndef seeded():\n    random.seed(1)\n"
    text = "def test_it():\n    random.seed(2)\n"
    for changed, number in ((fixture, 0), (fixture.replace("=True", "=True, scope='session'"), 1)):
        above = Context(root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/", changed),))
        assert len(found(text, above)) == number
    assert not check(fixture.encode(), "conftest.py", Context(), RULES).left
    assert len(check(fixture.encode(), "test_it.py", Context(), RULES).left) == 1


def test_a_conftest_above_that_puts_logging_back(tmp_path: Path) -> None:
    template = "import pytest\n\n\n@pytest.fixture(autouse=True)\ndef f():\n    yield\n    LOGGER.setLevel(0)\n"
    text = "def test_it():\n    LOGGER.setLevel(10)\n"
    assert found(text) == [("ISO406", None)]
    above = Context(root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/", template),))
    assert found(text, above) == []
    beside = Context(root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/other/", template),))
    assert found(text, beside) == [("ISO406", None)]


def test_a_session_is_set_up_by_its_conftest() -> None:
    text = "@pytest.fixture(scope='session', autouse=True)\ndef quiet():\n    logging.disable(50)\n"
    assert found(text, path="conftest.py") == []
    assert found(text.replace("session", "module"), path="conftest.py") == [("ISO406", None)]
    assert found(text) == [("ISO406", None)]


def test_a_line_that_asks_for_it_is_left_alone() -> None:
    assert found("def test_it():\n    random.seed(1)  # isolator: ignore[ISO407]\n") == []


def test_a_bare_name_is_spelled_by_its_module() -> None:
    text = "import random\nfrom random import seed\n\n\ndef test_it(request):\n    seed(1)\n"
    made = rewrite(text.encode(), "test_it.py", Context(), RULES).source.decode()
    assert "request.addfinalizer(partial(random.setstate, random.getstate()))\n    seed(1)\n" in made
    alone = check(text.replace("import random\n", "", 1).encode(), "test_it.py", Context(), RULES)
    assert [finding.refusal for finding in alone.left] == ["name-unknown"]


def test_rules_of_all_kinds_share_a_function() -> None:
    text = f"{HEAD}def test_it():\n    app.name = 'x'\n    os.environ['A'] = '1'\n    random.seed(1)\n    run()\n"
    made = rewrite(text.encode(), "test_it.py", Context(), Selection(select=("ISO",)))
    assert (made.left, made.error, made.problems) == ((), None, ())
    assert made.source.decode().partition("def ")[2] == (
        "test_it(monkeypatch, request):\n"
        "    monkeypatch.setattr(app, 'name', 'x', raising=False)\n"
        "    monkeypatch.setenv('A', '1')\n"
        "    request.addfinalizer(partial(random.setstate, random.getstate()))\n"
        "    random.seed(1)\n    run()\n"
    )
