"""Forms that the rows of the facts ask of a rewrite, where running them shows nothing more.

Those that have a case among ``tests/codemods/state`` are not repeated here:

=====  ==============================================================================================================
E4     refused: value_is_not_a_string, one_refused_all_refused
E6     clear, everything_is_cleared, values_that_read_what_is_cleared
E7     refused: one_refused_all_refused, fixture_that_stays_patches_the_same, own_context_ends_too_early
E8     code_that_may_look_follows, only_local_names_follow, finalizer_must_see_the_end
E9     as_a_name, mappings_that_are_not_written_out, snapshot_of_nothing_but_writes; refused: snapshot
E11    values_that_read_an_earlier_key
S8     testcase; left alone: testcase_block
S9     unsafe: classes; refused: class_decorator; left alone: testcase_block
S14    decorated_among_others, signatures
S17    nested_in_each_other, own_context_has_its_own_name
X2     decorated_among_others
X9     decorated_among_others (a constant), hoisted_*; refused: value_computed_after_other_calls
=====  ==============================================================================================================
"""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite
from tests.codemods.state import cases_decorators, cases_hosts, cases_restoration, cases_with, cases_writes
from tests.semantics.kit import HEAD
from tests.semantics.test_facts import FACTS

# Each body and what becomes of it, by the number of the row.
REWRITTEN = {
    "E11_values_are_computed_once_ahead_of_all": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": make(1), "C": make(2)}, clear=True):
                look()
        """,
        """
        def test_it(monkeypatch):
            environment = {"A": make(1), "C": make(2)}
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    "X9_part_of_a_text": (
        """
        @patch.dict(os.environ, {"A": f"{make()}"})
        def test_it():
            look()
        """,
        """
        _environment_of_test_it = {"A": f"{make()}"}


        def test_it(monkeypatch):
            for name, value in _environment_of_test_it.items():
                monkeypatch.setenv(name, value)
            look()
        """,
    ),
    "S7_decorators_around_given": (
        """
        from hypothesis import given, strategies as st


        @patch.dict(os.environ, {"A": "1"})
        @given(st.just("1"))
        def test_above(value):
            look()


        class TestIt:
            @given(value=st.just("1"))
            @patch.dict(os.environ, {"A": "1"})
            def test_below(self, value):
                look()
        """,
        """
        from hypothesis import given, strategies as st


        @given(st.just("1"))
        def test_above(value):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look()


        class TestIt:
            @given(value=st.just("1"))
            def test_below(self, value):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()
        """,
    ),
    "S8_inherited_and_asynchronous": (
        """
        from unittest import IsolatedAsyncioTestCase


        class Base(TestCase):
            pass


        class ItTests(Base):
            def test_it(self):
                os.environ["A"] = "1"
                look()


        class AsyncTests(IsolatedAsyncioTestCase):
            async def test_it(self):
                os.environ["A"] = "1"
                look()
        """,
        """
        from unittest import IsolatedAsyncioTestCase


        class Base(TestCase):
            pass


        class ItTests(Base):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                look()


        class AsyncTests(IsolatedAsyncioTestCase):
            async def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                look()
        """,
    ),
    "S10_scope_that_is_not_a_literal": (
        """
        WIDE = "module"


        @pytest.fixture(scope=WIDE)
        def named():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        @pytest.fixture(scope=lambda fixture_name, config: "session")
        def computed():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        @pytest.fixture(scope="function")
        def narrow():
            with patch.dict(os.environ, {"A": "1"}):
                yield
        """,
        """
        WIDE = "module"


        @pytest.fixture(scope=WIDE)
        def named():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture(scope=lambda fixture_name, config: "session")
        def computed():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture(scope="function")
        def narrow():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield
        """,
    ),
    "S11_S14_after_mocks_and_fixtures": (
        """
        @patch("os.getcwd")
        @patch.object(os, "getpid")
        def test_it(getpid, getcwd, tmp_path, capsys):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        @patch("os.getcwd")
        def test_keyword_only(getcwd, *, tmp_path):
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        """
        @patch("os.getcwd")
        @patch.object(os, "getpid")
        def test_it(getpid, getcwd, tmp_path, capsys, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()


        @patch("os.getcwd")
        def test_keyword_only(getcwd, *, tmp_path, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    "S20_the_fixture_too": (
        """
        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_it(monkeypatch, env):
            os.environ["A"] = "2"
        """,
        """
        @pytest.fixture
        def env():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        def test_it(monkeypatch, env):
            with pytest.MonkeyPatch.context() as m:
                m.setenv("A", "2")
        """,
    ),
    "X2_one_of_them_clears": (
        """
        @patch.dict(os.environ, {"A": "outer"})
        @patch.dict(os.environ, {"C": "inner"}, clear=True)
        def test_inner():
            look()


        @patch.dict(os.environ, {"C": "outer"}, clear=True)
        @patch("os.getcwd")
        @patch.dict(os.environ, {"A": "inner"})
        def test_outer(getcwd):
            look()
        """,
        """
        def test_inner(monkeypatch):
            monkeypatch.setenv("A", "outer")
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("C", "inner")
            look()


        @patch("os.getcwd")
        def test_outer(getcwd, monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("C", "outer")
            monkeypatch.setenv("A", "inner")
            look()
        """,
    ),
}

# Each body that stays, and the reasons of its findings.
REFUSED = {
    "E4_none": ("def test_it():\n    with patch.dict(os.environ, A=None):\n        look()\n", ["value-not-string"]),
    "E4_bytes": ('def test_it():\n    with patch.dict(os.environ, A=b"1"):\n        look()\n', ["value-not-string"]),
    "E4_bool": ("def test_it():\n    with patch.dict(os.environ, A=True):\n        look()\n", ["value-not-string"]),
    "E4_raw": ('def test_it():\n    os.environ["A"] = 1\n', ["value-not-string"]),
    "E7_inner_of_a_refused_one": (
        """
        def test_it(monkeypatch):
            with patch.dict(os.environ, {"A": 1}):
                with patch.dict(os.environ, {"A": "2"}):
                    look()
        """,
        ["value-not-string", "undo-order"],
    ),
    "S20_fixture_of_the_class_that_stays": (
        """
        class TestIt:
            @pytest.fixture
            def env(self):
                with patch.dict(os.environ, {"A": 1}):
                    yield

            def test_it(self, monkeypatch, env):
                with patch.dict(os.environ, {"A": "2"}):
                    look()
        """,
        ["value-not-string", "undo-order"],
    ),
    "E9_snapshot_as_a_decorator": (
        """
        @patch.dict(os.environ)
        def test_it():
            run()
        """,
        ["snapshot"],
    ),
}


def fix(body: str) -> tuple[str, Rewrite]:
    before = HEAD + dedent(body).lstrip("\n")
    result = rewrite(before.encode(), "test_it.py", Context(), Selection())
    assert result.error is None
    return before, result


@pytest.mark.parametrize("name", REWRITTEN)
def test_rewritten(name: str) -> None:
    body, expected = REWRITTEN[name]
    _, result = fix(body)
    assert result.source.decode() == HEAD + dedent(expected).lstrip("\n")
    assert not result.left


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, reasons = REFUSED[name]
    before, result = fix(body)
    assert result.source.decode() == before
    assert [finding.refusal for finding in result.left] == reasons


def test_undo_is_never_called() -> None:  # S18
    cases = (cases_with, cases_decorators, cases_writes, cases_restoration, cases_hosts)
    texts = [case.before for module in cases for case in module.CASES]
    texts += [fact.suite for fact in FACTS]
    texts += [HEAD + dedent(body) for body, _ in REWRITTEN.values()]
    for text in texts:
        result = rewrite(text.encode(), "test_it.py", Context(), Selection())
        assert result.source.count(b".undo()") == text.count(".undo()")
