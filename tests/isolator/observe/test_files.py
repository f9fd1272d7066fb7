"""What a run that is watched shows of files that tests leave changed."""

from __future__ import annotations

import getpass
import json
import re
import sys
from pathlib import Path

import pytest

from isolator.evidence.model import Evidence
from tests.isolator.observe.suites import observed

HEAD = "import os, pathlib, shutil, sqlite3, tempfile\nimport pytest\n\nDATA = pathlib.Path('data')\n\n\n"
FILES = {"data/a.txt": "one\n", "data/deep/b.txt": "two\n", "data/deep/c.txt": "three\n"}


def watched(folder: Path, text: str) -> Evidence:
    return observed(folder, {**FILES, "test_it.py": HEAD + text})


def changed(folder: Path, text: str) -> dict[str, list[str]]:
    """What is left changed, with the lines that did it."""
    return {cell.path: [*cell.places] for cell in watched(folder, text).cells}


WAYS: list[tuple[str, list[str]]] = [
    ("DATA.joinpath('new.txt').write_text('x')", ["./data/new.txt"]),
    ("DATA.joinpath('a.txt').write_text('x')", ["./data/a.txt"]),
    ("open('data/a.txt', 'a').close()", []),
    ("DATA.joinpath('a.txt').write_text('one\\n')", []),
    ("open('data/a.txt').close()", []),
    ("DATA.joinpath('a.txt').open('r+').truncate(1)", ["./data/a.txt"]),
    ("os.truncate('data/a.txt', 1)", ["./data/a.txt"]),
    ("os.remove('data/a.txt')", ["./data/a.txt"]),
    ("os.rename('data/a.txt', 'data/z.txt')", ["./data/a.txt", "./data/z.txt"]),
    ("os.replace('data/a.txt', 'data/deep/b.txt')", ["./data/a.txt", "./data/deep/b.txt"]),
    ("shutil.rmtree('data/deep')", ["./data/deep"]),
    ("shutil.move('data/deep', 'moved')", ["./data/deep", "./moved"]),
    ("shutil.copytree('data', 'copied')", ["./copied"]),
    ("os.makedirs('one/two'); open('one/two/x', 'w').close()", ["./one"]),
    ("os.mkdir('one'); os.rmdir('one')", []),
    ("os.link('data/a.txt', 'linked')", ["./linked"]),
    ("sqlite3.connect('x.db').execute('create table t (a)')", ["./x.db"]),
    ("sqlite3.connect(':memory:').execute('create table t (a)')", []),
    ("sqlite3.connect('file:m?mode=memory&cache=shared', uri=True)", []),
    ("tempfile.mkdtemp()", []),
    ("pathlib.Path(tempfile.mkdtemp(), 'x').write_text('x')", []),
    ("tempfile.mkstemp()", []),
    ("tempfile.mkdtemp(dir='data')", []),
    ("os.mkdir('__pycache__'); open('__pycache__/x.pyc', 'w').close()", []),
    ("open(os.devnull, 'w').close()", []),
    ("os.close(os.open('data/a.txt', os.O_RDONLY))", []),
    ("with open('data/a.txt', 'r+') as file: file.write('t')", ["./data/a.txt"]),
]


def numbered(text: str, number: int) -> str:
    """A text with the names of files and folders that only the tests of this number use."""
    return re.sub(r"(?<=['/])(data|moved|copied|linked|x\.db|one)(?=['/\n]|$)", rf"\g<0>_{number}", text)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """What each of these ways leaves changed, with the lines that did it, in one run, by the files of the tests."""
    files = {}
    for number, (statement, _) in enumerate(WAYS):
        text = f"def test_it():\n    {statement}\n\n\ndef test_other():\n    assert DATA.is_dir()\n"
        files[f"test_{number}.py"] = numbered(HEAD + text, number)
        files |= {path.replace("data", f"data_{number}"): content for path, content in FILES.items()}
    found: dict[str, dict[str, list[str]]] = {name: {} for name in files}
    for cell in observed(tmp_path_factory.mktemp("ways"), files).cells:
        for test in cell.tests:
            found[test.partition("::")[0]][cell.path] = [*cell.places]
    return found


@pytest.mark.parametrize("number", range(len(WAYS)), ids=[statement for statement, _ in WAYS])
def test_each_way(left: dict[str, dict[str, list[str]]], number: int) -> None:
    paths = [numbered(path, number) for path in WAYS[number][1]]
    assert left[f"test_{number}.py"] == {path: [f"test_{number}.py:8"] for path in paths}


def test_a_folder_that_is_emptied_and_filled_again_is_the_same(tmp_path: Path) -> None:
    text = """
def build():
    shutil.rmtree("data/deep")
    os.mkdir("data/deep")
    for name, text in (("b", "two"), ("c", "three")):
        DATA.joinpath("deep", f"{name}.txt").write_text(f"{text}\\n")


def test_it():
    build()
"""
    assert changed(tmp_path, text) == {}


def test_what_the_test_itself_puts_back(tmp_path: Path) -> None:
    text = """
@pytest.fixture
def written():
    DATA.joinpath("new.txt").write_text("x")
    yield
    DATA.joinpath("new.txt").unlink()


def test_it(written):
    before = DATA.joinpath("a.txt").read_bytes()
    DATA.joinpath("a.txt").write_text("x")
    DATA.joinpath("a.txt").write_bytes(before)


def test_temporary(tmp_path, tmpdir, tmp_path_factory, pytestconfig):
    tmp_path.joinpath("x").write_text("x")
    tmp_path_factory.mktemp("y").joinpath("x").write_text("x")
    pytestconfig.cache.set("x/y", 1)


def test_changed_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.makedirs("a/b")
    pathlib.Path("a/b/c").write_text("x")
"""
    assert changed(tmp_path, text) == {}


def test_a_project_in_the_folder_in_which_pytest_makes_its_own(tmp_path: Path) -> None:
    """That folder is there before: a file of the project has one name, whether pytest has made a folder or not."""
    writes = "def test_{}({}):\n    DATA.joinpath('new.txt').write_text('{}')\n\n\n"
    text = writes.format("before", "", "1") + writes.format("temporary", "tmp_path", "2") + writes.format("it", "", "3")
    outer = {"TMPDIR": str(tmp_path), "TMP": str(tmp_path), "TEMP": str(tmp_path)}
    folder = tmp_path / f"pytest-of-{getpass.getuser()}" / "project"
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patched:
        for name, value in outer.items():
            patched.setenv(name, value)
        (cell,) = watched(folder, text).cells
    assert (cell.path, len(cell.tests)) == ("./data/new.txt", 3)


def test_fixtures_of_wider_scopes(tmp_path: Path) -> None:
    """What they make is theirs; what a test does to it is not."""
    text = """
@pytest.fixture(scope="module")
def store():
    DATA.joinpath("store").mkdir()
    DATA.joinpath("store", "a").write_text("x")
    yield DATA / "store"
    shutil.rmtree("data/store")


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as path:
        yield pathlib.Path(path)


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


def test_adds(store):
    store.joinpath("b").write_text("x")


def test_changes(store):
    store.joinpath("a").write_text("y")


def test_temporary(folder):
    folder.joinpath("c").mkdir()


def test_session(kept):
    kept.joinpath("d").write_text("x")


def test_nothing(store, folder, kept):
    assert store.exists() and folder.exists() and kept.exists()
"""
    assert changed(tmp_path, text) == {
        "./data/store/b": ["test_it.py:28"],
        "./data/store/a": ["test_it.py:32"],
        "…/c": ["test_it.py:36"],
        "…/d": ["test_it.py:40"],
    }


def test_every_writer_of_a_database_that_stays_open(tmp_path: Path) -> None:
    text = """
DB = sqlite3.connect("x.db", isolation_level=None)
DB.execute("create table if not exists t (a)")


def test_one():
    DB.execute("insert into t values (1)")


def test_two():
    assert DB.execute("select count(*) from t")


def test_three():
    DB.execute("insert into t values (3)")
"""
    (cell,) = watched(tmp_path, text).cells
    assert cell.path == "./x.db"
    assert [test.rpartition("::")[2] for test in cell.tests] == ["test_one", "test_three"]


def test_every_writer_of_a_file(tmp_path: Path) -> None:
    text = """
def add(line):
    with open("data/a.txt", "a") as file:
        file.write(line)


def test_one():
    add("1")


def test_two():
    add("2")
"""
    (cell,) = watched(tmp_path, text).cells
    assert cell.path == "./data/a.txt"
    assert [test.rpartition("::")[2] for test in cell.tests] == ["test_one", "test_two"]
    assert cell.places == ("test_it.py:9", "test_it.py:9")


def test_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    text = "def test_it():\n    os.mkdir(os.path.expanduser('~/.tool'))\n    os.mkdir(os.path.expanduser('~/.cache'))\n"
    assert changed(tmp_path / "project", text) == {"~/.tool": ["test_it.py:8"]}


def test_threads_and_mocks(tmp_path: Path) -> None:
    text = """
import threading
from unittest import mock


def test_thread():
    thread = threading.Thread(target=lambda: DATA.joinpath("t").write_text("x"))
    thread.start()
    thread.join()


def test_mock():
    with mock.patch("builtins.open"), mock.patch("os.lstat"), mock.patch("os.path.abspath"), mock.patch("os.listdir"):
        os.mkdir("m")
    with mock.patch("os.getcwd", side_effect=OSError):
        os.mkdir("n")
"""
    assert changed(tmp_path, text) == {
        "./data/t": ["test_it.py:13"],
        "./m": ["test_it.py:20"],
    }


def test_no_contents_are_written_down(tmp_path: Path) -> None:
    text = "def test_it():\n    DATA.joinpath('a.txt').write_text('s3cret-value')\n    os.remove('data/deep/b.txt')\n"
    evidence = watched(tmp_path, text)
    assert len(evidence.cells) == 2
    assert "s3cret" not in json.dumps([repr(evidence)])


@pytest.mark.skipif(sys.platform == "win32", reason="no links without a privilege")
def test_links(tmp_path: Path) -> None:
    text = "def test_it():\n    os.symlink('a.txt', 'data/l')\n\n\ndef test_same():\n"
    text += "    os.remove('data/l')\n    os.symlink('a.txt', 'data/l')\n"
    assert changed(tmp_path, text) == {"./data/l": ["test_it.py:8"]}
