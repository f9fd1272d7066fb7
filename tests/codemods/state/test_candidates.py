"""Which files are parsed for the attributes and items that they write: none whose writes are the tests' own."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.state.expressions.cells.candidates import (
    may_change_contents,
    may_write_attribute,
    may_write_item,
    may_write_modules,
    may_write_system,
)

HEAD = "import app\nfrom app import (\n    Client,\n    REGISTRY,\n)\nOWN = object()\n"
WRITTEN = [
    "app.debug = 1",
    "app.settings.debug = 1",
    "app . debug = 1",
    "OWN.debug += 1",
    "app.debug: bool = True",
    "before = app.debug = 1",
    "before, app.debug = app.debug, 1",
    "app.debug, Client.x = 1, 2",
    "del app.debug",
    "del other.x, app.debug",
    "setattr(app, name, 1)",
    "delattr(\n        app, 'debug')",
    "request.addfinalizer(partial(setattr, app, 'debug', 1))",
    "with open(p) as app.file: pass",
    "for app.number in range(3): pass",
    "OWN = app.settings\n    OWN.debug = 1",
    "import other\n    other.debug = 1",
    "global OWN\n    OWN = make()\n    OWN.debug = 1",
    "text = '''\nOWN = 1\ndef app():\n'''\n    app.debug = 1",
    "def inner(app):\n        pass\n    app.debug = 1",
    "class Inner:\n        app = make()\n        def change(self):\n            app.debug = 1",
    "run(lambda: setattr(app, 'debug', 1))",
]
OWN_ONLY = [
    "app = make()\n    app.debug = 1",
    "self.debug = 1",
    "app = self.app\n    app.debug = 1",
    "for app in apps:\n        app.debug = 1",
    "with make() as app:\n        app.debug = 1",
    "class Client: pass\n    Client.debug = 1",
    "def inner(app):\n        app.debug = 1",
    "local.debug = 1",
    "assert app.debug == 1",
    "run(app.debug, timeout=1)",
    "getattr(app, 'debug')",
    "sys.argv = []",
    "app.debug(x=1)",
]


@pytest.mark.parametrize("body", WRITTEN)
def test_may_write_an_attribute(body: str) -> None:
    assert may_write_attribute(f"{HEAD}def test_it():\n    {body}\n".encode())
    assert may_write_attribute(f"{HEAD}class TestIt:\n  def test_it(self):\n    {body}\n".encode())


@pytest.mark.parametrize("body", OWN_ONLY)
def test_writes_only_its_own_attributes(body: str) -> None:
    assert not may_write_attribute(f"import sys\n{HEAD}def test_it(self, apps):\n    {body}\n".encode())
    assert not may_write_attribute(
        f"import sys\n{HEAD}class TestIt:\n  def test_it(self, apps):\n    {body}\n".encode()
    )


@pytest.mark.parametrize(
    "body",
    [
        "REGISTRY['a'] = 1",
        "app.registry['a'] += 1",
        "before = REGISTRY['a'] = 1",
        "del REGISTRY['a']",
        "del x, app.registry['a']",
        "REGISTRY = app.registry\n    REGISTRY['a'] = 1",
        "REGISTRY['a']: int = 1",
        "REGISTRY[make()[0]] = 1",
    ],
)
def test_may_write_an_item(body: str) -> None:
    assert may_write_item(f"{HEAD}def test_it():\n    {body}\n".encode())


@pytest.mark.parametrize(
    "body",
    [
        "REGISTRY = {}\n    REGISTRY['a'] = 1",
        "local['a'] = 1",
        "assert REGISTRY['a'] == 1",
        "os.environ['a'] = 'b'",
        "sys.modules['a'] = 1",
        "app.debug = 1",
    ],
)
def test_writes_only_its_own_items(body: str) -> None:
    assert not may_write_item(f"import os, sys\n{HEAD}def test_it():\n    {body}\n".encode())


def test_names_that_blocks_at_the_top_level_bind() -> None:
    code = """
        if True:
            settings = make()

        with config() as other:
            pass

        def test_it():
            {}.debug = 1
    """
    assert may_write_attribute(dedent(code).format("settings").encode())
    assert may_write_attribute(dedent(code).format("other").encode())
    assert not may_write_attribute(dedent(code).format("unknown").encode())


def test_what_stands_at_the_top_level() -> None:
    assert may_write_attribute(b"import app\napp.debug = 1\n")
    assert not may_write_attribute(b"class App: pass\nApp.debug = 1\n"), "what belongs to the file is its own to set up"
    assert may_write_attribute(b"import app\nclass TestIt:\n    app.debug = 1\n")


def test_what_does_not_parse_is_a_candidate() -> None:
    assert may_write_attribute(b"import app\ndef test_it():\n    app = (\n    app.debug = 1\n")


def test_writes_of_sys() -> None:
    assert may_write_system(b"import sys\ndef test_it():\n    sys.argv = []\n")
    assert may_write_system(b"import sys as system\ndef test_it():\n    system.argv = []\n")
    assert not may_write_system(b"import sys, app\ndef test_it():\n    app.argv = sys.argv\n")
    assert may_write_modules(b"import sys\ndef test_it():\n    del sys.modules['a']\n")
    assert not may_write_modules(b"import sys\ndef test_it():\n    assert 'a' in sys.modules\n")


@pytest.mark.parametrize(
    "body",
    [
        "app.items.append(1)",
        "REGISTRY.clear()",
        "OWN.tags.update(more)",
        'REGISTRY["json"] = 1',
        "OWN = app.items\n    OWN.append(1)",
        "if 1:\n        app.settings.hosts.remove(1)",
    ],
)
def test_may_change_what_something_holds(body: str) -> None:
    assert may_change_contents(f"{HEAD}def test_it():\n    {body}\n".encode())


@pytest.mark.parametrize(
    "body",
    [
        "app = []\n    app.append(1)",
        "items.append(1)",
        "self.items.append(1)",
        "import os\n    os.remove(path)",
        "import os\n    os.environ.update(more)",
        "import sys\n    sys.path.append(path)",
        "assert app.items.copy()",
    ],
)
def test_changes_nothing_that_outlives_it(body: str) -> None:
    assert not may_change_contents(f"{HEAD}def test_it():\n    {body}\n".encode())


def test_the_streams_are_those_of_pytest() -> None:
    assert not may_write_system(b"import sys\ndef test_it():\n    sys.stdout = sys.stderr = out\n")
    assert may_write_system(b"import sys\ndef test_it():\n    sys.stdout, sys.argv = out, []\n")
    assert may_write_system(b"import sys as s\ndef test_it():\n    s.stdout = s.argv = out\n")
