"""Decorators below ``patch.dict`` that run nothing which looks at the variables: known ones, and the settings' own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from codemods.context import Context
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state.kit import HEAD, run_suites

# What moto does to the environment: it sets two variables for as long as the function runs.
MOTO = """
import functools
import os

import pytest


def mock_aws(function):
    @functools.wraps(function)
    def run(*args, **kwargs):
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AWS_ACCESS_KEY_ID", "FOOBARKEY")
            patched.setenv("AWS_SECRET_ACCESS_KEY", "FOOBARSECRET")
            return function(*args, **kwargs)

    return run
"""
BEFORE = """\
from moto import mock_aws


@patch.dict(os.environ, {"A": "1"})
@pytest.mark.slow
@mock_aws
@pytest.mark.parametrize("x", [1, 2])
def test_it(x):
    look(x)
"""
AFTER = """\
from moto import mock_aws


@pytest.mark.slow
@mock_aws
@pytest.mark.parametrize("x", [1, 2])
def test_it(x):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("A", "1")
        look(x)
"""


def test_a_decorator_that_is_known(tmp_path: Path) -> None:
    result = rewrite((HEAD + BEFORE).encode(), "test_it.py", Context(), Selection())
    assert (result.error, result.source.decode()) == (None, HEAD + AFTER)
    again = rewrite(result.source, "test_it.py", Context(), Selection())
    assert (again.source, again.fixed) == (result.source, ())

    files = {"moto.py": MOTO}
    before, after = (
        run_suites(tmp_path / name, {"it": HEAD + text}, files) for name, text in (("a", BEFORE), ("b", AFTER))
    )
    assert len(before) == 2
    assert before == after


def test_a_variable_that_the_decorator_sets_itself() -> None:
    for values in ('{"AWS_ACCESS_KEY_ID": "x"}', "VALUES"):
        text = (HEAD + f'VALUES = {{"A": "1"}}\n\n\n{BEFORE}'.replace('{"A": "1"})\n@', f"{values})\n@")).encode()
        result = rewrite(text, "test_it.py", Context(), Selection())
        assert [f.refusal for f in result.left] == ["decorator-order"]


def test_decorators_of_the_settings() -> None:
    text = HEAD + dedent(
        """\
        from helpers import recorded
        from .more import taped


        @patch.dict(os.environ, {"A": "1"})
        @recorded("tape")
        def test_it():
            run()


        @patch.dict(os.environ, {"A": "1"})
        @taped
        def test_relative():
            run()
        """
    )
    left = rewrite(text.encode(), "test_it.py", Context(), Selection()).left
    assert [finding.refusal for finding in left] == ["decorator-order"] * 2

    context = Context(transparent_decorators=("helpers.recorded", "tests.more.taped"))
    result = rewrite(text.encode(), "test_it.py", context, Selection())
    assert (result.error, result.left, len(result.fixed)) == (None, (), 2)
