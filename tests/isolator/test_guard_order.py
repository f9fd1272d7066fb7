"""What the guard says where the order, or the place, of what deals with the environment is another."""

from __future__ import annotations

from textwrap import dedent

import pytest

from isolator.guard.compare import differences

HEAD = "import os\n\nimport pytest\n\n\n"


def said(before: str, after: str) -> str | None:
    """What the guard says of a rewrite of one function."""
    return differences(HEAD + dedent(before), HEAD + dedent(after), unset=())


# An unset in front of what sets the same variable is nothing of its own.
SET = """
def test_it(monkeypatch):
    monkeypatch.setenv("K", "1")
    look()
"""
SET_INSIDE = """
def test_it(monkeypatch):
    with monkeypatch.context() as m:
        m.setenv("K", "1")
        look()
    look()
"""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('os.environ.pop("K", None)', 'os.environ["K"] = "1"'),
        ('os.environ.pop("K", None)', 'os.environ.update(K="1")'),
        ('os.environ.pop("K", "")', 'os.environ.update({"K": "1"})'),
    ],
)
def test_an_unset_in_front_of_a_set_may_go(first: str, second: str) -> None:
    assert said(f"def test_it():\n    {first}\n    {second}\n    look()\n", SET) is None


def test_what_was_unset_and_set_is_put_back() -> None:
    before = """
    def test_it():
        saved = os.environ.pop("K", None)
        os.environ["K"] = "1"
        look()
        if saved is not None:
            os.environ["K"] = saved
        look()
    """
    assert said(before, SET_INSIDE) is None
    assert said(before, SET + "    look()\n") is not None


@pytest.mark.parametrize(
    ("first", "between", "second"),
    [
        ('os.environ.pop("K", None)', "look()", 'os.environ["K"] = "1"'),
        ('os.environ.pop("K", None)', 'x = os.environ.get("K")', 'os.environ["K"] = "1"'),
        ('os.environ.pop("K", None)', "pass", 'os.environ["K"] = make()'),
        ('os.environ.pop("K", None)', "pass", 'os.environ["K"] = os.environ.get("K", "1")'),
        ('os.environ.pop("K", None)', "pass", 'os.environ.setdefault("K", "1")'),
        ('os.environ.pop("K", None)', "pass", 'os.environ["L"] = "1"'),
        ('del os.environ["K"]', "pass", 'os.environ["K"] = "1"'),
        ('os.environ.pop("K")', "pass", 'os.environ["K"] = "1"'),
    ],
)
def test_an_unset_that_something_may_see_stays(first: str, between: str, second: str) -> None:
    before = f"def test_it():\n    {first}\n    {between}\n    {second}\n    look()\n"
    key, value = ("L" if '"L"' in second else "K"), '"1"'
    value = second.partition("= ")[2] or value
    after = f'def test_it(monkeypatch):\n    {between}\n    monkeypatch.setenv("{key}", {value})\n    look()\n'
    assert said(before, after) is not None


def test_an_unset_that_outlives_the_set_stays() -> None:
    """The context takes back what it sets, and what was unset by hand before it stays unset."""
    before = SET_INSIDE.replace("    with", '    os.environ.pop("K", None)\n    with')
    assert said(before, SET_INSIDE) is not None


ALIASED = """
def test_it():
    env = os.environ
    env["A"] = "1"
    look(env)
"""
ALIASED_AFTER = """
def test_it(monkeypatch):
    env = os.environ
    monkeypatch.setenv("A", "1")
    look(env)
"""
IMPORTED = """
def test_it():
    import os as system

    system.environ["A"] = system.sep
    look()
"""
IMPORTED_AFTER = """
def test_it(monkeypatch):
    import os as system

    monkeypatch.setenv("A", system.sep)
    look()
"""
KEPT = """
def test_it():
    saved = os.environ.get("A")
    os.environ["A"] = "1"
    look()
    try:
        look()
    finally:
        if saved is None:
            del os.environ["A"]
        else:
            os.environ["A"] = saved
        look()
"""
KEPT_AFTER = """
def test_it(monkeypatch):
    saved = os.environ.get("A")
    monkeypatch.setenv("A", "1")
    look()
    try:
        look()
    finally:
        if saved is None:
            monkeypatch.delenv("A")
        else:
            monkeypatch.setenv("A", saved)
        look()
"""
DECORATED = """
class TestIt:
    def setup_method(self):
        os.environ["A"] = "1"

    def teardown_method(self):
        del os.environ["A"]

    def test_it(self):
        look()
"""
DECORATED_AFTER = """
class TestIt:
    @pytest.fixture(autouse=True)
    def environment(self):
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setenv("A", "1")
            yield

    def test_it(self):
        look()
"""
INSIDE = """
def test_it():
    def change():
        os.environ["A"] = "1"
        look()
        del os.environ["A"]

    os.environ["A"] = "0"
    change()
    look()
"""
INSIDE_AFTER = """
def test_it(monkeypatch):
    def change():
        monkeypatch.setenv("A", "1")
        look()
        monkeypatch.delenv("A")

    monkeypatch.setenv("A", "0")
    change()
    look()
"""
CHOSEN = """
def test_it(more):
    value = "1"
    if more:
        value = "2"
    os.environ["A"] = value
    look()
"""
CHOSEN_AFTER = """
def test_it(more, monkeypatch):
    value = "1"
    if more:
        value = "2"
    monkeypatch.setenv("A", value)
    look()
"""
SPOILT = [
    (ALIASED, ALIASED_AFTER, "    env = os.environ\n", "    if more:\n        env = os.environ\n"),
    (ALIASED, ALIASED_AFTER, "    env = os.environ\n", ""),
    (IMPORTED, IMPORTED_AFTER, "    import os as system\n", "    if more:\n        import os as system\n"),
    (
        IMPORTED,
        IMPORTED_AFTER,
        '    import os as system\n\n    monkeypatch.setenv("A", system.sep)\n',
        '    monkeypatch.setenv("A", system.sep)\n    import os as system\n\n',
    ),
    (KEPT, KEPT_AFTER, 'get("A")', 'get("A", "x")'),
    (KEPT, KEPT_AFTER, 'get("A")', 'get("B")'),
    (KEPT, KEPT_AFTER, "    saved =", "    saved = None\n    if more:\n        saved ="),
    (KEPT, KEPT_AFTER, '            monkeypatch.delenv("A")\n', "            pass\n"),
    (KEPT, KEPT_AFTER, '            monkeypatch.setenv("A", saved)\n', "            pass\n"),
    (
        KEPT,
        KEPT_AFTER,
        '    saved = os.environ.get("A")\n    monkeypatch.setenv("A", "1")\n',
        '    monkeypatch.setenv("A", "1")\n    saved = os.environ.get("A")\n',
    ),
    (DECORATED, DECORATED_AFTER, "            yield\n", "            yield\n            yield\n"),
    (DECORATED, DECORATED_AFTER, "            yield\n", "        yield\n"),
    (DECORATED, DECORATED_AFTER, "            yield\n", ""),
    (
        DECORATED,
        DECORATED_AFTER,
        '            monkeypatch.setenv("A", "1")\n            yield\n',
        '            yield\n            monkeypatch.setenv("A", "1")\n',
    ),
    (INSIDE, INSIDE_AFTER, '        monkeypatch.delenv("A")\n', ""),
    (CHOSEN, CHOSEN_AFTER, '    if more:\n        value = "2"\n', '    value = "2"\n'),
]


@pytest.mark.parametrize(("before", "after", "old", "new"), SPOILT)
def test_what_is_kept_is_kept_in_its_place(before: str, after: str, old: str, new: str) -> None:
    spoilt = after.replace(old, new)

    assert said(before, after) is None
    assert spoilt != after
    compile(spoilt, "spoilt", "exec")
    assert said(before, spoilt) is not None


def test_what_is_unset_for_certain_is_not_deleted() -> None:
    """``delenv`` of it fails: a ``setenv`` in front makes sure that what other code sets is taken back."""
    before = """
    def test_it():
        with patch.dict(os.environ, clear=True):
            look()
    """
    after = """
    def test_it(monkeypatch):
        for name in list(os.environ):
            monkeypatch.delenv(name)
        monkeypatch.setenv("A", "")
        monkeypatch.delenv("A")
        look()
    """
    head = "from unittest.mock import patch\n"
    old, new = (head + HEAD + dedent(text) for text in (before, after))
    spoilt = new.replace('    monkeypatch.setenv("A", "")\n', "")
    assert differences(old, new, unset=()) is None
    assert differences(old, spoilt, unset=()) is not None


def test_a_context_inside_another_has_a_name_of_its_own() -> None:
    before = """
    def test_it():
        with patch.dict(os.environ):
            with patch.dict(os.environ, {"A": "1"}):
                look()
            os.environ["B"] = "2"
            look()
        look()
    """
    after = """
    def test_it(monkeypatch):
        with monkeypatch.context() as m:
            with m.context() as inner:
                inner.setenv("A", "1")
                look()
            m.setenv("B", "2")
            look()
        look()
    """
    head = "from unittest.mock import patch\n"
    old, new = (head + HEAD + dedent(text) for text in (before, after))
    spoilt = new.replace("inner", "m")
    assert differences(old, new, unset=()) is None
    assert differences(old, spoilt, unset=()) is not None


def test_what_is_unset_further_down_is_not_unset_at_the_head() -> None:
    before = """
    def test_it():
        look()
        os.environ.pop("A", None)
        look()
    """
    after = """
    def test_it(monkeypatch):
        monkeypatch.delenv("A", raising=False)
        look()
        look()
    """
    assert said(before, after) is not None
