"""How often the source tree is looked at: each folder once for a test file, however many targets that patches."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.context import Context
from codemods.initializers.patches import PatchReader
from codemods.initializers.source_tree import modules
from codemods.python.source import Source
from codemods.rules import patch_target_bypassed, patch_target_missing


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for package in ("shop", "shop/area", "shop/area/part", "shop/area/part/deep"):
        write(tmp_path, f"{package}/__init__.py", "from .client import *\n")
        write(tmp_path, f"{package}/client.py", "import os\n\n\ndef connect():\n    return os\n")
    return tmp_path


def test_a_folder_is_listed_once_for_all_targets_of_a_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed: list[Path] = []
    real = modules._listing

    def listing(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
        listed.append(folder)
        return real(folder)

    monkeypatch.setattr(modules, "_listing", listing)

    def looks(targets: int) -> int:
        lines = ["from unittest.mock import patch", "import shop.area.part.deep.client", ""]
        for number in range(targets):
            lines += ["@patch('shop.area.part.deep.client.connect')", f"def test_{number}(c):", "    pass", ""]
        source = Source("\n".join(lines), "test_many.py")
        context = Context(root=root, source_roots=(root,))
        listed.clear()
        assert patch_target_missing.find(source, context) == patch_target_bypassed.find(source, context) == []
        return len(listed)

    assert looks(100) == looks(2)


def test_a_patch_is_in_the_test_that_holds_it_wherever_that_stands() -> None:
    text = (
        "from unittest.mock import patch\n"
        "try:\n    def test_first():\n        patch('shop.a').start()\n"
        "except ImportError:\n    def test_second():\n        patch('shop.b').start()\n"
        "else:\n    @patch('shop.c')\n    def test_third(c):\n        pass\n"
        "patch('shop.d').start()\n"
    )
    source = Source(text, "test_parts.py")

    found = PatchReader(source, Context()).written()

    tests = {patch.target: patch.test and patch.test.partition("::")[2] for patch in found}
    assert tests == {"shop.a": "test_first", "shop.b": "test_second", "shop.c": "test_third", "shop.d": None}
