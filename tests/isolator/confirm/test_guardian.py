"""Whatever ends isolator: what it has started ends too, and what it has made for the moment goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from isolator.pytest_runs.plugin import copy_to
from isolator.pytest_runs.plugin.start import BEGIN
from isolator.system.guardian import Guardian, guarded
from isolator.system.processes import end_group, start_group
from isolator.system.signals import interrupted_by_signals, undisturbed
from tests.isolator.confirm.suites import write

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and sessions of POSIX")

# What a shell, or a test run, has in the background ignores SIGINT.
PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
sys.argv[0] = "isolator"
from isolator.cli import main
main()
"""
# Goes on for longer than anybody waits, with a child in its group and one that has left it.
SUITE = """
import os
import pathlib
import subprocess
import sys
import time
from unittest.mock import patch


def test_environment():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"


def test_long():
    sleep = [sys.executable, "-c", "import time; time.sleep(120)"]
    for each in (subprocess.Popen(sleep), subprocess.Popen(sleep, start_new_session=True)):
        pathlib.Path(f"pid-{each.pid}").touch()
    pathlib.Path(f"pid-{os.getpid()}").touch()
    time.sleep(120)
"""
COMMANDS = {
    "confirm": ("confirm", "--jobs", "1", "--", "-q"),
    "confirm side by side": ("confirm", "--jobs", "2", "--", "-q"),
    "observe": ("observe", "--", "-q"),
    "fix": ("fix", "--write", "--confirm", "--", "-q"),
    "deflake": ("deflake", "--yes", "--", "-q"),
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(tmp_path / "project", {"test_it.py": SUITE})


def until(reached: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached()


def pids(folder: Path) -> list[int]:
    return [int(path.name.partition("-")[2]) for path in folder.glob("pid-*")]


def gone(pid: int) -> bool:
    """Whether a process has ended; one whose parent was killed may be left as a zombie where nobody looks after it."""
    try:
        os.kill(pid, 0)
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except ProcessLookupError:
        return True
    except OSError:
        return False


def in_the_middle(project: Path, *words: str) -> subprocess.Popen[str]:
    """A command whose pytest is in its long test."""
    command = [sys.executable, "-c", PROGRAM, *words]
    process = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True)
    assert until(lambda: len(pids(project)) >= 3), process.communicate()
    return process


@posix
@pytest.mark.parametrize("name", COMMANDS)
def test_isolator_is_killed(project: Path, temporary: Path, name: str) -> None:
    process = in_the_middle(project, *COMMANDS[name])
    assert list(temporary.iterdir())
    process.kill()
    process.communicate(timeout=30)  # until the guardian has ended, which has the same stderr
    assert until(lambda: all(gone(pid) for pid in pids(project)), 5)
    assert list(temporary.iterdir()) == []
    assert (project / "test_it.py").read_text() == SUITE.lstrip("\n")


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_in_the_baseline(project: Path, temporary: Path, number: signal.Signals) -> None:
    process = in_the_middle(project, *COMMANDS["fix"])
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told.splitlines()[-1]) == (2, "Error: interrupted; every file is unchanged")
    assert all(gone(pid) for pid in pids(project))
    assert list(temporary.iterdir()) == []


@posix
def test_the_demo_is_killed(tmp_path: Path, temporary: Path) -> None:
    text = """
import sys
from pathlib import Path
from isolator.commands import demo
demo.execute(["isolator", "confirm", "--", "-q"], Path.cwd())
"""
    project = write(tmp_path / "project", {"test_it.py": SUITE})
    process = subprocess.Popen([sys.executable, "-c", text], cwd=project, stderr=subprocess.DEVNULL)
    assert until(lambda: len(pids(project)) >= 3)
    process.kill()
    process.wait()
    assert until(lambda: all(gone(pid) for pid in pids(project)) and not list(temporary.iterdir()), 15)


def test_pytest_begins_once_it_is_known(tmp_path: Path) -> None:
    work = tmp_path / "work"
    script = copy_to(work)
    (tmp_path / "test_it.py").write_text("def test_a(): pass\n")
    command = [sys.executable, str(script), "-q", "test_it.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        (work / BEGIN).touch()
        assert "1 passed" in process.communicate(timeout=30)[0]
    (work / BEGIN).unlink()
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        shutil.rmtree(work)
        assert process.communicate(timeout=30)[0] == ""
        assert process.returncode == 1


class Watched:
    """A guardian that can be asked for its process."""

    def __init__(self) -> None:
        self.guardian = Guardian()
        self.process = self.guardian._process


def test_what_is_called_off_is_not_done(tmp_path: Path) -> None:
    stays, goes, below = tmp_path / "stays", tmp_path / "goes", tmp_path / "below" / "a"
    below.parent.mkdir()
    for path in (stays, goes, below):
        path.touch()
    guardian = Guardian()
    for path in (stays, goes, below.parent):
        guardian.take("remove", path)
    guardian.call_off("remove", stays)
    guardian.close()
    assert [path.name for path in tmp_path.iterdir()] == ["stays"]


def test_a_name_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff") if sys.platform == "linux" else tmp_path / "\u0394"
    path.touch()
    guardian = Guardian()
    guardian.take("remove", path)
    guardian.close()
    assert not path.exists()


@posix
def test_signals_for_a_whole_job_do_not_end_it(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    watched = Watched()
    watched.guardian.take("remove", tmp_path / "a")
    time.sleep(0.5)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        watched.process.send_signal(number)
    time.sleep(0.2)
    assert watched.process.poll() is None
    watched.guardian.close()
    assert not (tmp_path / "a").exists()


def test_one_that_has_ended_holds_nothing_up(tmp_path: Path) -> None:
    watched = Watched()
    watched.process.kill()
    watched.process.wait()
    watched.guardian.take("remove", tmp_path)
    watched.guardian.close()
    assert tmp_path.exists()


def test_there_is_one_for_all_who_need_it() -> None:
    with guarded() as first:
        with guarded() as second:
            assert first is second
        assert first._process.poll() is None
    assert first._process.poll() == 0
    with guarded() as third:
        assert third is not first


def test_what_is_temporary_goes(tmp_path: Path) -> None:
    with guarded() as guardian:
        with guardian.temporary(tmp_path / "folder") as folder:
            folder.mkdir()
            (folder / "a").touch()
        assert not folder.exists()
        with guardian.temporary(tmp_path / "file") as file:
            file.touch()
        assert not file.exists()


@posix
def test_a_group_is_ended_with_what_has_left_it(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SUITE + "\n\ntest_long()\n")
    with (tmp_path / "output").open("wb") as output:
        process = start_group([sys.executable, "test_it.py"], tmp_path, os.environ, output.fileno())
    assert until(lambda: len(pids(tmp_path)) == 3)
    end_group(process.pid)
    process.wait()
    assert until(lambda: all(gone(pid) for pid in pids(tmp_path)), 5)


@pytest.fixture
def heeded() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_a_signal_waits_for_what_is_not_to_be_disturbed() -> None:
    reached = []

    def work() -> None:
        with interrupted_by_signals():
            with undisturbed():
                with undisturbed():
                    signal.raise_signal(signal.SIGINT)
                    reached.append("inner")
                reached.append("outer")
            reached.append("after")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert reached == ["inner", "outer"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)  # as before again


POOL = """
import os, sys, time
from pathlib import Path
from isolator.engine.spreading import _pool

def work(_):
    Path(f"pid-{os.getpid()}").touch()
    time.sleep(0.5)

if __name__ == "__main__":
    with _pool(2) as pool:
        list(pool.map(work, range(4)))
        print("ready", flush=True)
        time.sleep(60)
"""


@posix
def test_the_processes_that_work_on_files_end_with_isolator(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL)
    process = subprocess.Popen([sys.executable, "pool.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert len(pids(tmp_path)) == 2
    process.kill()
    process.wait()
    assert until(lambda: all(gone(pid) for pid in pids(tmp_path)), 10)
