"""Outcomes pass through: however many files there are, the sources of few are in memory at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pytest

from isolator.commands import findings as commands
from isolator.engine.batch import Outcome, WorkFor, do
from isolator.project.discovery import File
from isolator.project.request import Request

FILES = 12
PATCHED = """\
import os
from unittest.mock import patch


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""
Format = Literal["text", "concise", "json", "github", "sarif", "junit"]


class Tracked(bytes):
    """Bytes that are counted while they are there: ``bytes`` knows no weak references."""

    there = 0

    def __new__(cls, data: bytes) -> Tracked:
        cls.there += 1
        return super().__new__(cls, data)

    def __del__(self) -> None:
        type(self).there -= 1


@pytest.fixture
def alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A project, the current directory; how many rewritten files are still in memory as each of them comes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number in range(FILES):
        (tmp_path / f"test_{number}.py").write_text(PATCHED)
    counts: list[int] = []
    monkeypatch.setattr(Tracked, "there", 0)

    def run(files: Sequence[File], work_for: WorkFor, _: int) -> Iterator[Outcome]:
        for file in files:
            outcome = do(file, work_for([file]))
            assert outcome.after is not None
            yield replace(outcome, after=Tracked(outcome.after))
            counts.append(Tracked.there)

    monkeypatch.setattr("isolator.engine.scan.run", run)
    return counts


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("output_format", get_args(Format))
@pytest.mark.usefixtures("capfdbinary")
def test_what_has_been_printed_and_written_is_not_kept(alive: list[int], output_format: Format, write: bool) -> None:
    request = Request((".",), output_format=output_format, write=write, no_evidence=True)
    assert commands.fix(request) == (0 if write else 1)
    assert len(alive) == FILES
    assert max(alive) <= 2


def test_a_stdout_that_is_closed_keeps_no_file_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for number in range(FILES):
        (tmp_path / f"test_{number}.py").write_text(PATCHED)
    command = [sys.executable, "-m", "isolator", "fix", "--write", "--output-format", "json", "."]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    assert all("monkeypatch" in path.read_text() for path in tmp_path.glob("test_*.py"))
