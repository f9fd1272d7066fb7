"""A test that empties the environment and says what is in it at the end: what code has set is unset again after it.

``patch.dict`` takes back what the code under test writes, and monkeypatch only what it is told of: that is read from
the assertion. It must be the whole of it, however the test puts its expectation together.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite

HEAD = """\
import os
from unittest import mock

import app

EXPECTED = {"FLAG": "1", "a": "b"}
CHANGED = {"FLAG": "1"}
CHANGED["a"] = "b"


def more(found):
    found["a"] = "b"


"""
APP = """\
import os


def load():
    for name, value in {"a": "b"}.items():
        os.environ[name] = value
"""
# Each test begins without the variable; what it leaves is written down, with the outcome.
CONFTEST = """\
import json
import os
from pathlib import Path

import pytest

LEFT = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    os.environ.pop("a", None)
    yield
    LEFT[item.name].append(os.environ.get("a"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    made = yield
    LEFT.setdefault(item.name, []).append(made.get_result().outcome)


def pytest_sessionfinish():
    Path("left.json").write_text(json.dumps(LEFT))
"""
# What makes the expectation, and the expectation.
EXPECTED = [
    ("", '{"FLAG": "1", "a": "b"}'),
    ('expected = {"FLAG": "1", "a": "b"}\n', "expected"),
    ('expected = {"FLAG": "1"}\nexpected["a"] = "b"\n', "expected"),
    ('expected = {"FLAG": "1"}\nexpected.update(a="b")\n', "expected"),
    ('expected = {"FLAG": "1"}\nexpected.setdefault("a", "b")\n', "expected"),
    ('expected = {"FLAG": "1"}\nexpected |= {"a": "b"}\n', "expected"),
    ('expected = {"FLAG": "1"}\nother = expected\nother["a"] = "b"\n', "expected"),
    ('expected = {"FLAG": "1"}\nmore(expected)\n', "expected"),
    ('expected = {"FLAG": "1"}\nmock.patch.dict(expected, a="b").__enter__()\n', "expected"),
    ('expected = {"FLAG": "1"}\nfor name in "a":\n    expected[name] = "b"\n', "expected"),
    ('expected = {"FLAG": "1"}\nexpected = {"FLAG": "1", "a": "b"}\n', "expected"),
    ('expected = dict(FLAG="1", a="b")\n', "expected"),
    ('base = {"FLAG": "1"}\nexpected = {**base, "a": "b"}\n', "expected"),
    ('key = "a"\nexpected = {"FLAG": "1", key: "b"}\n', "expected"),
    ('expected = {"FLAG": "1", "a": "b"}\nassert len(expected) == len([*expected.items()])\n', "expected"),
    ("", "EXPECTED"),
    ("", "CHANGED"),
    ("", '{"FLAG": "1"} | {"a": "b"}'),
]
ASSERTIONS = ("assert os.environ == {}", "assert dict(os.environ) == {}", "assert {} == os.environ and True")
PATCH = 'mock.patch.dict(os.environ, {"FLAG": "1"}, clear=True)'
LOAD = "app.load()\n"


def texts() -> Iterator[str]:
    """Each expectation in each assertion: around a block and in it, and under a decorator."""
    number = 0
    for head, expected in EXPECTED:
        for assertion in ASSERTIONS:
            line = assertion.replace("{}", expected, 1) + "\n"
            around = f"{head}with {PATCH}:\n{indent(LOAD + line, '    ')}"
            inside = f"with {PATCH}:\n{indent(head + LOAD + line, '    ')}"
            for decorator, body in (("", around), ("", inside), (f"@{PATCH}\n", LOAD + head + line)):
                number += 1
                yield f"{decorator}def test_{number}():\n{indent(body, '    ')}"


def left_by(folder: Path, source: bytes) -> dict[str, list[str | None]]:
    """The outcomes of each test, and the variable after it."""
    folder.mkdir()
    (folder / "app.py").write_text(APP, encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_it.py").write_bytes(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    left: dict[str, list[str | None]] = json.loads((folder / "left.json").read_text(encoding="utf-8"))
    return left


def test_what_code_sets_is_unset_again(tmp_path: Path) -> None:
    source = (HEAD + "\n\n".join(texts())).encode()
    before = left_by(tmp_path / "before", source)
    root = tmp_path / "before"
    context = Context(root=root, source_roots=(root,))
    result = rewrite(source, "test_it.py", context, Selection())
    assert (result.error, result.problems) == (None, ())
    assert rewrite(result.source, "test_it.py", context, Selection()).source == result.source

    assert left_by(tmp_path / "after", result.source) == before
    assert set(map(tuple, before.values())) == {("passed", "passed", "passed", None)}
    assert len(result.fixed) > 15
    assert {finding.refusal for finding in result.left} == {"code-sets", "code-writes"}
