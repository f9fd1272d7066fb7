"""isolator as other programs use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import isolator

BEFORE = b"""\
import os
from unittest.mock import patch


def test_it():
    with patch.dict(os.environ, {"A": "1"}):
        assert os.environ["A"] == "1"
"""
AFTER = b"""\
import os


def test_it(monkeypatch):
    monkeypatch.setenv("A", "1")
    assert os.environ["A"] == "1"
"""
BROKEN = b'import os\nos.environ["A"] = = "1"\n'
MESSAGE = "line 2 does not parse: invalid syntax"


def test_rewrite() -> None:
    result = isolator.rewrite(BEFORE)
    assert (result.source, result.left, result.error) == (AFTER, (), None)
    assert [finding.code for finding in result.fixed] == ["ISO101"]
    assert isolator.rewrite(BEFORE, ignore=["ISO101"]).source == BEFORE
    assert isolator.rewrite(BROKEN, path="tests/test_x.py").error == MESSAGE


def test_check(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_bytes(BEFORE)
    (tmp_path / "test_broken.py").write_bytes(BROKEN)
    found = isolator.check([tmp_path])
    assert [(Path(each.path).name, each.finding and each.finding.code, each.error) for each in found] == [
        ("test_broken.py", None, MESSAGE),
        ("test_it.py", "ISO101", None),
    ]
    assert isolator.check([tmp_path / "test_it.py"], select=["ISO2"]) == []
    with pytest.raises(isolator.Failure, match="there is no rule 'XYZ'"):
        isolator.check([tmp_path], select=["XYZ"])


def test_importing_it_imports_nothing_else() -> None:
    code = "import sys, isolator; print(*sorted(n for n in sys.modules if n.startswith(('isolator', 'codemods'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "isolator\n"
    assert not hasattr(isolator, "no_such_thing")
