"""The guard and what is put back by hand: of a variable that the code itself never sets, nothing else would do it."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences
from tests.isolator.rewrites.putting_back import HEAD, HOSTS, functions


@pytest.mark.parametrize("host", HOSTS)
def test_what_only_a_restoration_puts_back_must_stay(host: str) -> None:
    found = [function for function in functions() if function.host == host]
    wrong = []
    for function in found:
        before, after = HEAD + function.before.replace("{n}", "it"), HEAD + function.after.replace("{n}", "it")
        said = differences(before, after, unset=())
        if (said is None) is not function.is_right:
            wrong.append((function.form, function.saved, function.set, said))
    assert wrong == []
    assert {function.is_right for function in found} == {True, False}


BEFORE = """\
import os
import unittest

import pytest


class TestIt(unittest.TestCase):
    def setUp(self):
        self.level = os.environ["LEVEL"]
        self.name = os.environ["NAME"]
        os.environ["LEVEL"] = "1"

    def tearDown(self):
        os.environ["LEVEL"] = self.level
        os.environ["NAME"] = self.name

    def test_it(self):
        look()
        os.environ["NAME"] = "n"
        look()
"""
AFTER = """\
import os
import unittest

import pytest


class TestIt(unittest.TestCase):
    def setUp(self):
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.setenv("LEVEL", "1")

    def test_it(self):
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        look()
        monkeypatch.setenv("NAME", "n")
        look()
"""


def test_what_a_test_of_the_class_sets_may_be_changed_by_others_too() -> None:
    assert differences(BEFORE, AFTER, unset=()) == "line 7: TestIt: 'NAME' is no longer put back"
