"""ISO402 where it does not rewrite: what is not reported, and what is refused, with its reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Conftest, Context
from isolator.engine.engine import Selection, check, rewrite

HEAD = """\
import unittest
from unittest import mock
from unittest.mock import Mock, patch

import app
import pytest
from app import Client, settings

SAVED = app.name
client = Client()


"""


def found(text: str, context: Context | None = None) -> list[tuple[str, str | None]]:
    """The findings of a text: what each says, and why it is not fixed."""
    result = check((HEAD + dedent(text)).encode(), "test_it.py", context or Context(), Selection(select=("ISO",)))
    assert result.error is None
    assert {finding.code for finding in result.left} <= {"ISO402"}
    return [(finding.message.partition("; not fixed")[0], finding.refusal) for finding in result.left]


@pytest.mark.parametrize(
    "text",
    [
        "def test_it(app):\n    app.name = 'mine'\n    assert run()\n",
        "def test_it():\n    mine = Client()\n    mine.limit = 3\n    assert mine.run()\n",
        "def test_it():\n    app.make().limit = 3\n    assert run()\n",
        "def test_it():\n    class Fake:\n        pass\n    Fake.limit = 3\n    assert run(Fake)\n",
        "class TestIt:\n    def test_it(self):\n        self.limit = 3\n        assert run(self)\n",
        "def test_it():\n    app.make.return_value = 3\n    app.call.side_effect = ValueError\n    assert run()\n",
        "@patch('app.inner')\ndef test_it(inner):\n    app.inner.limit = 3\n    assert run()\n",
        "def test_it():\n    with mock.patch.object(app, 'inner'):\n        app.inner.limit = 3\n        run()\n",
        "def test_it(mocker):\n    session = app.get.return_value\n    session.limit = 3\n    assert run(session)\n",
        "def test_it(monkeypatch):\n    monkeypatch.setattr(app, 'name', 'a')\n    app.name = 'b'\n    assert run()\n",
        "def test_it():\n    assert app.name == 'app' and settings.DEBUG is False\n",
        "def test_it():\n    from flask import g\n    g.user = 'me'\n    assert run()\n",
        "def test_it():\n    app.name = 'x'\n    try:\n        run()\n    finally:\n        app.name = 'app'\n",
        "def test_it():\n    app.name = 'x'\n    try:\n        run()\n    finally:\n        app.name = SAVED\n",
        "class TestIt:\n    def setup_method(self):\n        app.a = {}\n    def test_it(self):\n        app.a = 1\n",
        "@pytest.fixture(autouse=True)\ndef fresh():\n    app.cache = None\n    yield\n    app.cache = None\n",
        "class TestIt:\n    def teardown_method(self):\n        app.x = 1\n    def test_it(self):\n        app.x = 2\n",
        "class Fake:\n    pass\n\n\nFake.__test__ = False\n",
        (
            "class changed:\n    def __enter__(self):\n        self.old, app.limit = app.limit, 1\n"
            "    def __exit__(self, *given):\n        app.limit = self.old\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def reset(self):\n        app.cache = Client()\n"
            "    def tearDown(self):\n        self.reset()\n"
        ),
        (
            "def reset():\n    app.cache = Client()\n\n\n@pytest.fixture\ndef fresh(request):\n"
            "    request.addfinalizer(reset)\n"
        ),
        (
            "def work():\n    old = app.seen.copy()\n    app.seen = set()\n    try:\n        run()\n    finally:\n"
            "        app.seen = old\n\n\ndef test_it():\n    work()\n"
        ),
        (
            "def test_it():\n    mine, old = {}, app.map\n    try:\n        app.map = mine\n        run()\n"
            "    finally:\n        mine, app.map = app.map, old\n    assert not mine\n"
        ),
        (
            "def test_it():\n    import app as old\n    try:\n        client.app = fake\n        run()\n    finally:\n"
            "        client.app = old\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def test_it(self):\n"
            "        self.addCleanup(setattr, app, 'x', None)\n        app.x = 1\n"
        ),
        "def test_it():\n    with pytest.raises(TypeError):\n        app.frozen = 1\n",
        (
            "def test_it():\n    old = app.command.revise\n    app.config.command.revise = fake\n"
            "    try:\n        run()\n    finally:\n        app.config.command.revise = old\n"
        ),
        (
            "@pytest.fixture(scope='session')\ndef there(request):\n    old = app.make()\n    app.x = 1\n\n"
            "    @request.addfinalizer\n    def restore():\n        app.x = old\n"
        ),
        (
            "def test_it(name):\n    old = getattr(app, name)\n    setattr(app, name, 1)\n    try:\n        run()\n"
            "    finally:\n        setattr(app, name, old)\n"
        ),
        (
            "class TestIt(unittest.TestCase):\n    def test_it(self):\n"
            "        with self.assertRaises(AttributeError):\n            del client.name\n"
        ),
        (
            "@pytest.fixture(autouse=True)\ndef kept():\n    old = app.make()\n    yield\n    app.x = old\n\n\n"
            "def test_it():\n    app.x = 1\n    run()\n"
        ),
    ],
)
def test_what_ends_with_the_test_or_is_reset(text: str) -> None:
    assert found(text) == []


def test_what_an_autouse_fixture_of_a_conftest_puts_back(tmp_path: Path) -> None:
    text = "def test_it():\n    app.x = 1\n    run()\n"
    fixture = (
        "import app, pytest\n\n\n@pytest.fixture(autouse=True)\ndef f():\n    old = app.x\n    yield\n    app.x = old\n"
    )
    for changed, number in ((fixture, 0), (fixture.replace("app.x = old", "app.y = old"), 1)):
        above = Context(root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/", changed),))
        assert len(found(text, above)) == number
    beside = Context(root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/other/", fixture),))
    assert len(found(text, beside)) == 1
    asked_for = Context(
        root=tmp_path, conftests=(Conftest(f"{tmp_path.as_posix()}/", fixture.replace("True", "False")),)
    )
    assert len(found(text, asked_for)) == 1


def test_what_a_conftest_sets_while_it_is_imported_is_for_the_session() -> None:
    source = b"import app\n\napp.x = 1\n"
    selection = Selection(select=("ISO402",))
    assert len(check(source, "tests/test_it.py", Context(), selection).left) == 1
    assert not check(source, "tests/conftest.py", Context(), selection).left


CHANGED = "{} is changed and never restored"


@pytest.mark.parametrize(
    "text",
    [
        (
            "class TestIt:\n    def teardown_method(self):\n        app.other.x = 1\n"
            "    def test_it(self):\n        app.x = 2\n"
        ),
        (
            "class TestIt:\n    def teardown_method(self):\n        self.x = 1\n"
            "    def test_it(self):\n        app.x = 2\n"
        ),
        "def teardown_module():\n    app.x = SAVED\n\n\ndef test_it():\n    app.x = 2\n",
        (
            "@pytest.fixture(autouse=True, scope='module')\ndef f():\n    yield\n    app.x = SAVED\n\n\n"
            "def test_it():\n    app.x = 2\n"
        ),
    ],
)
def test_what_is_put_back_elsewhere_or_not_for_each_test(text: str) -> None:
    assert (CHANGED.format("app.x"), None) in found(text)


@pytest.mark.parametrize(
    ("text", "message", "refusal"),
    [
        ("def test_it():\n    run(setattr(app, 'name', 'x'))\n", "an attribute is changed", "value-used"),
        ("def test_it():\n    with run() as app.name:\n        run()\n", "an attribute is changed", "binding-target"),
        ("def test_it():\n    app.names += ['x']\n    run()\n", "an attribute is changed", "in-place"),
        (
            "def test_it(key):\n    app.one = 1\n    setattr(app, key, 1)\n",
            "an attribute is changed",
            "attribute-unknown",
        ),
        ("def test_it():\n    Client.__bases__ = ()\n    run()\n", "an attribute is changed", "attribute-special"),
        ("def test_it():\n    Client.__name__ = 'x'\n    run()\n", "an attribute is changed", "attribute-special"),
        (
            "def test_it():\n    from django.conf import settings\n    settings.X = 1\n    run()\n",
            "an attribute is changed",
            "django-settings",
        ),
        (
            "def test_one():\n    client.token = 't'\n\n\ndef test_two():\n    assert client.token\n",
            "an attribute is changed",
            "passed-on",
        ),
        (
            "@patch.object(app, 'name')\ndef test_it(name):\n    app.name = 'x'\n    run()\n",
            CHANGED.format("app.name"),
            "undo-order",
        ),
        (
            "@patch('app.name', 'y')\nclass TestIt:\n    def test_it(self):\n        app.name = 'x'\n        run()\n",
            CHANGED.format("app.name"),
            "undo-order",
        ),
        (
            "def test_it(mocker):\n    mocker.patch.object(app, 'name')\n    app.name = 'x'\n    run()\n",
            CHANGED.format("app.name"),
            "undo-order",
        ),
        ("def helper():\n    app.name = 'x'\n\n\nCALLS = [helper]\n", CHANGED.format("app.name"), "helper"),
        ("app.name = 'x'\n\n\ndef test_it():\n    app.name = 'y'\n    run()\n", "an attribute is set", "module-level"),
    ],
)
def test_what_is_refused(text: str, message: str, refusal: str) -> None:
    assert (message, refusal) in [(m.partition(" for all tests")[0], r) for m, r in found(text)]


def test_who_reads_what_a_test_passes_on_is_named() -> None:
    text = "def test_one():\n    client.token = 't'\n\n\ndef test_two():\n    assert client.token\n"
    result = check((HEAD + text).encode(), "test_it.py", Context(), Selection(select=("ISO",)))
    assert "test_two reads it" in result.left[0].message


def test_an_attribute_that_the_source_tree_defines_is_there(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("name = 'app'\n\n\nclass Client:\n    limit = 3\n")
    text = f"{HEAD}def test_it():\n    app.name = 'x'\n    app.other = 'y'\n    Client.limit = 4\n    run()\n"
    context = Context(root=tmp_path, source_roots=(Path(),))

    result = rewrite(text.encode(), "test_it.py", context, Selection(select=("ISO402",)))

    assert result.source.decode().splitlines()[-5:] == [
        "def test_it(monkeypatch):",
        "    monkeypatch.setattr(app, 'name', 'x')",
        "    monkeypatch.setattr(app, 'other', 'y', raising=False)",
        "    monkeypatch.setattr(Client, 'limit', 4)",
        "    run()",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    app.name = 'x'\n    try:\n        run()\n    finally:\n        app.name = make()\n",
        "@pytest.fixture\ndef named():\n    app.name = 'x'\n    yield\n    app.name = 'app'\n",
        (
            "def test_it():\n    old = app.name\n    def run_it():\n        app.name = 'x'\n"
            "        try:\n            run()\n"
            "        finally:\n            app.name = old\n    run_it()\n"
        ),
        (
            "class TestIt:\n    def setup_method(self):\n        self.old = app.name\n"
            "        other = app.name = app.x = 1\n"
            "    def teardown_method(self):\n        app.name = self.old\n        app.x = self.old\n"
        ),
        "if __name__ == '__main__':\n    app.name = 'x'\n",
        "for name in 'ab':\n    client.name = name\n",
        (
            "def test_it(request):\n    old = app.name\n    def undo():\n        app.name = old\n"
            "    request.addfinalizer(undo)\n"
            "    run()\n"
        ),
    ],
)
def test_what_is_put_back_in_any_case(text: str) -> None:
    assert found(text) == []


def test_what_a_decorator_does_is_not_known() -> None:
    [(message, refusal)] = found("@app.restoring\ndef test_it():\n    app.name = 'x'\n    run()\n")
    assert (message, refusal) == ("app.name is changed, unless a decorator restores it", None)
