"""Suites in which tests share a file, and what becomes of each: before, after, and why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Case:
    """A suite in ``test_it.py``, the files beside it, what its tests leave changed, and which of them were seen to."""

    name: str
    before: str
    after: str
    leaked: tuple[str, ...]
    tests: tuple[str, ...] = ()
    fix: Literal["safe", "unsafe"] = "safe"
    files: dict[str, str] = field(default_factory=dict)


APP = """import os
from pathlib import Path


def save(path="out.csv"):
    assert isinstance(path, str), path
    with open(path, "x") as file:
        file.write("saved")


def load(path):
    with open(path) as file:
        return file.read()
"""

FIXED = [
    Case(
        "relative",
        '''import os


def test_writes():
    """Writes."""
    with open("out.csv", "w") as file:
        file.write("x")
    assert os.path.exists("out.csv")


def test_finds_none():
    assert not os.path.exists("out.csv")
''',
        '''import os


def test_writes(tmp_path, monkeypatch):
    """Writes."""
    monkeypatch.chdir(tmp_path)
    with open("out.csv", "w") as file:
        file.write("x")
    assert os.path.exists("out.csv")


def test_finds_none():
    assert not os.path.exists("out.csv")
''',
        ("./out.csv",),
    ),
    Case(
        "folder",
        """import os
from pathlib import Path

OUT = Path("out")


def make(name: str) -> None:
    (OUT / name).mkdir(parents=True)


class TestMakes:
    def test_makes(self) -> None:
        make("a")
        assert os.listdir("out") == ["a"]

    def test_makes_another(self, capsys) -> None:
        make("b")
        assert os.listdir("out") == ["b"]
""",
        """import os
from pathlib import Path

import pytest

OUT = Path("out")


def make(name: str) -> None:
    (OUT / name).mkdir(parents=True)


class TestMakes:
    def test_makes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        make("a")
        assert os.listdir("out") == ["a"]

    def test_makes_another(
        self, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        make("b")
        assert os.listdir("out") == ["b"]
""",
        ("./out",),
    ),
    Case(
        "working-directory",
        """import os


def test_here():
    path = os.path.join(os.getcwd(), "log.txt")
    with open(path, "a") as file:
        file.write("x")
    assert os.path.getsize("log.txt") == 1
""",
        """import os


def test_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = os.path.join(os.getcwd(), "log.txt")
    with open(path, "a") as file:
        file.write("x")
    assert os.path.getsize("log.txt") == 1
""",
        ("./log.txt",),
    ),
    Case(
        "database",
        """import sqlite3
import unittest


class TestData(unittest.TestCase):
    def test_table(self):
        connection = sqlite3.connect("app.db")
        self.addCleanup(connection.close)
        connection.execute("create table t (a)")
        self.assertEqual(connection.execute("select * from t").fetchall(), [])
""",
        """import sqlite3
import tempfile
import unittest

import pytest


class TestData(unittest.TestCase):
    def test_table(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.chdir(folder.name)
        connection = sqlite3.connect("app.db")
        self.addCleanup(connection.close)
        connection.execute("create table t (a)")
        self.assertEqual(connection.execute("select * from t").fetchall(), [])
""",
        ("./app.db",),
    ),
    Case(
        "code",
        """import app


def test_saves():
    app.save()
    assert app.load("out.csv") == "saved"
""",
        """import app


def test_saves(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app.save()
    assert app.load("out.csv") == "saved"
""",
        ("./out.csv",),
        ("test_saves",),
        "unsafe",
        {"app.py": APP},
    ),
    Case(
        "path-of-a-fixture",
        """import app
import pytest


@pytest.fixture
def path():
    return "out.csv"


def test_saves(path):
    app.save(path)
    assert app.load(path) == "saved"
""",
        """import app
import pytest


@pytest.fixture
def path():
    return "out.csv"


def test_saves(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    app.save(path)
    assert app.load(path) == "saved"
""",
        ("./out.csv",),
        ("test_saves",),
        "unsafe",
        {"app.py": APP},
    ),
    Case(
        "beside-files-of-the-project",
        """from pathlib import Path

import app


def test_saves():
    assert app.load("data/in.csv") == "x"
    app.save("data/out.csv")
    assert Path("data/out.csv").read_text() == "saved"
    with open('data/out.csv') as file:
        assert file.read() == app.load(str(Path("data") / "out.csv"))
""",
        """from pathlib import Path

import app


def test_saves(tmp_path):
    assert app.load("data/in.csv") == "x"
    app.save(str(tmp_path / "out.csv"))
    assert (tmp_path / "out.csv").read_text() == "saved"
    with open(tmp_path / "out.csv") as file:
        assert file.read() == app.load(str(tmp_path / "out.csv"))
""",
        ("./data/out.csv",),
        ("test_saves",),
        "unsafe",
        {"app.py": APP, "data/in.csv": "x"},
    ),
    Case(
        "where-the-file-stands",
        """import os

HERE = os.path.dirname(__file__)


def test_writes():
    path = os.path.join(HERE, "out.txt")
    with open(path, "x") as file:
        file.write("x")
    assert os.path.getsize(path) == 1
""",
        """import os

HERE = os.path.dirname(__file__)


def test_writes(tmp_path):
    path = str(tmp_path / "out.txt")
    with open(path, "x") as file:
        file.write("x")
    assert os.path.getsize(path) == 1
""",
        ("./out.txt",),
    ),
    Case(
        "a-copy",
        """from pathlib import Path


def test_adds() -> None:
    # One line more.
    with open("data/in.csv", "a") as file:
        file.write("y")
    assert Path("data/in.csv").read_text() == "xy"
""",
        """import shutil
from pathlib import Path


def test_adds(tmp_path: Path) -> None:
    shutil.copy("data/in.csv", tmp_path)
    # One line more.
    with open(tmp_path / "in.csv", "a") as file:
        file.write("y")
    assert (tmp_path / "in.csv").read_text() == "xy"
""",
        ("./data/in.csv",),
        (),
        "safe",
        {"data/in.csv": "x"},
    ),
    Case(
        "a-copy-of-a-folder",
        """import os
import shutil


def test_removes():
    os.remove("data/a.txt")
    assert os.listdir("data") == []
    shutil.rmtree("data")
""",
        """import os
import shutil


def test_removes(tmp_path):
    shutil.copytree("data", tmp_path / "data")
    os.remove(tmp_path / "data/a.txt")
    assert os.listdir(tmp_path / "data") == []
    shutil.rmtree(tmp_path / "data")
""",
        ("./data",),
        (),
        "safe",
        {"data/a.txt": ""},
    ),
    Case(
        "a-fixture-that-writes",
        """import os

import pytest


@pytest.fixture
def made():
    os.mkdir("made")
    yield "made"


def test_made(made):
    os.mkdir(os.path.join(made, "inner"))


def test_made_too(made):
    assert os.listdir(made) == []
""",
        """import os

import pytest


@pytest.fixture
def made(tmp_path):
    os.mkdir(tmp_path / "made")
    yield str(tmp_path / "made")


def test_made(made):
    os.mkdir(os.path.join(made, "inner"))


def test_made_too(made):
    assert os.listdir(made) == []
""",
        ("./made",),
        (),
        "unsafe",
    ),
    Case(
        "a-fixture-of-a-module",
        """import os
import shutil
import tempfile

import pytest


@pytest.fixture(scope="module")
def storage(request):
    directory = tempfile.mkdtemp(prefix="storage")

    def cleanup():
        shutil.rmtree(directory)

    request.addfinalizer(cleanup)
    return directory


def test_makes(storage):
    os.mkdir(os.path.join(storage, "made"))
    assert os.listdir(storage) == ["made"]


@pytest.mark.usefixtures("storage")
def test_other(storage):
    assert os.listdir(storage) == []
""",
        """import os
import shutil
import tempfile

import pytest


@pytest.fixture
def storage(request):
    directory = tempfile.mkdtemp(prefix="storage")

    def cleanup():
        shutil.rmtree(directory)

    request.addfinalizer(cleanup)
    return directory


def test_makes(storage):
    os.mkdir(os.path.join(storage, "made"))
    assert os.listdir(storage) == ["made"]


@pytest.mark.usefixtures("storage")
def test_other(storage):
    assert os.listdir(storage) == []
""",
        ("…/made",),
        ("test_makes",),
        "unsafe",
    ),
    Case(
        "a-fixture-with-more-arguments",
        """import pytest


@pytest.fixture(params=[1], scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("x")


@pytest.fixture
def folder_too(folder):
    return folder


def test_makes(folder_too):
    (folder_too / "made").mkdir()


def test_makes_too(folder_too):
    (folder_too / "made").mkdir()
""",
        """import pytest


@pytest.fixture(params=[1])
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("x")


@pytest.fixture
def folder_too(folder):
    return folder


def test_makes(folder_too):
    (folder_too / "made").mkdir()


def test_makes_too(folder_too):
    (folder_too / "made").mkdir()
""",
        ("…/made",),
        ("test_makes",),
        "unsafe",
    ),
]

HEAD = "import os, shutil, tempfile, unittest\nimport app, pytest\nfrom hypothesis import given, strategies\n\n\n"
_WRITES = 'open("out.csv", "w").close()'
_MAKER = "@pytest.fixture(scope='module')\ndef {}(request):\n    return tempfile.mkdtemp()\n\n\n"
_TEST = "def test_a(one):\n    os.mkdir(os.path.join(one, 'x'))\n"

# What, the text below HEAD, the path, the tests that were seen to leave it, and the reason.
REFUSED: list[tuple[str, str, str, tuple[str, ...], str]] = [
    (
        "reads first",
        "def test_a():\n    open('out.csv').read()\n    open('out.csv', 'a').close()\n",
        "./out.csv",
        (),
        "sequence",
    ),
    (
        "another goes on",
        f"def test_a():\n    {_WRITES}\n\n\ndef test_b():\n    assert open('out.csv').read() == ''\n",
        "./out.csv",
        (),
        "sequence",
    ),
    (
        "another wants it",
        f"def test_a():\n    {_WRITES}\n\n\ndef test_b():\n    assert os.path.exists('out.csv')\n",
        "./out.csv",
        (),
        "sequence",
    ),
    ("by code", "def test_a():\n    app.save()\n", "./data/out.csv", ("test_a",), "path-in-code"),
    ("in the home", "def test_a():\n    app.save()\n", "~/out.csv", ("test_a",), "path-in-code"),
    ("anywhere", "def test_a():\n    app.save()\n", "/var/out.csv", ("test_a",), "path-in-code"),
    ("reads settings", "def test_a():\n    app.save('settings.ini')\n", "./out.csv", ("test_a",), "reads-project"),
    (
        "reads settings in a case",
        f"class TestIt(unittest.TestCase):\n    def test_a(self):\n        open('settings.ini')\n        {_WRITES}\n",
        "./out.csv",
        (),
        "reads-project",
    ),
    (
        "the set-up of the class",
        (
            "class TestIt(unittest.TestCase):\n    def setUp(self):\n        open('out.csv', 'w').close()\n\n"
            "    def test_a(self):\n        open('out.csv', 'a').close()\n"
        ),
        "./out.csv",
        (),
        "path-shared",
    ),
    (
        "the tear-down",
        (
            "class TestIt:\n    def teardown_method(self):\n        os.remove('out.csv')\n\n"
            f"    def test_a(self):\n        {_WRITES}\n"
        ),
        "./out.csv",
        (),
        "path-shared",
    ),
    (
        "a constant beside files of the project",
        "OUT = 'data/out.csv'\n\n\ndef test_a():\n    open(OUT, 'w').close()\n",
        "./data/out.csv",
        (),
        "path-shared",
    ),
    (
        "worked out when the module was imported",
        "OUT = os.path.abspath('out.csv')\n\n\ndef test_a():\n    open(OUT, 'w').close()\n",
        "./out.csv",
        (),
        "path-shared",
    ),
    (
        "as text",
        "def test_a():\n    app.save('data/out.csv')\n    assert app.name() == 'data/out.csv'\n",
        "./data/out.csv",
        ("test_a",),
        "path-unclear",
    ),
    ("goes elsewhere", f"def test_a():\n    os.chdir('/')\n    {_WRITES}\n", "./out.csv", ("test_a",), "own-directory"),
    ("Hypothesis", f"@given(strategies.none())\ndef test_a(x):\n    {_WRITES}\n", "./out.csv", (), "given"),
    ("called", f"def test_a():\n    {_WRITES}\n\n\ndef go():\n    test_a()\n", "./out.csv", (), "signature"),
    ("decorated", f"@app.wraps\ndef test_a():\n    {_WRITES}\n", "./out.csv", (), "signature"),
    ("taken", f"def test_a():\n    tmp_path = 1\n    {_WRITES}\n", "./out.csv", (), "name-taken"),
    (
        "taken in a case",
        f"class TestIt(unittest.TestCase):\n    def test_a(self):\n        folder = 1\n        {_WRITES}\n",
        "./out.csv",
        (),
        "name-taken",
    ),
    (
        "a folder for the module",
        (
            "@pytest.fixture(scope='module')\ndef tmp_path(tmp_path_factory):\n    return 1\n\n\n"
            f"class TestIt:\n    def test_a(self, tmp_path):\n        {_WRITES}\n"
        ),
        "./out.csv",
        (),
        "name-taken",
    ),
    ("undone", f"def test_a(monkeypatch):\n    {_WRITES}\n    monkeypatch.undo()\n", "./out.csv", (), "undo-called"),
    (
        "a fixture for code",
        f"@pytest.fixture\ndef made():\n    {_WRITES}\n\n\ndef test_a(made):\n    app.load()\n",
        "./out.csv",
        ("test_a",),
        "path-in-code",
    ),
    (
        "a fixture of a wider scope asks",
        _MAKER.format("one") + "@pytest.fixture(scope='class')\ndef two(one):\n    return one\n\n\n" + _TEST,
        "…/x",
        ("test_a",),
        "wider-user",
    ),
    (
        "it asks at run time",
        _MAKER.format("one")
        + "@pytest.fixture(scope='module')\ndef two(request):\n    return request.getfixturevalue('one')\n\n\n"
        + _TEST,
        "…/x",
        ("test_a",),
        "wider-user",
    ),
    (
        "two",
        _MAKER.format("one") + _MAKER.format("two") + _TEST.replace("(one)", "(one, two)"),
        "…/x",
        ("test_a",),
        "fixture-unclear",
    ),
    (
        "of the module",
        _MAKER.format("one").replace("    return", "    request.module.x = 1\n    return") + _TEST,
        "…/x",
        ("test_a",),
        "kept-state",
    ),
    (
        "asynchronous",
        _MAKER.format("one").replace("def one", "async def one") + _TEST,
        "…/x",
        ("test_a",),
        "kept-state",
    ),
    ("worked out", _MAKER.format("one").replace("'module'", "app.scope") + _TEST, "…/x", ("test_a",), "kept-state"),
]

NOTHING = [
    "def test_a():\n    assert not os.path.exists('out.csv')\n",
    "def test_a():\n    assert app.load('out.csv') == 1\n",
    "def test_a(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n    open('out.csv', 'w').close()\n",
    "def test_a(tmp_path):\n    open(tmp_path / 'out.csv', 'w').close()\n",
    "def test_a():\n    open('data.csv', 'w').close()\n",
    "def test_a():\n    'out.csv'.replace('out.csv', 'x')\n    open('x', encoding='out.csv')\n",
    "def helper():\n    open('out.csv', 'w').close()\n",
    (
        "@pytest.fixture\ndef inside(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n\n\n"
        "def test_a(inside):\n    open('out.csv', 'w').close()\n"
    ),
]
