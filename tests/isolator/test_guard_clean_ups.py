"""The guard and lines that register clean-ups: those that put back what is there are accepted, others are not."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences

BEFORE = """\
import random
import signal
from unittest import TestCase
from unittest.mock import patch


def test_it(tmp_path, *, more=1):
    random.seed(1)
    assert more, tmp_path


class TestIt(TestCase):
    def test_it(self):
        self.get = patch("app.get", 1).start()
        signal.signal(signal.SIGINT, None)
        self.assertTrue(self.get)
"""
AFTER = """\
import random
import signal
from unittest import TestCase
from unittest.mock import patch
from functools import partial


def test_it(tmp_path, *, more=1, request):
    request.addfinalizer(partial(random.setstate, random.getstate()))
    random.seed(1)
    assert more, tmp_path


class TestIt(TestCase):
    def test_it(self):
        get_patcher = patch("app.get", 1)
        self.addCleanup(get_patcher.stop)
        self.get = get_patcher.start()
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        signal.signal(signal.SIGINT, None)
        self.assertTrue(self.get)
"""


def test_what_puts_back_what_is_there_is_welcome() -> None:
    assert differences(BEFORE, AFTER, clean_ups=True) is None


def test_nothing_of_it_is_welcome_unless_a_rule_says_so() -> None:
    assert differences(BEFORE, AFTER) is not None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("random.getstate()))", "random.getstate(1)))"),
        ("random.setstate,", "random.seed,"),
        ("random.getstate()", "random.state"),
        ("random.seed(1)\n", "random.seed(2)\n"),
        ("    random.seed(1)\n", ""),
        ("    assert more, tmp_path\n", ""),
        ("*, more=1, request", "*, more=2, request"),
        ("(tmp_path, *, more", "(tmp_path, client, *, more"),
        ("more=1, request):", "more=1, request, other=2):"),
        ("assert more, tmp_path", "assert more, request"),
        ('patch("app.get", 1)', 'patch("app.get", 2)'),
        ("get_patcher.stop)", "get_patcher.start)"),
        ("self.get = get_patcher.start()", "self.get = get_patcher"),
        ("self.get = get_patcher.start()", "self.got = get_patcher.start()"),
        ("self.get = get_patcher.start()", "self.get = get_patcher.start() or get_patcher"),
        ("self.addCleanup(get_patcher.stop)", "self.addCleanup(run, get_patcher.stop)"),
        ("signal.getsignal(signal.SIGINT)", "signal.getsignal(signal.SIGTERM)"),
        ("self.addCleanup(signal.signal, signal.SIGINT,", "self.addCleanup(signal.signal, signal.SIGTERM,"),
        ("self.addCleanup(signal.signal", "self.addCleanup(other.signal"),
        ("self.assertTrue(self.get)", "self.assertFalse(self.get)"),
        ("from functools import partial\n", "from functools import partial\nimport app\napp.run()\n"),
        ("self.addCleanup(get_patcher.stop)", "self.addCleanup((run() or get_patcher).stop)"),
    ],
)
def test_anything_else_is_a_difference(was: str, now: str) -> None:
    assert AFTER.count(was) >= 1
    changed = AFTER.replace(was, now, 1)
    assert differences(BEFORE, changed, clean_ups=True) is not None


def test_a_line_that_was_there_may_not_go() -> None:
    assert differences(AFTER, BEFORE, clean_ups=True) is not None
    gone = AFTER.replace("    self.addCleanup(signal", "    (signal")
    assert differences(AFTER, gone, clean_ups=True) is not None


CONTAINERS = """\
def test_it():
    app.ITEMS.append(1)
    app.SEEN.add(1)
    reload(app)
"""
PUT_BACK = """\
from functools import partial


def test_it(request):
    request.addfinalizer(partial(app.ITEMS.__setitem__, slice(None), app.ITEMS[:]))
    app.ITEMS.append(1)
    request.addfinalizer(partial(app.SEEN.intersection_update, set(app.SEEN)))
    request.addfinalizer(partial(app.SEEN.update, set(app.SEEN)))
    app.SEEN.add(1)
    request.addfinalizer(partial(vars(app).update, dict(vars(app))))
    reload(app)
"""


def test_what_containers_and_modules_hold() -> None:
    assert differences(CONTAINERS, PUT_BACK, clean_ups=True) is None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("app.ITEMS[:])", "app.OTHER[:])"),
        ("slice(None)", "slice(1)"),
        ("set(app.SEEN)))\n    request", "set(app.OTHER)))\n    request"),
        ("dict(vars(app))", "dict(vars(other))"),
        ("vars(app).update", "vars(app).clear"),
        (".append(1)", ".append(2)"),
        ("    app.ITEMS.append(1)", "    request.addfinalizer(app.ITEMS.clear)\n    app.ITEMS.append(1)"),
        ("app.ITEMS.__setitem__, slice(None), app.ITEMS[:]", "run().__setitem__, slice(None), app.ITEMS[:]"),
    ],
)
def test_what_is_none_of_them_is_a_difference(was: str, now: str) -> None:
    changed = PUT_BACK.replace(was, now, 1)
    assert changed != PUT_BACK
    assert differences(CONTAINERS, changed, clean_ups=True) is not None


def test_a_difference_is_told_by_its_line_in_the_rewritten_file() -> None:
    changed = AFTER.replace("self.assertTrue(self.get)", "self.assertFalse(self.get)")
    line = changed.splitlines().index("        self.assertFalse(self.get)") + 1
    assert (differences(BEFORE, changed, clean_ups=True) or "").startswith(f"line {line}: ")


def test_request_may_come_before_another_parameter_that_was_added() -> None:
    before = "import app\n\n\ndef test_it(tmp_path):\n    app.lock.count = 1\n    app.ITEMS.append(1)\n"
    after = PUT_BACK.partition("def ")[0].replace("\n\n\n", "\nimport app\n\n\n") + (
        "def test_it(tmp_path, request, monkeypatch):\n"
        '    monkeypatch.setattr(app.lock, "count", 1, raising=False)\n'
        "    request.addfinalizer(partial(app.ITEMS.__setitem__, slice(None), app.ITEMS[:]))\n"
        "    app.ITEMS.append(1)\n"
    )
    assert differences(before, after, clean_ups=True) is None
    swapped = after.replace("tmp_path, request, monkeypatch", "request, tmp_path, monkeypatch")
    assert differences(before, swapped, clean_ups=True) is not None
