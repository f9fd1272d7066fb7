"""Suites with the evidence of them, written by hand, and what pytest and isolator make of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from isolator.evidence import Evidence, WatchedRun, to_json
from tests.isolator.inside import inside

RUNS = (WatchedRun("given", 1, 0.1, 1), WatchedRun("reversed", 2, 0.1, 1))
_REVERSING = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"
_QUIET = ("-o", "log_cli=false")
# The plugins that happen to be installed take half of the time that pytest takes to start.
_ENVIRON = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "ISO_"))} | {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The files below a folder; their names are paths."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def keep(folder: Path, evidence: Evidence) -> None:
    """The evidence, as ``isolator observe`` would leave it behind, younger than every file."""
    write(folder, {".isolator/evidence.json": to_json(evidence)})


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program, run in the folder; in a process of its own if it is to start pytest."""
    if words[0] not in ("observe", "confirm", "deflake") and "--confirm" not in words:
        return inside(*words, folder=folder)
    command = [sys.executable, "-m", "isolator", *words]
    return subprocess.run(command, cwd=folder, env=_ENVIRON, capture_output=True, text=True, check=False)


def fixed(folder: Path, *words: str) -> str:
    """What ``fix --write`` says on stderr; a second run of it must change nothing."""
    first = isolator(folder, "fix", "--write", *words)
    assert first.returncode in (0, 1), first.stderr
    after = contents(folder)
    isolator(folder, "fix", "--write", *words)
    assert contents(folder) == after
    return first.stderr


def contents(folder: Path) -> dict[str, str]:
    """The Python files below a folder."""
    found = sorted(folder.rglob("*.py"))
    return {p.relative_to(folder).as_posix(): p.read_bytes().decode() for p in found if p.name != "reversing.py"}


def ends(folder: Path) -> dict[str, tuple[str, ...]]:
    """How each test ends in the given order, and in the reversed one."""
    given, reversed_ = _ends(folder), _ends(folder, "-p", "reversing")
    return {test: (given[test], reversed_[test]) for test in given}


def _ends(folder: Path, *options: str) -> dict[str, str]:
    write(folder, {"reversing.py": _REVERSING})
    environ = {**_ENVIRON, "PYTHONPATH": str(folder)}
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-v",
        "-rN",
        "--tb=short",
        *_QUIET,
        *options,
    ]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+?::\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {test: end.lower() for test, end in found}
