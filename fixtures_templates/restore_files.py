"""Gives each test the files that the test before it found, where tests share some and change them.

What is at the paths, below pytest's root, is read before each test: a file, a directory with all that is in it, or
nothing. What is different after the test is put back. That costs as much as reading them; modes and times are not kept.
A test that writes below ``tmp_path`` needs no such thing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

# The files and directories that tests leave changed.
_LEAKED_FILES: list[str] = []


def _contents(path: Path) -> object:
    """The bytes of a file, or what is in a directory by its names; None for nothing."""
    if path.is_dir():
        return {each.name: _contents(each) for each in path.iterdir()}
    return path.read_bytes() if path.is_file() else None


def _put(path: Path, contents: object) -> None:
    """Let a file, a directory or nothing be at a path."""
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()
    if isinstance(contents, bytes):
        path.write_bytes(contents)
    elif isinstance(contents, dict):
        path.mkdir(parents=True)
        for name, inner in contents.items():
            _put(path / name, inner)


@pytest.fixture(autouse=True)
def restore_files(pytestconfig: pytest.Config) -> Iterator[None]:
    """Put back what a test leaves changed."""
    before = {path: _contents(path) for path in map(pytestconfig.rootpath.joinpath, _LEAKED_FILES)}
    yield
    for path, contents in before.items():
        if _contents(path) != contents:
            _put(path, contents)
