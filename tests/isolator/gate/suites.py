"""Suites with leaks, run with the gate as a user does it, and what it says of each test."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[3]
SECRET = "sesame"
SETTINGS = '[tool.pytest.ini_options]\naddopts = "-p isolator.gate"\npythonpath = ["."]\n'
REGISTRY = """\
import functools

HANDLERS = {}
NAMES = []
CLIENT = None


class Settings:
    level = 1

    def __init__(self):
        self.debug = False

    @functools.cached_property
    def url(self):
        return "x"


settings = Settings()


@functools.lru_cache
def load(name):
    return name


def configure(name):
    HANDLERS[name] = 1
"""


@dataclass(frozen=True)
class Ran:
    """What came of a run: the exit code, what was printed, and what failed at a tear-down, by the test's name."""

    code: int
    out: str
    errors: Mapping[str, str]

    @property
    def section(self) -> list[str]:
        """What the gate says in the end."""
        found = re.search(r"^=+ isolator gate =+\n((?:(?![=-]).*\n)*)", self.out, re.MULTILINE)
        return [line for line in found[1].splitlines() if line] if found else []


def write(folder: Path, tests: str, settings: str = "", **files: str) -> Path:
    """A project with these tests."""
    (folder / "app").mkdir(parents=True, exist_ok=True)
    (folder / "app" / "__init__.py").touch()
    (folder / "app" / "registry.py").write_text(REGISTRY)
    (folder / "pyproject.toml").write_text(SETTINGS + settings)
    (folder / "test_it.py").write_text(tests)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def run(folder: Path, *words: str) -> Ran:
    """pytest, once, in that folder."""
    log = folder.parent / "junit.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={log}", *words]
    temporary = folder.parent / "temporary"  # or the project would lie in what the pytest that runs us has made
    temporary.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTEST_DEBUG_TEMPROOT": str(temporary)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    errors = {}
    for case in ElementTree.parse(log).iter("testcase") if log.exists() else ():
        for error in case.iter("error"):
            errors[str(case.get("name"))] = error.text or ""
    log.unlink(missing_ok=True)
    return Ran(done.returncode, done.stdout + done.stderr, errors)
