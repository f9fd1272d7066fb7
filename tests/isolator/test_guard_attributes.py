"""The guard and attributes that may not be there, where ``setattr`` would fail and the assignment did not."""

from __future__ import annotations

from isolator.guard.compare import differences

BEFORE = """\
import app


def test_it():
    app.first = 1
    look()

    def inner():
        app.first = 2
        app.second = 3
        look()

    inner()
"""
AFTER = """\
import app


def test_it(monkeypatch):
    monkeypatch.setattr(app, "first", 1, raising=False)
    look()

    def inner():
        monkeypatch.setattr(app, "first", 2)
        monkeypatch.setattr(app, "second", 3, raising=False)
        look()

    inner()
"""


def test_what_the_function_around_has_set_is_there() -> None:
    assert differences(BEFORE, AFTER) is None


def test_what_nothing_has_set_may_not_be() -> None:
    strict = AFTER.replace('"second", 3, raising=False', '"second", 3')
    assert differences(BEFORE, strict) == "line 10: app.second may not be there, and setattr would fail"
    assert differences(BEFORE, strict, there={"app.second"}) is None
