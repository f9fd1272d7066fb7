"""What functions put back by hand is put back after their rewrite too, whoever changed it: run under pytest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.isolator.rewrites.putting_back import HEAD, HOSTS, PutBack, functions

# Each test begins with both variables set; what it leaves is written down.
CONFTEST = """\
import json
import os
from pathlib import Path

import pytest

LEFT = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    os.environ.update(A="a", B="b")
    yield
    LEFT[item.nodeid] = [os.environ.get("A"), os.environ.get("B")]


def pytest_sessionfinish():
    Path("left.json").write_text(json.dumps(LEFT))
"""
Left = dict[str, list[str | None]]


def written(found: list[PutBack]) -> str:
    """A file with all these functions, and tests that use the fixtures among them."""
    parts = [HEAD]
    for number, function in enumerate(found):
        parts.append(function.before.replace("{n}", str(number)))
        if function.host.startswith("fixture"):
            parts.append(f"def test_{number}(saving_{number}):\n    look()\n")
    return "\n\n".join(parts)


def left_by(folder: Path, files: dict[str, bytes]) -> Left:
    """The two variables after each test of some files, by node id."""
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    for name, source in files.items():
        (folder / name).write_bytes(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    left: Left = json.loads((folder / "left.json").read_text(encoding="utf-8"))
    return left


def test_what_was_put_back_still_is(tmp_path: Path) -> None:
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    for host in HOSTS:
        name = f"test_{host.replace(' ', '_')}.py"
        before[name] = written([each for each in functions() if each.host == host and each.set == "A"]).encode()
        result = rewrite(before[name], name, Context(), Selection())
        assert (result.error, result.problems) == (None, ())
        assert rewrite(result.source, name, Context(), Selection()).source == result.source
        after[name] = result.source

    was, now = left_by(tmp_path / "before", before), left_by(tmp_path / "after", after)
    assert was.keys() == now.keys()
    assert len(was) > 200
    assert sum(before[name] != after[name] for name in before) == len(HOSTS)
    original = ["a", "b"]
    lost = {
        (test, key): now[test][index]
        for test in was
        for index, key in enumerate("AB")
        if was[test][index] == original[index] != now[test][index]
    }
    assert lost == {}
