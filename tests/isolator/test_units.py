"""Single rewrites are left out by the name of their unit, whatever else of the file is rewritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codemods.context import Context, Fixture, Precondition
from isolator.engine import engine
from isolator.engine.engine import Selection

TESTS = """\
import os
import unittest
from unittest.mock import patch

import pytest


def test_a():
    with patch.dict(os.environ, {"A": "1"}):
        with patch.dict(os.environ, {"AA": "1"}):
            assert os.environ["A"] == "1"


class TestB:
    @pytest.fixture
    def fixture(self):
        with patch.dict(os.environ, {"B": "1"}):
            yield

    def test_b(self):
        with patch.dict(os.environ, {"B": "1"}):
            assert os.environ["B"] == "1"


class TestCase(unittest.TestCase):
    def setUp(self):
        self.old = os.environ.get("C")
        os.environ["C"] = "1"

    def tearDown(self):
        if self.old is None:
            del os.environ["C"]
        else:
            os.environ["C"] = self.old

    def test_c(self):
        self.assertEqual(os.environ["C"], "1")
"""
PATH = "tests/test_x.py"
CONTEXT = Context(
    root=Path("/nowhere"),
    preconditions=(Precondition(("Z",), (f"{PATH}::test_a", f"{PATH}::TestB::test_b")),),
)
NAMES = ["test_a", "TestB::fixture", "TestB::test_b", "TestCase::setUp"]


def rewritten(*without: str) -> engine.Rewrite:
    selection = Selection(without=frozenset(f"{PATH}::{name}" for name in without))
    result = engine.rewrite(TESTS.encode(), PATH, CONTEXT, selection)
    assert result.error is None
    return result


def names(result: engine.Rewrite) -> list[str]:
    found = engine.units(TESTS.encode(), PATH, result.fixed)
    return [name.removeprefix(f"{PATH}::") for name in dict.fromkeys(found)]


def test_the_units_of_a_file() -> None:
    assert names(rewritten()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_one_is_left_out(name: str) -> None:
    result = rewritten(name)
    assert names(result) == [each for each in NAMES if each != name]
    assert {finding.refusal for finding in result.left} == {"not-confirmed"}
    function = {name: _function(text, name) for text in [TESTS] for name in NAMES}
    after = result.source.decode()
    assert [each for each in NAMES if _function(after, each) == function[each]] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_only_one_is_rewritten(name: str) -> None:
    result = rewritten(*(each for each in NAMES if each != name))
    assert names(result) == [name]
    after = result.source.decode()
    assert [each for each in NAMES if _function(after, each) != _function(TESTS, each)] == [name]


def test_without_all_of_them_nothing_changes() -> None:
    assert rewritten(*NAMES).source == TESTS.encode()


def _function(text: str, name: str) -> str:
    """The text from a definition to the next one."""
    return text.partition(f"def {name.rpartition(':')[2]}(")[2].partition("def ")[0].rpartition("\n\n")[0]


def test_fixtures_of_a_conftest_that_does_not_exist_yet() -> None:
    context = Context(fixture=Fixture("conftest.py"), critical_env=("A",), caches=("app.config.get",))
    whole = engine.rewrite(b"", "conftest.py", context, Selection())
    found = engine.units(b"", "conftest.py", whole.fixed)
    assert found == ["conftest.py::ISO301", "conftest.py::reset_cached_configuration"]
    one = engine.rewrite(b"", "conftest.py", context, Selection(without=frozenset(found[:1])))
    assert [finding.code for finding in one.fixed] == ["ISO302"]
    assert b"reset_cached_configuration" in one.source and b"isolate_environment" not in one.source
    assert engine.rewrite(b"", "conftest.py", context, Selection(without=frozenset(found))).source == b""


def test_each_fixture_of_a_rule_is_one(tmp_path: Path) -> None:
    """Those that are left keep their names."""
    (tmp_path / "app.py").write_text(
        "import functools\n\nnames = []\n\n\nclass A:\n    names = {}\n\n\n@functools.cache\ndef get():\n    pass\n"
    )
    (tmp_path / "test_it.py").write_text("import app\n")
    context = Context(
        root=tmp_path,
        source_roots=(tmp_path,),
        fixture=Fixture("conftest.py"),
        caches=("app.get",),
        leaked=("app.names", "app.A.names", "logging.root.level"),
    )
    whole = engine.rewrite(b"", "conftest.py", context, Selection())
    found = engine.units(b"", "conftest.py", whole.fixed)
    names = ["reset_get_cache", "restore_app_names", "restore_a_names", "restore_loggers"]
    assert found == [f"conftest.py::{name}" for name in names]
    for name in names:
        some = engine.rewrite(b"", "conftest.py", context, Selection(without=frozenset({f"conftest.py::{name}"})))
        assert some.error is None and not some.problems
        there = re.findall(r"^def ((?:reset|restore)_\w+)", some.source.decode(), re.MULTILINE)
        assert there == [each for each in names if each != name]
