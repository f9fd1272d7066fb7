"""New files that take the place of others, and what is left of them when a process is killed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from isolator.commands.findings import fix
from isolator.project.request import Request
from isolator.system.files.atomic import in_place_of, remove_leftovers, write_whole
from isolator.system.files.locks import try_lock
from isolator.system.files.originals import move

posix = pytest.mark.skipif(sys.platform == "win32", reason="locks and signals of POSIX")

# Writes test_a.py, and goes no further than the moment before the new file takes its place.
STOPS = """
import os, sys, time
from isolator.system.files.writing import replace_file

def stop(_):
    print("ready", flush=True)
    time.sleep(60)

os.fsync = stop
replace_file("tests/test_a.py", open("tests/test_a.py", "rb").read(), b"new")
"""
TEST = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text(TEST)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def in_the_middle(project: Path) -> subprocess.Popen[str]:
    """A process that writes ``test_a.py``."""
    process = subprocess.Popen([sys.executable, "-c", STOPS], cwd=project, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@posix
def test_the_next_run_removes_what_a_killed_one_left(project: Path) -> None:
    process = in_the_middle(project)
    process.kill()
    process.communicate()
    (project / "tests" / ".isolator-mine.tmp").touch()  # of somebody else
    assert len(names(project / "tests")) == 3
    assert fix(Request(("tests",))) == 1  # writes nothing, and removes nothing
    assert len(names(project / "tests")) == 3
    assert fix(Request(("tests/test_a.py",), write=True)) == 0
    assert names(project / "tests") == [".isolator-mine.tmp", "test_a.py"]


@posix
def test_it_is_removed_where_nothing_is_left_to_fix_too(project: Path) -> None:
    process = in_the_middle(project)
    process.kill()
    process.communicate()
    (project / "tests" / "test_a.py").write_text("def test_a(): pass\n")
    assert fix(Request(write=True)) == 0
    assert names(project / "tests") == ["test_a.py"]


@posix
def test_a_run_that_is_alive_keeps_its_new_file(project: Path) -> None:
    process = in_the_middle(project)
    before = names(project / "tests")
    remove_leftovers(project / "tests")
    assert names(project / "tests") == before
    process.send_signal(signal.SIGKILL)
    process.communicate()
    remove_leftovers(project / "tests")
    assert names(project / "tests") == ["test_a.py"]


@posix
def test_only_regular_files_are_left_over(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("a")
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / ".isolator-00000001.tmp").symlink_to(outside)
    (folder / ".isolator-00000002.tmp").mkdir()
    os.mkfifo(folder / ".isolator-00000003.tmp")
    (folder / ".isolator-00000004.tmp").touch()
    remove_leftovers(folder)
    assert names(folder) == [f".isolator-0000000{n}.tmp" for n in (1, 2, 3)]
    assert outside.read_text() == "a"


def test_a_report_removes_what_an_earlier_one_left_beside_it(tmp_path: Path) -> None:
    leftover = tmp_path / ".isolator-0123abcd.tmp"
    leftover.touch()
    os.utime(leftover, (0, 0))
    write_whole(tmp_path / "report.html", b"a")
    assert names(tmp_path) == ["report.html"]


@posix
def test_a_new_file_that_is_taken_for_a_leftover_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def too_late(file: IO[Any]) -> bool:
        calls.append(file)
        if len(calls) == 1:
            remove_leftovers(tmp_path)
        return try_lock(file)

    monkeypatch.setattr("isolator.system.files.atomic.try_lock", too_late)
    with in_place_of(tmp_path / "a") as file:
        file.write(b"a")
    assert len(calls) == 2
    assert names(tmp_path) == ["a"]


@posix
def test_where_there_are_no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    write_whole(tmp_path / "a", b"a")
    assert (tmp_path / "a").read_bytes() == b"a"
    (tmp_path / ".isolator-0123abcd.tmp").touch()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == [".isolator-0123abcd.tmp", "a"]


def test_an_original_comes_back_from_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, target = tmp_path / "kept", tmp_path / "test_a.py"
    kept.write_bytes(b"old")
    kept.chmod(0o640)
    os.utime(kept, (1, 1))
    target.write_bytes(b"new")
    replace = Path.replace

    def elsewhere(self: Path, other: Path) -> Path:
        if self == kept:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return replace(self, other)

    monkeypatch.setattr(Path, "replace", elsewhere)
    move(kept, target)
    assert (target.read_bytes(), target.stat().st_mtime) == (b"old", 1)
    assert target.stat().st_mode == kept.stat().st_mode
    assert names(tmp_path) == ["kept", "test_a.py"]
