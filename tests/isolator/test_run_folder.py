"""Temporary folders of runs that ended with all that could have removed them go with the next command that writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from isolator.system.files.locks import try_lock

_FORGOTTEN, _WANTED, _CUT_OFF = (f"isolator-{digit * 16}" for digit in "0af")

# What is made and removed, and whether the lock is there at that moment.
_WATCHED = """
import json, pathlib, sys, tempfile
from isolator.system.guardian import guarded
from isolator.system.run_folder import run_folder

seen = []

def watch(event, arguments):
    if event in ("os.mkdir", "os.rmdir", "os.remove"):
        seen.append([event, len(list(pathlib.Path(sys.argv[1]).glob("isolator-*.lock")))])

tempfile.gettempdir()  # tries the folder, once
sys.addaudithook(watch)
with guarded() as guardian, run_folder(guardian) as folder:
    folder.joinpath("work").mkdir()
    folder.joinpath("work", "document").touch()
    folder.joinpath("another").touch()
print(json.dumps(seen))
"""


def _environment(temporary: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}


def _lock(temporary: Path, name: str) -> Path:
    """A lock that is older than what Windows needs to tell whether it is wanted."""
    lock = temporary / f"{name}.lock"
    lock.touch()
    old = lock.stat().st_mtime - 3600
    os.utime(lock, (old, old))
    return lock


def test_the_next_command_removes_them_though_it_runs_no_pytest(tmp_path: Path) -> None:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    for folder in (_FORGOTTEN, _WANTED, "isolator-of-somebody"):
        (temporary / folder / "work").mkdir(parents=True)
        (temporary / folder / "work" / "document").touch()
    _lock(temporary, _FORGOTTEN)
    _lock(temporary, _CUT_OFF)
    _lock(temporary, "isolator-of-somebody")
    project.mkdir()
    (project / "test_it.py").write_text("def test_it():\n    assert True\n", encoding="utf-8")

    with _lock(temporary, _WANTED).open("wb") as wanted:
        try_lock(wanted)
        command = [sys.executable, "-m", "isolator", "fix", "--write", "."]
        environment = _environment(temporary)
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "Nothing to fix in 1 file.\n")
    left = [_WANTED, f"{_WANTED}.lock", "isolator-of-somebody", "isolator-of-somebody.lock"]
    assert sorted(path.name for path in temporary.iterdir()) == left


def test_at_each_moment_at_which_a_signal_may_come_the_lock_tells_whose_the_folder_is(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WATCHED, str(tmp_path)]
    environment = _environment(tmp_path)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    moments = json.loads(done.stdout)
    assert sorted(event for event, _ in moments) == ["os.mkdir"] * 2 + ["os.remove"] * 3 + ["os.rmdir"] * 2
    assert [locks for _, locks in moments] == [1] * len(moments)
    assert list(tmp_path.iterdir()) == []
