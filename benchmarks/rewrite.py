"""What rewriting costs: ``engine.rewrite`` beside LibCST that only reads and prints the same files.

    python benchmarks/rewrite.py

The tree is made up for the purpose: in each file a quarter of the bytes stand in top-level statements with a site.
All figures are CPU seconds in this process, imports and a first run excluded, the sum of several rounds, in which
both go through each file by turns.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import libcst

from benchmarks import cpu
from codemods.context import Context
from isolator.engine import engine

FILES = 40
ROUNDS = 4
STATEMENTS = 24

HEAD = """\
import json
import os
from unittest.mock import patch

import pytest

from project.service import Service, load

DEFAULTS = {"name": "service", "level": 3, "tags": ["a", "b"]}

"""

PLAIN = '''
@pytest.mark.parametrize("size", [1, 2, {n}])
def test_plain_{n}(size, tmp_path):
    """A service stores what it is given."""
    service = Service(tmp_path / "store-{n}", size=size)
    for number in range(size):
        service.put(f"key-{{number}}", {{"number": number, **DEFAULTS}})
    stored = json.loads((tmp_path / "store-{n}").read_text())
    assert sorted(stored) == [f"key-{{number}}" for number in range(size)]
    assert all(entry["name"] == "service" for entry in stored.values())
    if size > 1:
        with pytest.raises(KeyError, match="key-{n}"):
            service.get("key-{n}", strict=True)
    assert service.size == size, "the size is what was asked for"
'''

SITES = (
    '''
@pytest.mark.parametrize("size", [1, 2, {n}])
def test_block_{n}(size, tmp_path):
    """A service reads where it stores from the environment."""
    with patch.dict(os.environ, {{"STORE": str(tmp_path), "SIZE": "{n}"}}):
        service = load()
        for number in range(size):
            service.put(f"key-{{number}}", {{"number": number, **DEFAULTS}})
        stored = json.loads((tmp_path / "store").read_text())
        assert sorted(stored) == [f"key-{{number}}" for number in range(size)]
        assert service.size == {n}
    assert service.name == "service"
    assert all(entry["name"] == "service" for entry in stored.values())
''',
    '''
class TestDecorated{n}:
    @patch.dict("os.environ", {{"MODE": "test-{n}"}}, clear=True)
    @patch("project.service.connect")
    def test_mode(self, connect, tmp_path):
        """The mode decides what is connected to."""
        service = Service(tmp_path / "store-{n}", size={n})
        service.start()
        connect.assert_called_once_with("test-{n}", timeout=3)
        assert service.mode == "test-{n}"
        assert [entry.name for entry in service.entries()] == ["a", "b"]
        service.stop()
        assert not service.running, "it stops when it is told to"
''',
    '''
def test_restored_{n}(tmp_path):
    """A key is generated if none is set."""
    saved = os.environ.get("SECRET_KEY")
    try:
        os.environ["SECRET_KEY"] = "secret-{n}"
        service = load(tmp_path / "store-{n}")
        service.put("key", {{"number": {n}, **DEFAULTS}})
        assert service.key == "secret-{n}"
        assert service.get("key")["number"] == {n}
    finally:
        if saved is not None:
            os.environ["SECRET_KEY"] = saved
        else:
            os.environ.pop("SECRET_KEY", None)
''',
)


def main() -> None:
    """Print the figures and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        shares = []
        for number in range(FILES):
            text, share = _file(random.Random(number))
            (Path(folder) / f"test_{number}.py").write_text(text)
            shares.append(share)
        files = [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir())]
    size = sum(len(data) for _, data in files)
    print(f"{FILES} files, {size / 1e6:.2f} MB; {sum(shares) / FILES:.0%} in statements with a site")

    print(f"fixed, left: {_check(files)}")
    context, selection = Context(), engine.Selection()
    ours = theirs = 0.0
    for name, data in files * ROUNDS:
        ours += cpu.timed(lambda: engine.rewrite(data, name, context, selection))  # noqa: B023 - called at once
        theirs += cpu.timed(lambda: libcst.parse_module(data).code)  # noqa: B023

    print(f"engine.rewrite      {ours:6.3f} s")
    print(f"LibCST, unchanged   {theirs:6.3f} s")
    cpu.report("isolator / LibCST", ours / theirs, "at most 0.8", ours <= 0.8 * theirs)


def _file(chance: random.Random) -> tuple[str, float]:
    """One test file, and the share of its bytes in statements with a site."""
    text, inside = HEAD, 0
    for _ in range(STATEMENTS):
        site = inside * 4 < len(text)
        part = (chance.choice(SITES) if site else PLAIN).format(n=chance.randrange(10, 10_000))
        text += "\n" + part
        inside += len(part) * site
    return text, inside / len(text)


def _check(files: list[tuple[str, bytes]]) -> tuple[int, int]:
    """How many findings are fixed and how many left: a benchmark of nothing would be worth nothing."""
    done = [engine.rewrite(data, name, Context(), engine.Selection()) for name, data in files]
    errors = [error for error in (rewrite.error for rewrite in done) if error]
    if errors:
        raise RuntimeError(errors[0])
    return sum(len(r.fixed) for r in done), sum(len(r.left) for r in done)


if __name__ == "__main__":
    main()
