"""Facts: a small suite for one row of the tables, and what each of its tests is seen to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

HEAD = """\
import os
from unittest import TestCase
from unittest.mock import patch

import pytest

used = (os, TestCase, patch, pytest)


"""


@dataclass(frozen=True)
class Ran:
    """What one test did.

    ``seen`` are the variables of one letter at each ``look()``, or what was given to it; ``left`` those that it left
    changed; ``failed`` the phase in which it failed and the beginning of the exception.
    """

    seen: tuple[str, ...] = ()
    left: str = ""
    failed: str = ""

    def fits(self, seen: Ran) -> bool:
        """Whether a test was seen to do this."""
        same = (self.seen, self.left) == (seen.seen, seen.left)
        return same and bool(self.failed) == bool(seen.failed) and seen.failed.startswith(self.failed)


def ran(*seen: str, left: str = "", failed: str = "") -> Ran:
    """What one test did, for the tables."""
    return Ran(seen, left, failed)


@dataclass(frozen=True)
class Fact:
    """One row. ``expected`` tells of the suite as it stands, ``rewritten`` of what differs after its rewrite.

    ``codes`` are the findings that the rewrite fixes, in the order of the file, and ``refused`` why it leaves others:
    the code of the reason, or that the fix is unsafe.
    """

    row: str
    suite: str
    expected: dict[str, Ran]
    codes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    rewritten: dict[str, Ran] = field(default_factory=dict)


def fact(
    row: str,
    suite: str,
    expected: dict[str, Ran],
    *,
    codes: str = "",
    refused: tuple[str, ...] = (),
    rewritten: dict[str, Ran] | None = None,
) -> Fact:
    """A fact from an indented text, put after the common head."""
    return Fact(row, HEAD + dedent(suite).lstrip("\n"), expected, tuple(codes.split()), refused, rewritten or {})


def inner_environment() -> dict[str, str]:
    """What the suites start from: of the variables of one letter only B is set."""
    kept = {name: value for name, value in os.environ.items() if len(name) > 1 and not name.startswith("PYTEST")}
    return {**kept, "B": "outer"}


def run_suites(folder: Path, suites: dict[str, str]) -> dict[str, dict[str, Ran]]:
    """Run suites in one pytest; by row and test, what was recorded."""
    folder.mkdir()
    recorder = Path(__file__).with_name("recorder.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(recorder, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    files = {f"test_{row}.py": text for row, text in suites.items()}
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--rootdir", str(folder)]
    command = [sys.executable, "-m", "pytest", *options, *files]
    done = subprocess.run(command, cwd=folder, env=inner_environment(), capture_output=True, text=True, check=False)
    record = folder / "record.json"
    assert record.exists(), done.stdout + done.stderr
    found: dict[str, dict[str, Ran]] = {row: {} for row in suites}
    for node, entry in json.loads(record.read_text(encoding="utf-8")).items():
        file, _, test = node.partition("::")
        found[file[len("test_") : -len(".py")]][test] = Ran(tuple(entry["seen"]), entry["left"], entry["failed"])
    return found
