"""Cases: a test before its rewrite and after it, to the byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

# Every case begins with these lines, and uses the imports, so that none of them goes.
HEAD = "import os\nfrom unittest.mock import patch\n\nimport pytest\n\nused = (os, patch, pytest)\n\n\n"


@dataclass(frozen=True)
class Case:
    """A file before and after. ``leaves`` says that the rewrite leaves something behind, as its original did."""

    name: str
    before: str
    after: str
    leaves: bool = False


def case(name: str, before: str, after: str, *, head: str = HEAD, leaves: bool = False) -> Case:
    """A case from two indented texts, both put after the same head."""
    return Case(name, head + dedent(before).lstrip("\n"), head + dedent(after).lstrip("\n"), leaves)


Record = dict[str, dict[str, list[object]]]


def run_suites(folder: Path, files: dict[str, str], below: dict[str, str] | None = None) -> Record:
    """Run files under pytest, with the recorder; what was seen, left and came out, by node id.

    ``below`` are files by their paths, in directories of their own.
    """
    folder.mkdir(parents=True)
    recorder = Path(__file__).with_name("recorder.py").read_text(encoding="utf-8")
    (folder / "conftest.py").write_text(recorder, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("places.py"), folder)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    for name, text in files.items():
        (folder / f"test_{name}.py").write_bytes(text.encode())
    for path, text in (below or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    # A is unset in the suites, B is set.
    environment = {k: v for k, v in os.environ.items() if len(k) > 1 and not k.startswith("PYTEST")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    command += ["--continue-on-collection-errors", "--tb=no"]
    done = subprocess.run(
        command, cwd=folder, env={**environment, "B": "outer"}, capture_output=True, text=True, check=False
    )
    record = folder / "record.json"
    assert record.exists(), done.stdout + done.stderr
    found: Record = json.loads(record.read_text(encoding="utf-8"))
    return found
