"""Small projects on the disk, and `isolator init` run in them as its users run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests.isolator.inside import inside

CONFIG = """\
import os
from functools import lru_cache


class Config:
    def __init__(self):
        self.key = os.environ.get("APP_KEY", "")


@lru_cache
def get_config():
    return Config()
"""
TEST = """\
import os

from app.config import get_config


def test_key():
    os.environ["APP_KEY"] = "known"
    assert get_config().key == "known"
"""
PROJECT = {"app/__init__.py": "", "app/config.py": CONFIG, "tests/test_config.py": TEST}


class Result(NamedTuple):
    """How one run of the program ended."""

    code: int
    out: bytes
    err: str


def write(folder: Path, files: dict[str, str]) -> None:
    """Writes files with exactly these contents, and the folders that they need."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def isolator(folder: Path, *words: str) -> Result:
    """Runs isolator with ``folder`` for its current directory."""
    done = inside(*words, folder=folder)
    return Result(done.returncode, done.stdout.encode(), done.stderr)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, except what git and Python keep there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    return {name: data for name, data in found.items() if not re.search(r"(^|/)(\.git|__pycache__)/", name)}


def uncommented(text: str) -> str:
    """The settings with everything that is commented out in them taken in."""
    return re.sub(r"^( *)# (?=\[|[\w-]+ = |    \"|\"|\])", r"\1", text, flags=re.MULTILINE)
