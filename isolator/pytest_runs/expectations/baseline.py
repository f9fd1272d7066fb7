"""``.isolator/baseline.json``: the verdicts before any change, valid while nothing that they depend on changes.

It is the document of ``isolator confirm``, with one more key: the fingerprint of what the result depends on.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from codemods.python.regular import read_bytes
from isolator.project.discovery import is_environment
from isolator.pytest_runs.document import from_document, to_document
from isolator.pytest_runs.model import Confirmation
from isolator.pytest_runs.options import Options
from isolator.system.files.atomic import write_whole
from isolator.system.files.stored import UnusableError, dump, read_document
from isolator.system.files.workdir import NAME, work_folder

Confirm = Callable[[Options, Path, Callable[[str], None]], Confirmation]

_CONFIGURATIONS = {"pytest.toml", "pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "isolator.toml"}
_SKIPPED = {"__pycache__", "node_modules"}
# Which Python, and which packages of which version: a metadata directory names both.
_PYTHON = """
import os, sys
folders = filter(os.path.isdir, sys.path)
print(sys.version, *sorted(name for folder in folders for name in os.listdir(folder) if name.endswith("-info")))
"""
# Variables that differ from one shell to the next and mean nothing to tests.
_VOLATILE = {"_", "OLDPWD", "SHLVL", "COLUMNS", "LINES", "PYTEST_CURRENT_TEST"}


def baseline(root: Path, options: Options, folder: Path, confirm: Confirm, tell: Callable[[str], None]) -> Confirmation:
    """The result of ``confirm`` for the project as it is; the stored one if nothing has changed since.

    Raises what ``confirm`` does, and OSError if the result cannot be stored.
    """
    file = root / NAME / "baseline.json"
    before = fingerprint(root, options, folder)
    known = _known(file, before)
    if known is not None:
        tell(f"baseline: as before, in {NAME}/baseline.json")
        return known
    tell("baseline: the tests before the rewrites")
    confirmation = confirm(options, folder, tell)
    # The tests, or somebody else, may have written Python files meanwhile: then the result is not stored.
    if fingerprint(root, options, folder) == before:
        work_folder(root)
        document = dump({**to_document(confirmation), "fingerprint": before})
        write_whole(file, document.encode("utf-8", "surrogatepass"))
    return confirmation


def fingerprint(root: Path, options: Options, folder: Path) -> str:
    """A digest of what decides how the tests end, without running them.

    That is each Python file below the root and each configuration of pytest, the interpreter and its packages, the
    options, and the names, never the values, of the environment variables.
    """
    digest = hashlib.sha256()
    names = sorted(os.environ.keys() - _VOLATILE)
    for text in (repr(options), str(folder), _python(options.python or sys.executable), repr(names)):
        digest.update(text.encode("utf-8", "surrogateescape") + b"\0")
    for path in _files(os.fspath(root)):
        digest.update(os.fsencode(path) + b"\0" + _content(path))
    return digest.hexdigest()


def _known(file: Path, expected: str) -> Confirmation | None:
    def known(document: dict[str, Any]) -> Confirmation | None:
        return from_document(document) if document["fingerprint"] == expected else None

    try:
        return read_document(file, known, "is not a baseline")
    except UnusableError:
        return None  # there is none, or another program made it: it will be replaced


def _python(executable: str) -> str:
    try:
        run = subprocess.run([executable, "-c", _PYTHON], capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{executable}: {error}"  # pytest will not start either, and that is reported
    return f"{executable}: {run.stdout}"


def _files(root: str) -> Iterator[str]:
    for directory, below, files in os.walk(root):
        environment = directory != root and is_environment(directory, {*below, *files})
        wanted = () if environment else (n for n in below if not n.startswith(".") and n not in _SKIPPED)
        below[:] = sorted(wanted)
        for name in () if environment else sorted(files):
            if name.endswith(".py") or name.removeprefix(".") in _CONFIGURATIONS:
                yield os.path.join(directory, name)  # noqa: PTH118 - a Path for each file takes longer than its content


def _content(path: str) -> bytes:
    try:
        data = read_bytes(path)
    except OSError as error:
        return f"{type(error).__name__}\0".encode()
    return hashlib.sha256(data).digest()
