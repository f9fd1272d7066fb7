"""A pytest that is older than 7 is named, in a line, before anything is changed."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.isolator.confirm.suites import write
from tests.isolator.inside import inside

# As much of an old pytest as is looked at before it would run.
OLD = """
    __version__ = "6.2.5"


    def hookimpl(function=None, **_):
        return function if function else lambda function: function
"""
SUITE = {
    "test_it.py": "import os\n\n\ndef test_sets():\n    os.environ['A'] = '1'\n",
    "old/pytest.py": OLD,
}
COMMANDS = {
    "confirm": ("confirm",),
    "confirm, shard": ("confirm", "--shard", "2/3"),
    "observe": ("observe",),
    "deflake": ("deflake", "--yes"),
    "fix": ("fix", "--write", "--confirm"),
}


def check(folder: Path, python: str, *words: str) -> None:
    before = (folder / "test_it.py").read_bytes()
    done = inside(*words, "--python", python, folder=folder)
    assert done.returncode == 2, done.stdout + done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("Error: pytest 6.2.5 of ")
    assert "is too old: isolator needs pytest 7 or later; upgrade it (" in line
    assert (folder / "test_it.py").read_bytes() == before
    assert done.stdout == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_named_and_nothing_is_changed(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path, SUITE)
    monkeypatch.setenv("PYTHONPATH", str(folder / "old"))
    check(folder, sys.executable, *COMMANDS[name])


@pytest.mark.slow
def test_a_real_one(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "pytest==6.2.5"], check=True)
    folder = write(tmp_path / "suite", {"test_it.py": SUITE["test_it.py"]})
    for words in COMMANDS.values():
        check(folder, python, *words)
