"""Composed files do the same under pytest after their rewrite; and each kind of fault that they have shown."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.codemods.state.generated_run import FAULTS, closing_line, judge, run
from tests.codemods.state.kit import HEAD


def faults(texts: dict[str, str]) -> dict[str, list[str]]:
    """The kinds of fault that each of some files shows; all of them are run together."""
    outcome = judge({name: HEAD + dedent(text).lstrip("\n") for name, text in texts.items()})
    assert sum(outcome.counts[kind] for kind in FAULTS) == len(outcome.failures)
    return {name: [kind for kind in FAULTS if f"{kind.replace(' ', '_')}_{name}" in outcome.failures] for name in texts}


def test_some_do_the_same() -> None:
    outcome = run(12, "test", 1)
    assert outcome.counts["modules"] == 12
    assert outcome.counts["rewritten"] > 3
    assert not outcome.failures, closing_line(outcome)


@pytest.mark.slow
def test_many_do_the_same() -> None:
    outcome = run(400, "many", 2)
    assert not outcome.failures, closing_line(outcome) + "\n" + "\n".join(outcome.failures.values())


FOUND = {
    "key_that_begins_as_a_literal": """
        def test_it():
            os.environ["A B".split()[0]] = "1"
            look()
        """,
    "deletion_after_a_block": """
        def test_it(request):
            with patch.dict(os.environ, {"A": "1"}):
                os.environ["B"] = "2"
                look()
            del os.environ["B"]
            look()
        """,
    "empty_default": """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                os.environ.setdefault("C", "")
                look()
            look()
        """,
    "stack_in_a_block": """
        from contextlib import ExitStack


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                with ExitStack() as stack:
                    stack.enter_context(patch.dict(os.environ, {"B": "2"}))
                    look()
                look()
            with patch.dict(os.environ, {"A": "3"}):
                look()
        """,
    "function_in_a_block": """
        def test_it():
            with pytest.raises(ValueError), patch.dict(os.environ, {"A": "1"}):
                with patch.dict(os.environ, {"C": "2"}):

                    def inner():
                        with patch.dict(os.environ, {"A": "3"}):
                            look()

                    inner()
                raise ValueError(look())
        """,
    "alias_bound_again": """
        def test_it():
            with patch.dict(os.environ, {"C": "1"}):
                env = os.environ
                env["A"] = "2"
                env = {}
                env["A"] = "3"
                look()
            look()
        """,
    "code_sets_what_was_unset": """
        def starts():
            os.environ["D"] = "token"


        def test_it():
            with patch.dict(os.environ, {"D": "1"}):
                starts()
                os.environ.pop("D", None)
                starts()
                del os.environ["D"]
                look()
            look()
        """,
    "function_in_one_with_a_finalizer": """
        def test_it(request):
            def inner():
                patcher = patch.dict(os.environ, {"D": "1"})
                patcher.start()
                try:
                    look()
                finally:
                    patcher.stop()

            inner()
            os.environ["B"] = "2"
            request.addfinalizer(lambda: os.environ.pop("B", None))
            look()
        """,
    "unset_by_monkeypatch_to_be_set_by_hand": """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.delenv("A", raising=False)
            os.environ["A"] = "1"
            look()


        def test_it(env):
            look()
        """,
    "decorated_function_in_one": """
        def test_it():
            @patch.dict(os.environ, {"A": "1"})
            def inner():
                os.environ["B"] = "2"
                look()

            inner()
            look()
        """,
    "decorated_function_that_uses_the_monkeypatch_around": """
        def test_it(monkeypatch):
            @patch.dict(os.environ, {"A": "1"})
            def inner():
                monkeypatch.setenv("B", "2")
                look()

            inner()
            look()
        """,
    "monkeypatch_between_a_copy_and_its_restoration": """
        def test_it(monkeypatch):
            saved = os.environ.copy()
            os.environ["A"] = "1"
            try:
                monkeypatch.setenv("B", "2")
                look()
            finally:
                os.environ.update(saved)
            look()
        """,
    "item_of_the_environment_in_a_decorated_function": """
        def test_it(monkeypatch):
            @patch.dict(os.environ, {"A": "1"})
            def inner():
                monkeypatch.setitem(os.environ, "B", "2")
                look()

            inner()
            look()
        """,
    "copy_that_replaces_everything": """
        def test_it():
            with patch.dict(os.environ, os.environ.copy(), clear=True):
                os.environ["A"] = "1"
            look()
            with patch.dict(os.environ, dict(os.environ), clear=True, B="1"):
                look()
            with patch.dict(os.environ, os.environ, clear=True):
                os.environ["C"] = "1"
                look()
        """,
    "added_to_before_it_is_saved": """
        import unittest


        class ItTests(unittest.TestCase):
            def test_it(self):
                os.environ["B"] += "x"
                with patch.dict(os.environ, {"B": "1"}):
                    saved = os.environ["B"]
                    try:
                        look()
                    finally:
                        os.environ["B"] = saved
        """,
    "one_restored_before_all_are_saved": """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                saved = os.environ.get("C")
                os.environ["C"] = "2"
                try:
                    look()
                finally:
                    if saved is None:
                        os.environ.pop("C", None)
                    else:
                        os.environ["C"] = saved
            everything = os.environ.copy()
            try:
                look()
            finally:
                os.environ.update(everything)
        """,
    "stack_in_a_test_of_a_set_up": """
        from contextlib import ExitStack


        class TestIt:
            def setup_method(self):
                self.patcher = patch.dict(os.environ, {"A": "2"})
                self.patcher.start()

            def teardown_method(self):
                self.patcher.stop()

            @patch.dict(os.environ, {"C": "1"})
            def test_it(self):
                with ExitStack() as stack:
                    stack.enter_context(patch.dict(os.environ, {"D": "1"}))
                    look()
        """,
    "context_of_the_users_own_that_is_undone": """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                os.environ["A"] = "1"
                look()
                m.undo()
                look()
        """,
    "own_monkeypatch_in_a_block_that_stays": """
        class TestIt:
            def setup_method(self):
                self.patcher = patch.dict(os.environ, {"B": "1"})
                self.patcher.start()

            def teardown_method(self):
                self.patcher.stop()

            def test_it(self, monkeypatch):
                with patch.dict(os.environ, {"D": "2"}):
                    monkeypatch.setenv("D", "3")
                    look()
                look()
        """,
    "fixture_that_is_to_yield": """
        @pytest.fixture
        def env():
            os.environ["C"] = "1"
            return "C"


        def test_it(monkeypatch, env):
            os.environ["C"] = "2"
            look()
        """,
    "undo_in_a_block": """
        def undoes(patching):
            patching.undo()


        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            with patch.dict(os.environ, {"B": "2"}):
                undoes(monkeypatch)
                look()
            look()
        """,
    "undo_by_a_name_in_a_block": """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            undo = monkeypatch.undo
            with patch.dict(os.environ, {"B": "2"}):
                undo()
                look()
            look()
        """,
    "patcher_stopped_after_a_block_with_a_name": """
        @pytest.fixture
        def env(request):
            patcher = patch.dict(os.environ, {"C": "1"})
            request.addfinalizer(patcher.stop)
            patcher.start()


        def test_it(request, env):
            outer = patch.dict(os.environ, {"A": "2"})
            with outer:
                inner = patch.dict(os.environ, {"C": "3"})
                inner.start()
                request.addfinalizer(inner.stop)
                look()
            look()
        """,
    "patcher_of_a_function_stopped_in_a_case": """
        import unittest


        def patched(name):
            return patch.dict(os.environ, {name: "1"})


        class ItTests(unittest.TestCase):
            def test_it(self):
                patcher = patched("B")
                patcher.start()
                try:
                    os.environ["B"] = "2"
                    look()
                finally:
                    patcher.stop()
                os.environ["A"] = "3"
                look()
        """,
    "stack_closed_in_a_case": """
        import unittest
        from contextlib import ExitStack


        def patched(name):
            return patch.dict(os.environ, {name: "1"})


        class ItTests(unittest.TestCase):
            def test_it(self):
                stack = ExitStack()
                stack.enter_context(patched("B"))
                os.environ["B"] = "2"
                look()
                stack.close()
                os.environ["A"] = "3"
                look()
        """,
    "put_back_after_the_block_of_a_manager": """
        import contextlib
        import unittest


        @contextlib.contextmanager
        def setting(name):
            with patch.dict(os.environ, {name: "1"}):
                yield


        class ItTests(unittest.TestCase):
            def test_it(self):
                saved = dict(os.environ)
                try:
                    with setting("C"):
                        os.environ["A"] = "2"
                        look()
                    look()
                finally:
                    os.environ.clear()
                    os.environ.update(saved)
                with patch.dict(os.environ, {"A": "3"}):
                    look()
        """,
    "written_below_a_fixture_of_the_module": """
        @pytest.fixture(scope="module")
        def env():
            with patch.dict(os.environ, {"C": "1"}):
                yield


        def test_it(env):
            look()


        @patch.dict(os.environ, {"A": "2"})
        def test_other(request):
            saved = os.environ.copy()
            request.addfinalizer(lambda: os.environ.update(saved))
            look()
        """,
    "deleted_after_a_write_of_who_knows_what": """
        def key(name="C"):
            return name


        def starts():
            os.environ["D"] = "token"


        @pytest.fixture
        def everything():
            saved = os.environ.copy()
            yield
            look()
            os.environ.clear()
            os.environ.update(saved)


        def test_it(everything):
            with patch.dict(os.environ, {"D": "6"}):
                starts()
            os.environ.update({key(): key("1"), "A": key("2")})
            starts()
            look()
            del os.environ["D"]
            look()
        """,
    "written_for_good_below_a_fixture_that_rolls_back": """
        @pytest.fixture
        def late():
            yield
            look()


        @pytest.fixture(autouse=True)
        def own(monkeypatch, late):
            monkeypatch.delenv("D", raising=False)


        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"B": "1"}):
                yield
            look()


        def test_it(env):
            os.environ["A"] = "2"
            look()
        """,
    "written_for_good_below_a_fixture_that_rolls_back_by_a_manager": """
        import contextlib


        @contextlib.contextmanager
        def setting(name):
            with patch.dict(os.environ, {name: "1"}):
                yield


        @pytest.fixture
        def late():
            yield
            look()


        @pytest.fixture
        def env(monkeypatch, late):
            monkeypatch.delenv("D", raising=False)
            with setting("C"):
                yield
                look()


        def test_it(env, monkeypatch):
            del os.environ["B"]
            look()
        """,
    "emptied_after_a_function_that_sets_the_same": """
        def test_it():
            def inner():
                with patch.dict(os.environ, {"C": "1"}):
                    look()

            inner()
            with patch.dict(os.environ, clear=True):
                assert os.environ.get("C") != "never"
                look()
            look()
        """,
    "clean_up_of_a_method_below_a_decorator": """
        import unittest


        @pytest.fixture(scope="module", autouse=True)
        def env():
            with patch.dict(os.environ, {"C": "1"}):
                yield


        class ItTests(unittest.TestCase):
            @patch.dict(os.environ, {"A": "2"})
            def test_it(self):
                self.addCleanup(os.environ.update, os.environ.copy())
                look()
        """,
    "restoration_that_only_updates": """
        def test_it():
            with patch.dict(os.environ, {"C": "1"}):
                saved = os.environ.copy()
                try:
                    os.environ["D"] = "2"
                finally:
                    os.environ.update(saved)
                look()
            look()
        """,
    "manager_in_a_test": """
        import contextlib


        def test_it():
            @contextlib.contextmanager
            def patched():
                with patch.dict(os.environ, {"C": "1"}):
                    yield
                    look()

            with patched():
                os.environ["B"] = "2"
                look()
            look()
        """,
    "code_below_a_snapshot": """
        def starts():
            os.environ["D"] = "token"


        @pytest.fixture(autouse=True)
        def fresh():
            with patch.dict(os.environ):
                yield


        def test_it():
            with patch.dict(os.environ, {"B": "1"}):
                starts()
            look()
        """,
}


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    return faults(FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str, found: dict[str, list[str]]) -> None:
    assert found[name] == []
