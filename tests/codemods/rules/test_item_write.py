"""ISO403 where it does not rewrite: what is not reported, and what is refused, with its reason."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, check, rewrite

HEAD = """\
import unittest
from unittest.mock import patch

import app
import pytest
from app import HANDLERS

LOCAL = {}


"""
WRITE = "def test_it():\n    app.HANDLERS['json'] = 1\n    run()\n"


def found(text: str) -> list[tuple[str, str | None]]:
    """The findings of a text: what each says, and why it is not fixed."""
    result = check((HEAD + dedent(text)).encode(), "test_it.py", Context(), Selection(select=("ISO403",)))
    assert result.error is None
    return [(finding.message.partition("; not fixed")[0], finding.refusal) for finding in result.left]


@pytest.mark.parametrize(
    "text",
    [
        "def test_it(app):\n    app.HANDLERS['json'] = 1\n    run()\n",
        "def test_it():\n    mine = {}\n    mine['a'] = 1\n    run(mine)\n",
        "def test_it():\n    frame = app.load()\n    frame['a'] = 1\n    run(frame)\n",
        "def test_it(frame):\n    frame['a'] = app.HANDLERS['a']\n    run(frame)\n",
        "class TestIt:\n    def test_it(self):\n        self.kept['a'] = 1\n        run()\n",
        "@patch.dict(app.HANDLERS)\ndef test_it():\n    app.HANDLERS['json'] = 1\n    run()\n",
        "def test_it():\n    with patch.dict('app.HANDLERS', a=1):\n        app.HANDLERS['json'] = 1\n        run()\n",
        "@patch.dict(HANDLERS)\nclass TestIt:\n    def test_it(self):\n        HANDLERS['json'] = 1\n        run()\n",
        f"@pytest.fixture(autouse=True)\ndef fresh():\n    yield\n    app.HANDLERS.clear()\n\n\n{WRITE}",
        "def test_it():\n    LOCAL['a'] = 1\n    try:\n        run()\n    finally:\n        LOCAL.clear()\n",
        "class TestA:\n    def setup_method(self):\n        LOCAL.clear()\n    def test(self):\n        LOCAL['a'] = 1",
        "def test_it(monkeypatch):\n    monkeypatch.setitem(LOCAL, 'a', 1)\n    LOCAL['a'] = 2\n    run()\n",
        "LOCAL['a'] = 1\n",
    ],
)
def test_what_ends_with_the_test_or_is_put_back(text: str) -> None:
    assert found(text) == []


CHANGED = "an item is changed"


@pytest.mark.parametrize(
    ("text", "message", "refusal"),
    [
        ("def test_it():\n    LOCAL['a'] = run(LOCAL.pop('b'))\n", CHANGED, "value-used"),
        ("def test_it():\n    LOCAL['a'] += [1]\n    run()\n", CHANGED, "in-place"),
        ("def test_it():\n    LOCAL['a'] = 1\n    LOCAL.update(run())\n", CHANGED, "all-items"),
        ("def test_it(key):\n    app.PARTS[key] = 1\n    run()\n", CHANGED, "not-a-dict"),
        ("def test_it():\n    LOCAL[run()] = run()\n", CHANGED, "evaluation-order"),
        (
            "def helper():\n    LOCAL['a'] = 1\n\n\nCALLS = [helper]\n",
            "LOCAL['a'] is changed and never restored",
            "helper",
        ),
        ("app.HANDLERS['a'] = 1\n", "an item is set", "module-level"),
    ],
)
def test_what_is_refused(text: str, message: str, refusal: str) -> None:
    assert (message, refusal) in [(m.partition(" for all tests")[0], r) for m, r in found(text)]


def test_what_is_looked_for_is_the_same_before_a_rewrite_and_after_it() -> None:
    """The first test names the dict; when MonkeyPatch does so there, the other one's change is still one."""
    text = """
        from app import HANDLERS, settings
        import app


        def test_first():
            del HANDLERS["k"]


        def test_second():
            def inner():
                kept = app.count
                app.count = 17
                try:
                    run()
                finally:
                    app.count = kept
                HANDLERS.update({"xml": run()})
            settings["debug"] = 3
            run(inner)
    """
    selected = Selection(select=("ISO4",))
    made = rewrite(dedent(text).encode(), "test_it.py", Context(), selected)
    assert 'monkeypatch.delitem(HANDLERS, "k")' in made.source.decode()
    assert [finding.refusal for finding in made.left] == ["nested-function", "undo-order"]
    again = rewrite(made.source, "test_it.py", Context(), selected)
    assert again.source == made.source
    assert again.fixed == ()
