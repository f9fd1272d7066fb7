"""ISO104: what a test looks like that unsets what it needs unset, and that it then passes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context, Precondition
from codemods.python.source import Source, Span
from codemods.rules.environ_precondition import CODEMOD, RULE

PATH = "test_x.py"
CONTEXT = Context(preconditions=(Precondition(("ISO_KEY",), (PATH,)),))


def fix(text: str, context: Context = CONTEXT, tests: tuple[str, ...] | None = None) -> str:
    """The file as the rule leaves it; a second pass must find nothing."""
    source = Source(text, PATH, tests)
    found = CODEMOD.find(source, context)
    assert {(m.finding.code, m.finding.fix, m.finding.refusal) for m in found} == {("ISO104", "safe", None)}
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH, tests), context) == []
    return after


UNSET = 'monkeypatch.delenv("ISO_KEY", raising=False)'
OWN = "monkeypatch = pytest.MonkeyPatch()\n        self.addCleanup(monkeypatch.undo)"

FIXED = {
    "function": (
        """\
import os


def test_a():
    # first
    assert 'ISO_KEY' not in os.environ
""",
        """\
import os


def test_a(monkeypatch):
    monkeypatch.delenv('ISO_KEY', raising=False)
    # first
    assert 'ISO_KEY' not in os.environ
""",
    ),
    "after the docstring": (
        '''\
import os


def test_a(tmp_path):
    """Doc."""

    assert "ISO_KEY" not in os.environ  # kept
    # end
''',
        '''\
import os


def test_a(tmp_path, monkeypatch):
    """Doc."""
    monkeypatch.delenv("ISO_KEY", raising=False)

    assert "ISO_KEY" not in os.environ  # kept
    # end
''',
    ),
    "a docstring that shares its line": (
        """\
import os
def test_a(): "Doc."; assert os.getenv("ISO_KEY") is None
""",
        """\
import os
def test_a(monkeypatch):
    "Doc."
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert os.getenv("ISO_KEY") is None
""",
    ),
    "method with the parameter": (
        """\
import os


class TestA:
\tdef test_a(self, monkeypatch):
\t\tassert not os.getenv("ISO_KEY")
""",
        """\
import os


class TestA:
\tdef test_a(self, monkeypatch):
\t\tmonkeypatch.delenv("ISO_KEY", raising=False)
\t\tassert not os.getenv("ISO_KEY")
""",
    ),
    "annotated": (
        """\
import os

def test_a() -> None:
    assert not os.getenv("ISO_KEY")
""",
        """\
import os

import pytest

def test_a(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert not os.getenv("ISO_KEY")
""",
    ),
    "annotated, under the name that is imported": (
        """\
import os
from pytest import MonkeyPatch

def test_a() -> None:
    assert not os.getenv("ISO_KEY")
""",
        """\
import os
from pytest import MonkeyPatch

def test_a(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert not os.getenv("ISO_KEY")
""",
    ),
    "below mocks and marks": (
        """\
import os
from unittest.mock import patch
import pytest

@pytest.mark.parametrize('n', [1, 2])
@patch('os.sep')
def test_a(sep, n):
    assert not os.getenv('ISO_KEY')
""",
        """\
import os
from unittest.mock import patch
import pytest

@pytest.mark.parametrize('n', [1, 2])
@patch('os.sep')
def test_a(sep, n, monkeypatch):
    monkeypatch.delenv('ISO_KEY', raising=False)
    assert not os.getenv('ISO_KEY')
""",
    ),
    "TestCase": (
        '''\
import os
import unittest


class A(unittest.TestCase):
    def test_a(self):
        """Doc."""
        assert not os.getenv("ISO_KEY")
''',
        '''\
import os
import unittest

import pytest


class A(unittest.TestCase):
    def test_a(self):
        """Doc."""
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.delenv("ISO_KEY", raising=False)
        assert not os.getenv("ISO_KEY")
''',
    ),
    "TestCase that has its own": (
        """\
import os
import unittest
import pytest


class A(unittest.TestCase):
    def test_a(self):
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.setenv("OTHER", "")
        assert not os.getenv("ISO_KEY")
""",
        """\
import os
import unittest
import pytest


class A(unittest.TestCase):
    def test_a(self):
        monkeypatch = pytest.MonkeyPatch()
        self.addCleanup(monkeypatch.undo)
        monkeypatch.delenv("ISO_KEY", raising=False)
        monkeypatch.setenv("OTHER", "")
        assert not os.getenv("ISO_KEY")
""",
    ),
    "CRLF": (
        """\
import os
def test_a():
    assert not os.getenv("ISO_KEY")
""".replace("\n", "\r\n"),
        """\
import os
def test_a(monkeypatch):
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert not os.getenv("ISO_KEY")
""".replace("\n", "\r\n"),
    ),
    "the test writes it": (
        """\
import os
def test_a():
    assert not os.getenv("ISO_KEY")
    os.environ["ISO_KEY"] = "left"
""",
        """\
import os
def test_a(monkeypatch):
    monkeypatch.setenv("ISO_KEY", "")
    monkeypatch.delenv("ISO_KEY")
    assert not os.getenv("ISO_KEY")
    os.environ["ISO_KEY"] = "left"
""",
    ),
    "the test writes something": (
        """\
import os
def test_a():
    n = os.getenv("ISO_KEY", "ISO_KEY")
    os.environ[n] = "left"
    assert n == "ISO_KEY"
""",
        """\
import os
def test_a(monkeypatch):
    monkeypatch.setenv("ISO_KEY", "")
    monkeypatch.delenv("ISO_KEY")
    n = os.getenv("ISO_KEY", "ISO_KEY")
    os.environ[n] = "left"
    assert n == "ISO_KEY"
""",
    ),
    "the test writes another one": (
        """\
import os
def test_a():
    assert not os.getenv("ISO_KEY")
    os.environ.update({"ISO_B": ""}, ISO_C="")
""",
        """\
import os
def test_a(monkeypatch):
    monkeypatch.delenv("ISO_KEY", raising=False)
    assert not os.getenv("ISO_KEY")
    os.environ.update({"ISO_B": ""}, ISO_C="")
""",
    ),
}


@pytest.mark.parametrize(("before", "after"), FIXED.values(), ids=FIXED.keys())
def test_fixed(before: str, after: str) -> None:
    assert fix(before) == after


REFUSED = {
    "Hypothesis": (
        "from hypothesis import given\n@given(x)\ndef test_a(x):\n    f()\n",
        "own-monkeypatch",
        Span(3, 5, 3, 11),
    ),
    "a decorator": ("@retry\nasync def test_a():\n    f()\n", "own-monkeypatch", Span(2, 11, 2, 17)),
    "a class of unknown bases": (
        "from m import Base\nclass TestA(Base):\n    def test_a(self):\n        f()\n",
        "own-monkeypatch",
        Span(3, 9, 3, 15),
    ),
    "called": ("def test_a():\n    f()\n\ntest_a()\n", "own-monkeypatch", Span(1, 5, 1, 11)),
    "a local of that name": ("def test_a():\n    f()\n    monkeypatch = 1\n", "name-taken", Span(1, 5, 1, 11)),
    "a global of that name": (
        "monkeypatch = 1\n\ndef test_a():\n    f(monkeypatch)\n",
        "name-taken",
        Span(3, 5, 3, 11),
    ),
    "pytest is something else": (
        "import x as pytest\n\ndef test_a() -> None:\n    f()\n",
        "name-taken",
        Span(3, 5, 3, 11),
    ),
    "undo": ("def test_a(monkeypatch):\n    f()\n    monkeypatch.undo()\n", "undo-called", Span(1, 5, 1, 11)),
    "static method": (
        "import unittest\nclass A(unittest.TestCase):\n    @staticmethod\n    def test_a():\n        f()\n",
        "own-monkeypatch",
        Span(4, 9, 4, 15),
    ),
}


@pytest.mark.parametrize(("text", "code", "span"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(text: str, code: str, span: Span) -> None:
    (match,) = CODEMOD.find(Source(text, PATH), CONTEXT)
    found = match.finding
    assert (found.refusal, found.fix, found.span) == (code, None, span)
    assert found.message.startswith("the test needs ISO_KEY unset; not fixed: ")


SEVERAL = """\
def test_a():
    f()

class TestB:
    def test_b(self):
        f()

    class TestC:
        def test_c(self):
            f()

    def test_bb(self):
        f()
"""


@pytest.mark.parametrize(
    ("declared", "selected"),
    [
        (["test_x.py"], ["test_a", "TestB::test_b", "TestB::TestC::test_c", "TestB::test_bb"]),
        (["test_x.py::TestB"], ["TestB::test_b", "TestB::TestC::test_c", "TestB::test_bb"]),
        (["test_x.py::TestB::test_b", "test_x.py::test_a[1-x]"], ["test_a", "TestB::test_b"]),
        (["other/test_x.py"], []),
    ],
)
def test_which_tests_are_selected(declared: list[str], selected: list[str]) -> None:
    context = Context(preconditions=(Precondition(("ISO_KEY",), tuple(declared)),))
    assert [m.finding.test for m in CODEMOD.find(Source(SEVERAL, PATH), context)] == [f"{PATH}::{m}" for m in selected]
    assert CODEMOD.may_apply(b"", PATH, context) is bool(selected)


def test_only_the_tests_that_were_asked_for() -> None:
    after = fix(SEVERAL, tests=("TestB::test_b",))
    assert after == SEVERAL.replace("test_b(self):\n", f"test_b(self, monkeypatch):\n        {UNSET}\n")


def test_several_variables_in_one_test() -> None:
    more = Precondition(("ISO_OTHER", "ISO_KEY"), (f"{PATH}::test_a",))
    after = fix("def test_a():\n    f()\n", Context(preconditions=(*CONTEXT.preconditions, more)))
    assert after == f"def test_a(monkeypatch):\n    {UNSET}\n    {UNSET.replace('KEY', 'OTHER')}\n    f()\n"


@pytest.mark.parametrize("tests", [None, ("test_a",)])
def test_no_such_test(tests: tuple[str, ...] | None) -> None:
    context = Context(preconditions=(Precondition(("ISO_KEY",), (f"{PATH}::TestB::test_z",)),))
    found = [match.finding for match in CODEMOD.find(Source(SEVERAL, PATH, tests), context)]
    assert [(f.refusal, f.span, f.test) for f in found] == ([] if tests else [("no-such-test", Span(1, 1, 1, 1), None)])
    assert all("test_x.py::TestB::test_z" in f.message for f in found)


def test_the_page_shows_what_happens() -> None:
    before, after = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
    context = Context(preconditions=(Precondition(("SECRET_KEY",), (PATH,)),))
    assert fix(before, context) == after
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


@pytest.mark.usefixtures("without_plugins")
@pytest.mark.parametrize("outside", ["outside", None])
def test_run_before_and_after(tmp_path: Path, outside: str | None) -> None:
    (tmp_path / "conftest.py").write_text(
        "import os, pytest\n\n@pytest.fixture(autouse=True)\ndef found_as_left():\n    yield\n"
        '    left = os.environ.pop("ISO_KEY", None)\n'
        f"    os.environ.update({ {'ISO_KEY': outside} if outside else {} })\n    assert left == {outside!r}\n"
    )
    for index, (before, after) in enumerate(FIXED.values()):
        (tmp_path / f"test_{index}_before.py").write_bytes(before.encode())
        (tmp_path / f"test_{index}_after.py").write_bytes(after.encode())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-rA", "--tb=no"]
    environ = {k: v for k, v in os.environ.items() if k != "ISO_KEY"} | ({"ISO_KEY": outside} if outside else {})
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
    outcomes = re.findall(r"^(PASSED|FAILED|ERROR) test_\d+_(before|after)", done.stdout, re.MULTILINE)
    assert {outcome for outcome, when in outcomes if when == "after"} == {"PASSED"}, done.stdout
    assert {outcome for outcome, when in outcomes if when == "before"} & {"FAILED", "ERROR"}
    assert (("PASSED", "before") in outcomes) is (outside is None)
