"""Suites with the evidence of them, written by hand, and what pytest and isolator make of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from isolator.evidence.model import Evidence, WatchedRun, to_json
from tests.isolator.inside import inside

RUNS = (WatchedRun("given", 1, 0.1, 1), WatchedRun("reversed", 2, 0.1, 1))
_REVERSING = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"
_QUIET = ("-o", "log_cli=false")
# But for what keeps away the plugins that happen to be installed.
_NOT_OURS = re.compile(r"(PYTEST|ISO_)(?!_DISABLE_PLUGIN_AUTOLOAD)")


def environ() -> dict[str, str]:
    """The environment without what pytest would heed, or a suite might read."""
    return {name: value for name, value in os.environ.items() if not _NOT_OURS.match(name)}


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The files below a folder; their names are paths."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def keep(folder: Path, evidence: Evidence) -> None:
    """The evidence, as ``isolator observe`` would leave it behind, younger than every file."""
    write(folder, {".isolator/evidence.json": to_json(evidence)})


def isolator(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The program, run in the folder."""
    with pytest.MonkeyPatch.context() as patched:
        for name in os.environ.keys() - environ().keys():
            patched.delenv(name)
        return inside(*words, folder=folder)


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
    variables = {**environ(), "PYTHONPATH": str(folder)}
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
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+?::\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return {test: end.lower() for test, end in found}
