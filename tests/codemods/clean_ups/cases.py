"""Changes that nothing takes back, and what becomes of them: each runs before and after, in several orders."""

from __future__ import annotations

CASES: dict[str, tuple[str, str]] = {}


def case(name: str, before: str, after: str) -> None:
    CASES[name] = (before, after)


case(
    "a seed in a test",
    """\
import random


def test_it():
    random.seed(1)
    assert random.random() < 1
""",
    """\
import random
from functools import partial


def test_it(request):
    request.addfinalizer(partial(random.setstate, random.getstate()))
    random.seed(1)
    assert random.random() < 1
""",
)
case(
    "two seeds, of which one registers for both",
    """\
import random


def test_it(tmp_path):
    # The first one.
    random.seed(1)
    first = random.random()
    random.seed(7)
    assert random.random() != first, tmp_path
""",
    """\
import random
from functools import partial


def test_it(tmp_path, request):
    request.addfinalizer(partial(random.setstate, random.getstate()))
    # The first one.
    random.seed(1)
    first = random.random()
    random.seed(7)
    assert random.random() != first, tmp_path
""",
)
case(
    "in branches each registers",
    """\
import random

import pytest


@pytest.mark.parametrize("seed", [1, None])
def test_it(seed):
    if seed:
        random.seed(seed)
    else:
        random.seed(2)
    assert random.random() < 1
""",
    """\
import random
from functools import partial

import pytest


@pytest.mark.parametrize("seed", [1, None])
def test_it(seed, request):
    if seed:
        request.addfinalizer(partial(random.setstate, random.getstate()))
        random.seed(seed)
    else:
        request.addfinalizer(partial(random.setstate, random.getstate()))
        random.seed(2)
    assert random.random() < 1
""",
)
case(
    "restored by hand unless the test fails; annotated",
    """\
import signal

import pytest


def test_it(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert before is not None
    signal.signal(signal.SIGINT, before)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
""",
    """\
import signal
from functools import partial

import pytest


def test_it(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> None:
    request.addfinalizer(
        partial(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
    )
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert before is not None
    signal.signal(signal.SIGINT, before)
    request.addfinalizer(
        partial(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    )
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
""",
)
case(
    "fixtures of any scope",
    """\
import random
import socket

import pytest


@pytest.fixture(scope="module")
def seeded():
    random.seed(3)
    yield random.random()


@pytest.fixture
def timeout(request):
    socket.setdefaulttimeout(request.config.getoption("verbose") + 7)
    return socket.getdefaulttimeout()


def test_it(seeded, timeout):
    assert seeded and timeout


def test_again(seeded):
    assert seeded
""",
    """\
import random
import socket
from functools import partial

import pytest


@pytest.fixture(scope="module")
def seeded(request):
    request.addfinalizer(partial(random.setstate, random.getstate()))
    random.seed(3)
    yield random.random()


@pytest.fixture
def timeout(request):
    request.addfinalizer(partial(socket.setdefaulttimeout, socket.getdefaulttimeout()))
    socket.setdefaulttimeout(request.config.getoption("verbose") + 7)
    return socket.getdefaulttimeout()


def test_it(seeded, timeout):
    assert seeded and timeout


def test_again(seeded):
    assert seeded
""",
)
case(
    "a TestCase, its set-ups, and names of modules",
    """\
import decimal as d
import logging as log
import random as r
import sys
import unittest

LOGGER = log.getLogger("iso.case")


class TestIt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        r.seed(4)

    def setUp(self):
        log.disable(log.CRITICAL)

    def test_one(self):
        LOGGER.setLevel(log.ERROR)
        LOGGER.propagate = False
        d.getcontext().prec = 5
        self.assertEqual(str(d.Decimal(1) / d.Decimal(3)), "0.33333")

    def test_two(self):
        sys.setrecursionlimit(sys.getrecursionlimit() + 10)
        handler = log.NullHandler()
        log.getLogger("iso.case").addHandler(handler)
        self.assertEqual(LOGGER.handlers[-1], handler)
""",
    """\
import decimal as d
import logging as log
import random as r
import sys
import unittest

import pytest

LOGGER = log.getLogger("iso.case")


class TestIt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(r.setstate, r.getstate())
        r.seed(4)

    def setUp(self):
        self.addCleanup(log.disable, log.root.manager.disable)
        log.disable(log.CRITICAL)

    def test_one(self):
        self.addCleanup(LOGGER.setLevel, LOGGER.level)
        LOGGER.setLevel(log.ERROR)
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.setattr(LOGGER, "propagate", False)
        self.addCleanup(setattr, d.getcontext(), "prec", d.getcontext().prec)
        d.getcontext().prec = 5
        self.assertEqual(str(d.Decimal(1) / d.Decimal(3)), "0.33333")

    def test_two(self):
        self.addCleanup(sys.setrecursionlimit, sys.getrecursionlimit())
        sys.setrecursionlimit(sys.getrecursionlimit() + 10)
        handler = log.NullHandler()
        self.addCleanup(log.getLogger("iso.case").removeHandler, handler)
        log.getLogger("iso.case").addHandler(handler)
        self.assertEqual(LOGGER.handlers[-1], handler)
""",
)
case(
    "loggers of pytest functions, with functools there",
    """\
import functools
import logging

logger = logging.getLogger("iso.function")


class TestIt:
    def test_level(self, caplog):
        logger.setLevel(logging.DEBUG)
        logger.debug("one")
        assert [r.message for r in caplog.records] == ["one"]

    def test_list(self):
        logger.handlers = [logging.NullHandler()]
        logger.disabled = True
        assert functools.reduce(max, [1, 2]) == 2
""",
    """\
import functools
import logging

logger = logging.getLogger("iso.function")


class TestIt:
    def test_level(self, caplog, request):
        request.addfinalizer(functools.partial(logger.setLevel, logger.level))
        logger.setLevel(logging.DEBUG)
        logger.debug("one")
        assert [r.message for r in caplog.records] == ["one"]

    def test_list(self, monkeypatch):
        monkeypatch.setattr(logger, "handlers", [logging.NullHandler()])
        monkeypatch.setattr(logger, "disabled", True)
        assert functools.reduce(max, [1, 2]) == 2
""",
)
case(
    "patchers of a TestCase",
    """\
import os
import unittest
from unittest import mock
from unittest.mock import patch


class TestIt(unittest.TestCase):
    def setUp(self):
        self.sep = patch("os.sep", "|").start()
        self.name = mock.patch.object(os, "name", "iso")
        self.name.start()

    def test_it(self):
        linesep = patch(
            "os.linesep",  # of this system
            "!",
        ).start()
        self.assertEqual((os.sep, os.name, os.linesep), ("|", "iso", linesep))
""",
    """\
import os
import unittest
from unittest import mock
from unittest.mock import patch


class TestIt(unittest.TestCase):
    def setUp(self):
        sep_patcher = patch("os.sep", "|")
        self.addCleanup(sep_patcher.stop)
        self.sep = sep_patcher.start()
        self.name = mock.patch.object(os, "name", "iso")
        self.addCleanup(self.name.stop)
        self.name.start()

    def test_it(self):
        linesep_patcher = patch(
            "os.linesep",  # of this system
            "!",
        )
        self.addCleanup(linesep_patcher.stop)
        linesep = linesep_patcher.start()
        self.assertEqual((os.sep, os.name, os.linesep), ("|", "iso", linesep))
""",
)
case(
    "patchers of functions, one stopped if nothing fails",
    """\
import os
from unittest.mock import patch

import pytest


@pytest.fixture
def sep():
    return patch("os.sep", "|").start()


@patch("os.pathsep", ";")
def test_it(sep, *, more=1):
    patcher = patch("os.linesep", "!")
    patcher.start()
    assert (os.sep, os.linesep, os.pathsep, more) == ("|", "!", ";", 1)
    patcher.stop()
    patch.dict("sys.modules", {"iso_fake": os}).start()
    import iso_fake

    assert iso_fake is os
""",
    """\
import os
from unittest.mock import patch

import pytest


@pytest.fixture
def sep(request):
    sep_patcher = patch("os.sep", "|")
    request.addfinalizer(sep_patcher.stop)
    return sep_patcher.start()


@patch("os.pathsep", ";")
def test_it(sep, *, more=1, request):
    patcher = patch("os.linesep", "!")
    request.addfinalizer(patcher.stop)
    patcher.start()
    assert (os.sep, os.linesep, os.pathsep, more) == ("|", "!", ";", 1)
    patcher.stop()
    modules_patcher = patch.dict("sys.modules", {"iso_fake": os})
    request.addfinalizer(modules_patcher.stop)
    modules_patcher.start()
    import iso_fake

    assert iso_fake is os
""",
)
case(
    "a long line is broken where its brackets allow",
    """\
import logging
import unittest


class TestIt(unittest.TestCase):
    def test_it(self):
        logging.getLogger("iso.a.rather.long.name.of.a.logger").propagate = False
        self.assertFalse(logging.getLogger("iso.a.rather.long.name.of.a.logger").propagate)
""",
    """\
import logging
import unittest


class TestIt(unittest.TestCase):
    def test_it(self):
        self.addCleanup(
            setattr,
            logging.getLogger("iso.a.rather.long.name.of.a.logger"),
            "propagate",
            logging.getLogger("iso.a.rather.long.name.of.a.logger").propagate,
        )
        logging.getLogger("iso.a.rather.long.name.of.a.logger").propagate = False
        self.assertFalse(logging.getLogger("iso.a.rather.long.name.of.a.logger").propagate)
""",
)
case(
    "a loop and a block",
    """\
import random
import socket
import contextlib


def test_it():
    for seed in (1, 2):
        random.seed(seed)
    with contextlib.suppress(ValueError):
        socket.setdefaulttimeout(3)
        raise ValueError
    assert socket.getdefaulttimeout() == 3
""",
    """\
import random
import socket
import contextlib
from functools import partial


def test_it(request):
    for seed in (1, 2):
        request.addfinalizer(partial(random.setstate, random.getstate()))
        random.seed(seed)
    with contextlib.suppress(ValueError):
        request.addfinalizer(
            partial(socket.setdefaulttimeout, socket.getdefaulttimeout())
        )
        socket.setdefaulttimeout(3)
        raise ValueError
    assert socket.getdefaulttimeout() == 3
""",
)
case(
    "lists and sets, of a module and of a class",
    """\
import unittest

import iso_app
from iso_app import Registry

recorded = []


def test_list():
    recorded.append(1)
    iso_app.ITEMS.append(3)
    iso_app.ITEMS[0] = 4
    assert iso_app.ITEMS == [4, 2, 3]


class TestSet(unittest.TestCase):
    def test_set(self):
        iso_app.SEEN.add("b")
        iso_app.SEEN.discard("a")
        Registry.known.sort()
        self.assertEqual((iso_app.SEEN, Registry.known), ({"b"}, [1, 2]))
""",
    """\
import unittest
from functools import partial

import iso_app
from iso_app import Registry

recorded = []


def test_list(request):
    request.addfinalizer(partial(recorded.__setitem__, slice(None), recorded[:]))
    recorded.append(1)
    request.addfinalizer(
        partial(iso_app.ITEMS.__setitem__, slice(None), iso_app.ITEMS[:])
    )
    iso_app.ITEMS.append(3)
    iso_app.ITEMS[0] = 4
    assert iso_app.ITEMS == [4, 2, 3]


class TestSet(unittest.TestCase):
    def test_set(self):
        self.addCleanup(iso_app.SEEN.intersection_update, set(iso_app.SEEN))
        self.addCleanup(iso_app.SEEN.update, set(iso_app.SEEN))
        iso_app.SEEN.add("b")
        iso_app.SEEN.discard("a")
        self.addCleanup(Registry.known.__setitem__, slice(None), Registry.known[:])
        Registry.known.sort()
        self.assertEqual((iso_app.SEEN, Registry.known), ({"b"}, [1, 2]))
""",
)
case(
    "a module that is loaded again",
    """\
import importlib
import os

import iso_app


def test_it(monkeypatch):
    monkeypatch.setenv("ISO_LEVEL", "9")
    importlib.reload(iso_app)
    assert iso_app.LEVEL == "9"
    assert os.environ["ISO_LEVEL"] == "9"
""",
    """\
import importlib
import os
from functools import partial

import iso_app


def test_it(monkeypatch, request):
    monkeypatch.setenv("ISO_LEVEL", "9")
    request.addfinalizer(partial(vars(iso_app).update, dict(vars(iso_app))))
    importlib.reload(iso_app)
    assert iso_app.LEVEL == "9"
    assert os.environ["ISO_LEVEL"] == "9"
""",
)
case(
    "a dict that is changed as a whole",
    """\
import unittest

import iso_app


def test_clear():
    iso_app.HANDLERS.clear()
    iso_app.HANDLERS.update(dict.fromkeys("xy"))
    assert list(iso_app.HANDLERS) == ["x", "y"]


class TestIt(unittest.TestCase):
    def test_pop(self):
        iso_app.HANDLERS.popitem()
        self.assertEqual(len(iso_app.HANDLERS), 1)
""",
    """\
import unittest
from functools import partial

import iso_app


def test_clear(request):
    request.addfinalizer(partial(iso_app.HANDLERS.update, dict(iso_app.HANDLERS)))
    request.addfinalizer(iso_app.HANDLERS.clear)
    iso_app.HANDLERS.clear()
    iso_app.HANDLERS.update(dict.fromkeys("xy"))
    assert list(iso_app.HANDLERS) == ["x", "y"]


class TestIt(unittest.TestCase):
    def test_pop(self):
        self.addCleanup(iso_app.HANDLERS.update, dict(iso_app.HANDLERS))
        self.addCleanup(iso_app.HANDLERS.clear)
        iso_app.HANDLERS.popitem()
        self.assertEqual(len(iso_app.HANDLERS), 1)
""",
)
