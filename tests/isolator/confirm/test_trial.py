"""Files on trial: whatever happens, they are as they were, or as they were accepted."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from isolator.system import journal as undo
from isolator.system.files.originals import digest
from isolator.system.files.workdir import BusyError, exclusive, pending
from isolator.system.journal import Change
from isolator.system.trial import recover, trial

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, links, signals and limits of POSIX")

# Changes test_a.py and test_new.py on trial, and does then what the test wants done in the middle.
PROGRAM = """
import os, signal, subprocess, sys, time
from pathlib import Path
from isolator.system.files.workdir import exclusive
from isolator.system.trial import trial
from isolator.system.journal import Change

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has these ignored in the background
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
root = Path(sys.argv[1])
changes = [
    Change(str(root / "test_a.py"), (root / "test_a.py").read_bytes(), b"on trial\\n"),
    Change(str(root / "test_new.py"), None, b"on trial\\n"),
]
with exclusive(root), trial(root, changes, print):
    print("ready", flush=True)
    {middle}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A git repository with a file that is committed, and has been edited since."""
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q")
    (root / "test_a.py").write_text("committed\n")
    git(root, "add", ".")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "a")
    (root / "test_a.py").write_text("edited by the user\n")
    return root


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout


def state(root: Path) -> tuple[str, str]:
    """All that git sees; ``.isolator`` must not be among it."""
    return git(root, "diff"), git(root, "status", "--porcelain")


def change(root: Path, name: str = "test_a.py") -> Change:
    path = root / name
    return Change(str(path), path.read_bytes() if path.exists() else None, b"on trial\n")


def in_the_middle(root: Path, middle: str) -> subprocess.Popen[str]:
    """A process that has changed the files, and does not go on."""
    command = [sys.executable, "-c", PROGRAM.format(middle=middle), str(root)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert (root / "test_a.py").read_text() == "on trial\n"
    assert (root / "test_new.py").exists()
    return process


def until(seconds: float = 10.0) -> Iterator[None]:
    """Goes on until that time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)


def test_what_is_kept_stays_and_what_is_not_is_put_back(root: Path) -> None:
    before, status = state(root), (root / "test_a.py").stat()
    said: list[str] = []
    with exclusive(root), trial(root, [change(root), change(root, "test_new.py")], said.append):
        assert (root / "test_a.py").read_text() == (root / "test_new.py").read_text() == "on trial\n"
        assert pending(root)
    assert state(root) == before
    now = (root / "test_a.py").stat()  # the very file; that links to it come and go changes its ctime only
    assert (now.st_ino, now.st_mode, now.st_mtime_ns) == (status.st_ino, status.st_mode, status.st_mtime_ns)
    with exclusive(root), trial(root, [change(root), change(root, "test_new.py")], said.append) as made:
        made.keep()
    assert (root / "test_a.py").read_text() == (root / "test_new.py").read_text() == "on trial\n"
    assert not pending(root)
    assert said == []
    assert sorted(path.name for path in (root / ".isolator").iterdir()) == [".gitignore", "lock"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError, MemoryError])
def test_an_exception_in_the_middle(root: Path, error: type[BaseException]) -> None:
    before = state(root)

    def end() -> None:
        with exclusive(root), trial(root, [change(root)], print) as made:
            made.keep()
            raise error

    with pytest.raises(error):
        end()
    assert state(root) == before


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_signal_in_the_middle(root: Path, number: signal.Signals) -> None:
    before = state(root)
    process = in_the_middle(root, "time.sleep(60)")
    os.killpg(process.pid, number)  # as Ctrl-C does
    _, err = process.communicate(timeout=10)
    assert err.strip().endswith("KeyboardInterrupt")
    assert state(root) == before
    assert not pending(root)


@posix
def test_ctrl_c_twice(root: Path) -> None:
    before = state(root)
    process = in_the_middle(root, "time.sleep(60)")
    for _ in range(20):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.002)
    process.communicate(timeout=10)
    for _ in until():
        if not pending(root):
            break
    assert state(root) == before


@posix
def test_sigkill_of_the_whole_process_group(root: Path) -> None:
    before = state(root)
    process = in_the_middle(root, "time.sleep(60)")
    os.killpg(process.pid, signal.SIGKILL)
    _, err = process.communicate(timeout=10)  # ends when the guardian has ended
    assert err == "isolator was ended: the files on trial have been restored\n"
    assert state(root) == before


def test_a_crash_in_the_middle(root: Path) -> None:
    before = state(root)
    in_the_middle(root, "os._exit(3)").communicate(timeout=10)
    assert state(root) == before


@posix
def test_what_was_left_behind_is_recovered(root: Path) -> None:
    before = state(root)
    process = in_the_middle(root, "time.sleep(60)")
    (guardian,) = [int(pid) for pid in children(process.pid)]
    os.kill(guardian, signal.SIGKILL)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    assert state(root) != before
    assert recover(root) == ["an interrupted run of isolator had left files on trial; they have been restored"]
    assert state(root) == before
    assert recover(root) == []


def children(pid: int) -> list[str]:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True).stdout
    return [own for own, parent in map(str.split, listing.splitlines()) if parent == str(pid)]


@posix
def test_an_isolator_that_still_runs_is_not_disturbed(root: Path) -> None:
    process = in_the_middle(root, "time.sleep(60)")
    with pytest.raises(BusyError, match="another isolator is running"), exclusive(root, patience=0.1):
        pass
    assert (root / "test_a.py").read_text() == "on trial\n"
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=10)


def test_what_the_user_edits_meanwhile_stays(root: Path) -> None:
    said: list[str] = []
    with exclusive(root), trial(root, [change(root), change(root, "test_new.py")], said.append):
        (root / "test_a.py").write_text("saved by an editor\n")
        (root / "test_new.py").unlink()
    assert (root / "test_a.py").read_text() == "saved by an editor\n"
    assert not (root / "test_new.py").exists()
    (line,) = said
    assert line.startswith(
        "test_a.py: edited meanwhile, and not restored; the original is in .isolator/kept/test_a.py-"
    )
    assert (root / line.rpartition(" ")[2]).read_text() == "edited by the user\n"
    assert not pending(root)


def test_a_file_that_changed_before_it_could_be_written(root: Path) -> None:
    stale = Change(str(root / "test_a.py"), b"what it was\n", b"on trial\n")
    with exclusive(root), trial(root, [stale], print) as made:
        assert made.failed == {stale.path: "changed since it was read; not written, run isolator again"}
    assert (root / "test_a.py").read_text() == "edited by the user\n"


def test_a_file_that_cannot_be_put_back_now_is_put_back_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(_: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied", str(target))

    before = state(root)
    (root / "test_b.py").write_text("b\n")
    said: list[str] = []
    with monkeypatch.context() as blocked, exclusive(root):
        blocked.setattr(undo, "move", move)
        with trial(root, [change(root), change(root, "test_b.py")], said.append):
            (root / "test_b.py").write_text("saved by an editor\n")
    assert said[0].startswith("test_a.py: cannot be restored: Permission denied; the original is in ")
    assert Path(said[0].rpartition(" ")[2]).read_text() == "edited by the user\n"
    assert said[1].startswith("test_b.py: edited meanwhile")
    with pytest.raises(OSError, match="are not restored yet"):
        undo.keep(root, [change(root)])
    assert recover(root)[1:] == [
        "test_b.py: edited meanwhile, and not restored; the original is already in .isolator/kept"
    ]
    (root / "test_b.py").unlink()
    assert state(root) == before


@posix
def test_a_link_stays_and_its_target_is_put_back(root: Path) -> None:
    (root / "test_link.py").symlink_to("test_a.py")
    with exclusive(root), trial(root, [change(root, "test_link.py")], print):
        assert (root / "test_a.py").read_text() == "on trial\n"
        assert (root / "test_link.py").is_symlink()
    assert (root / "test_a.py").read_text() == "edited by the user\n"
    assert (root / "test_link.py").is_symlink()


@posix
def test_modes_and_a_read_only_file(root: Path) -> None:
    (root / "test_b.py").write_text("b\n")
    (root / "test_b.py").chmod(0o444)
    (root / "test_a.py").chmod(0o640)
    changes = [change(root), change(root, "test_b.py")]
    with exclusive(root), trial(root, changes, print) as made:
        assert made.failed == {changes[1].path: "not written: is read-only"}
        assert (root / "test_a.py").read_text() == "on trial\n"
    assert stat.S_IMODE((root / "test_a.py").stat().st_mode) == 0o640
    assert stat.S_IMODE((root / "test_b.py").stat().st_mode) == 0o444
    assert (root / "test_b.py").read_text() == "b\n"


def test_where_no_links_can_be_made(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", link)
    before, status = state(root), (root / "test_a.py").stat()
    with exclusive(root), trial(root, [change(root)], print):
        pass
    assert state(root) == before
    now = (root / "test_a.py").stat()
    assert (now.st_mode, now.st_mtime_ns, now.st_uid) == (status.st_mode, status.st_mtime_ns, status.st_uid)


@posix
def test_a_full_disk(root: Path) -> None:
    import resource  # POSIX only

    (root / "test_b.py").write_text("b\n")
    before = state(root)
    large = Change(str(root / "test_b.py"), b"b\n", b"x" * 100_000)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limit[1]))
    try:
        with pytest.raises(OSError, match="too large"), exclusive(root), trial(root, [change(root), large], print):
            pytest.fail("not all was written")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert state(root) == before
    assert not pending(root)


@pytest.mark.parametrize("name", ["../outside.py", "hook"])
def test_a_manifest_has_no_say_over_other_files(root: Path, name: str) -> None:
    victim = root / name
    victim.write_text("a\n")
    with exclusive(root):
        undo.keep(root, [change(root)])
    manifest = root / ".isolator" / "undo" / "manifest.json"
    document = json.loads(manifest.read_text())
    document["files"][0] |= {"path": name, "written": digest(b"a\n"), "original": None}
    manifest.write_text(json.dumps(document))
    with pytest.raises(ValueError, match="is not isolator's"):
        recover(root)
    assert victim.read_text() == "a\n"
    undo.forget(root)
    with pytest.raises(OSError, match="is not a Python file of the project"):
        undo.keep(root, [change(root, name)])


def test_bytecode_of_another_version_is_not_run(root: Path) -> None:
    cache = root / "__pycache__"
    cache.mkdir()
    compiled = cache / "test_a.cpython-311-pytest-8.pyc"
    with exclusive(root):
        compiled.touch()
        with trial(root, [change(root)], print):
            assert not compiled.exists()
            compiled.touch()
    assert not compiled.exists()
