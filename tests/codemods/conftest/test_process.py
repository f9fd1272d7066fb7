"""ISO303: state of the process, which a short fixture each puts back."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD
from tests.codemods.rules.test_leaked_state import CONTEXT, PATH, failures, fix, write

# By the name of the fixture: the cell, what a test looks at, and how it changes that.
CELLS = {
    "working_directory": ("os.getcwd()", "os.getcwd()", "os.chdir('..')"),
    "recursion_limit": (
        "sys.getrecursionlimit()",
        "sys.getrecursionlimit()",
        "sys.setrecursionlimit(sys.getrecursionlimit() + 1)",
    ),
    "sys_path": ("sys.path", "[*sys.path], id(sys.path)", "sys.path.append('x')"),
    "sys_argv": ("sys.argv", "[*sys.argv], id(sys.argv)", "sys.argv = [*sys.argv, 'x']"),
    "sys_excepthook": ("sys.excepthook", "sys.excepthook", "sys.excepthook = print"),
    "sigterm": (
        "signal.getsignal(SIGTERM)",
        "signal.getsignal(signal.SIGTERM)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    ),
    "locale": (
        "locale.setlocale(LC_ALL)",
        "locale.setlocale(locale.LC_NUMERIC)",
        "locale.setlocale(locale.LC_NUMERIC, OTHER)",
    ),
}
START = """\
import locale, os, signal, sys

OTHER = "C.UTF-8" if locale.setlocale(locale.LC_NUMERIC) == "C" else "C"
"""
TEST = """
before_{name} = {look}


def test_{name}():
    assert ({look}) == before_{name}
    {change}


test_{name}_again = test_{name}
"""


def test_each_is_put_back(tmp_path: Path) -> None:
    tests = (TEST.format(name=name, look=look, change=change) for name, (_, look, change) in CELLS.items())
    write(tmp_path, {"test_it.py": START + "".join(tests)})
    assert failures(tmp_path) == {f"test_{name}_again" for name in CELLS}
    after = fix('"""Shared."""\n', *(cell for cell, _, _ in CELLS.values()), root=tmp_path)
    assert re.findall(r"def restore_(\w+)", after) == [*CELLS]
    assert after.startswith('"""Shared."""\n\nimport locale\nimport os\nimport signal\nimport sys\n')
    write(tmp_path, {"conftest.py": after})
    assert failures(tmp_path) == set()


def test_what_it_looks_like() -> None:
    assert fix("import pytest\n", "sys.path").endswith(
        """\
@pytest.fixture(autouse=True)
def restore_sys_path() -> Iterator[None]:
    \"""Restore sys.path after each test.\"""
    held = sys.path
    saved = list(held)
    yield
    held[:] = saved
    sys.path = held
"""
    )


@pytest.mark.parametrize(
    ("cell", "body"),
    [
        ("os.getcwd()", "old = os.getcwd()\n    yield\n    os.chdir(old)"),
        ("sys.path", "yield\n    sys.path.remove('x')"),
        ("signal.getsignal(SIGTERM)", "yield\n    signal.signal(signal.SIGTERM, signal.SIG_DFL)"),
    ],
)
def test_a_fixture_of_the_project(cell: str, body: str) -> None:
    before = f"import os, pytest, signal, sys\n\n\n@pytest.fixture(autouse=True)\ndef own():\n    {body}\n"
    assert fix(before, cell) == before
    assert "def restore_" in fix(before.replace("(autouse=True)", ""), cell)


def test_a_name_that_is_taken() -> None:
    (match,) = CODEMOD.find(Source("signal = 1\n", PATH), replace(CONTEXT, leaked=("signal.getsignal(SIGTERM)",)))
    assert match.finding.refusal == "name-taken"
