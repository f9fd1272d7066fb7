"""Trees of test files, made up for benchmarks: the same for the same words, and no two files alike."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from benchmarks.rewrite import HEAD, PLAIN, SITES

FOLDER = 50  # files in one directory
MIXED = (("plain", 855), ("reading", 100), ("findings", 40), ("big", 5))  # in a thousand files
FINDINGS = (("findings", 1),)

_READING = '''
def test_reading_{n}(monkeypatch, tmp_path):
    """What is set through monkeypatch is undone by it."""
    monkeypatch.setenv("STORE", str(tmp_path / "{n}"))
    service = load()
    assert service.path == os.environ["STORE"]
    assert service.mode == os.environ.get("MODE", "mode-{n}")
'''

_HEAD = HEAD.replace("import os\nfrom unittest.mock import patch\n", "")
_STATEMENTS = {"plain": (2, 8), "reading": (3, 8), "findings": (3, 8), "big": (150, 200)}  # least and most in a file
_SITES = {"plain": 0.0, "reading": 0.0, "findings": 0.4, "big": 0.02}  # share of the statements


def generate(folder: Path, files: int, kinds: Sequence[tuple[str, int]] = MIXED) -> int:
    """Write that many files below a folder, with a pytest.ini and a conftest.py; the number of their lines.

    ``kinds`` are kinds of files and their shares: ``plain`` ones do not mention the environment, ``reading`` ones do
    and have nothing to fix, ``findings`` have one finding or several, ``big`` are of some 3,000 lines with a few.
    """
    names, shares = zip(*kinds, strict=True)
    lines = 0
    for number in range(files):
        chance = random.Random(number)
        text = _file(chance, chance.choices(names, shares)[0])
        path = folder / f"part_{number // FOLDER // FOLDER}" / f"area_{number // FOLDER}" / f"test_{number}.py"
        if number % FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, newline="\n")
        lines += text.count("\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / ".gitignore").write_text("*.pyc\n/build/\n.venv*/\n**/generated/*.py\n!keep.py\n")
    (folder / "conftest.py").write_text("import pytest\n\n\n@pytest.fixture\ndef port():\n    return 8000\n")
    return lines


def _file(chance: random.Random, kind: str) -> str:
    text = _HEAD if kind == "plain" else HEAD
    for index in range(chance.randint(*_STATEMENTS[kind])):
        if chance.random() < _SITES[kind] or (kind == "findings" and index == 0):
            part = chance.choice(SITES)
        else:
            part = _READING if kind != "plain" and chance.random() < 0.3 else PLAIN
        text += "\n" + part.format(n=chance.randrange(10, 100_000))
    return text
