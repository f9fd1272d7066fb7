"""The guard and folders for single tests: separate files for a test are accepted, other changes are not."""

from __future__ import annotations

import pytest

from isolator.guard.compare import differences

BEFORE = """\
import os
import pathlib
import tempfile
from unittest import TestCase

import pytest


@pytest.fixture(autouse=True, scope="module")
def folder():
    return tempfile.mkdtemp()


@pytest.fixture(scope="module")
def client():
    return 1


def test_moves(client):
    open("out.csv", "w").close()
    assert os.listdir() == ["out.csv"], client


class TestIt(TestCase):
    def test_it(self):
        open("out.csv", "w").close()
        self.assertTrue(os.path.exists("out.csv"))


def test_names(client, *, more=1):
    open("data/in.csv", "a").close()
    app.load("data/in.csv", "data/other.csv")
    assert pathlib.Path("data/in.csv").read_text() == open(os.path.join(HERE, "in.csv")).read()
"""
AFTER = """\
import os
import pathlib
import shutil
import tempfile
from pathlib import Path
from unittest import TestCase

import pytest


@pytest.fixture(autouse=True)
def folder():
    return tempfile.mkdtemp()


@pytest.fixture(scope="module")
def client():
    return 1


def test_moves(client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open("out.csv", "w").close()
    assert os.listdir() == ["out.csv"], client


class TestIt(TestCase):
    def test_it(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.chdir(folder.name)
        open("out.csv", "w").close()
        self.assertTrue(os.path.exists("out.csv"))


def test_names(client, *, more=1, tmp_path: Path):
    shutil.copy("data/in.csv", tmp_path)
    open(tmp_path / "in.csv", "a").close()
    app.load(str(tmp_path / "in.csv"), "data/other.csv")
    assert (tmp_path / "in.csv").read_text() == open(tmp_path / "in.csv").read()
"""


def test_files_of_its_own_are_welcome() -> None:
    assert differences(BEFORE, AFTER, own_files=True) is None


def test_nothing_of_it_is_welcome_unless_a_rule_says_so() -> None:
    assert differences(BEFORE, AFTER) is not None


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("monkeypatch.chdir(tmp_path)", "monkeypatch.chdir('/')"),
        ("monkeypatch.chdir(tmp_path)", "monkeypatch.chdir(tmp_path / 'x')"),
        ("    monkeypatch.chdir(tmp_path)\n", "    monkeypatch.chdir(tmp_path)\n    app.run()\n"),
        ("    monkeypatch.chdir(tmp_path)\n    open", "    open"),
        ("client, tmp_path, monkeypatch", "client, tmp_path, monkeypatch, other"),
        ("client, tmp_path, monkeypatch", "tmp_path, client, monkeypatch"),
        ('["out.csv"], client', '["out.csv"], tmp_path'),
        ('open("out.csv", "w")', 'open("other.csv", "w")'),
        ("folder = tempfile.TemporaryDirectory()", "folder = app.TemporaryDirectory()"),
        ("        self.addCleanup(folder.cleanup)\n", ""),
        ("        self.addCleanup(monkeypatch.undo)\n", ""),
        ("folder.name", "'/'"),
        ("self.assertTrue", "self.assertFalse"),
        ('shutil.copy("data/in.csv", tmp_path)', 'shutil.copy("data/x.csv", tmp_path)'),
        ('shutil.copy("data/in.csv", tmp_path)', 'shutil.copy(app.run("in.csv"), tmp_path)'),
        ('shutil.copy("data/in.csv", tmp_path)', 'shutil.move("data/in.csv", tmp_path)'),
        ('open(tmp_path / "in.csv", "a")', 'open(tmp_path / "out.csv", "a")'),
        ('open(tmp_path / "in.csv", "a")', 'open(tmp_path / "in.csv", "w")'),
        ('open(tmp_path / "in.csv", "a")', 'open("data/in.csv", "a")'),
        ('str(tmp_path / "in.csv")', 'tmp_path / "in.csv"'),
        ('str(tmp_path / "in.csv")', 'repr(tmp_path / "in.csv")'),
        ('(tmp_path / "in.csv").read_text', 'str(tmp_path / "in.csv").read_text'),
        ('"data/other.csv")', 'str(tmp_path / "other.txt"))'),
        ("tmp_path: Path", "tmp_path: str"),
        ("more=1, tmp_path", "more=2, tmp_path"),
        ("fixture(autouse=True)", "fixture()"),
        ("fixture(autouse=True)", 'fixture(autouse=True, scope="session")'),
        ('fixture(scope="module")', "fixture"),
        ("import shutil\n", "import shutil\nimport app\n"),
    ],
)
def test_anything_else_is_a_difference(was: str, now: str) -> None:
    assert AFTER.count(was) >= 1
    assert differences(BEFORE, AFTER.replace(was, now, 1), own_files=True) is not None


def test_the_way_back_is_not_welcome() -> None:
    assert differences(AFTER, BEFORE, own_files=True) is not None
