"""What the guard says of a MonkeyPatch that a set-up keeps for its tear-down."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences

BEFORE = """\
import os
import pytest


class TestIt:
    def setup_method(self):
        self.saved = os.environ.get("A")
        os.environ["A"] = "1"

    def teardown_method(self):
        before()
        if self.saved is None:
            del os.environ["A"]
        else:
            os.environ["A"] = self.saved
        after()

    def test_it(self):
        run()
"""
AFTER = """\
import os
import pytest


class TestIt:
    def setup_method(self):
        self.monkeypatch = pytest.MonkeyPatch()
        self.monkeypatch.setenv("A", "1")

    def teardown_method(self):
        before()
        self.monkeypatch.undo()
        after()

    def test_it(self):
        run()
"""


def test_what_is_undone_where_it_was_restored_passes() -> None:
    assert differences(BEFORE, AFTER) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        self.monkeypatch.undo()\n", ""),
        ("        self.monkeypatch.undo()\n", "        if run():\n            self.monkeypatch.undo()\n"),
        ("        self.monkeypatch.undo()\n", "        return\n        self.monkeypatch.undo()\n"),
        ("        self.monkeypatch.undo()\n", "        self.monkeypatch.undo\n"),
        ("        self.monkeypatch.undo()\n", "        self.other.undo()\n"),
        ("        before()\n        self.monkeypatch.undo()\n", "        self.monkeypatch.undo()\n        before()\n"),
        ("        self.monkeypatch.undo()\n        after()\n", "        after()\n        self.monkeypatch.undo()\n"),
        ("        self.monkeypatch = pytest.MonkeyPatch()\n", ""),
        ("        self.monkeypatch =", "        if run():\n            self.monkeypatch ="),
        ("        self.monkeypatch =", "        self.other ="),
        ("        self.monkeypatch =", "        monkeypatch ="),
        ("def teardown_method", "def teardown_class"),
        (
            "        self.monkeypatch.setenv",
            "        self.monkeypatch = pytest.MonkeyPatch()\n        self.monkeypatch.setenv",
        ),
        ('        self.monkeypatch.setenv("A", "1")\n', ""),
        ('("A", "1")', '("A", "2")'),
    ],
)
def test_what_is_not_undone_there_is_caught(old: str, new: str) -> None:
    spoilt = AFTER.replace(old, new)

    assert spoilt != AFTER
    assert differences(BEFORE, spoilt) is not None


def test_an_attribute_that_held_something_else_is_caught() -> None:
    used = "        self.monkeypatch = run()\n"

    assert differences(BEFORE + used, AFTER + used) is not None
