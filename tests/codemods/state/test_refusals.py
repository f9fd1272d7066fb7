"""What cannot be rewritten soundly is left to the byte, with a reason."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemods.context import Context
from codemods.rules.environ import CODEMOD
from isolator.engine.engine import Selection, rewrite
from tests.codemods.state import (
    cases_evaluation,
    cases_finalizers,
    cases_keys,
    cases_names,
    cases_outliving,
    cases_saving,
    cases_stacks,
    cases_targets,
    refused_comments,
    refused_enclosing,
    refused_restoration,
    refused_set_ups,
    refused_testcase,
)
from tests.codemods.state.kit import HEAD

# Each body, and the codes and reasons of its findings in the order of the file.
REFUSED = {
    "value_is_not_a_string": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": 1}):
                pass
        """,
        ["ISO101 value-not-string"],
    ),
    "clear_is_an_expression": (
        """
        def test_it(flag):
            with patch.dict(os.environ, {"A": "1"}, clear=flag):
                pass
        """,
        ["ISO101 clear-unknown"],
    ),
    "value_computed_after_other_calls": (
        """
        @pytest.mark.parametrize("n", run())
        @patch.dict(os.environ, {"A": os.getcwd()})
        def test_it(n):
            pass


        @pytest.mark.skipif((skipped := True), reason="why")
        @patch.dict(os.environ, {"A": str(skipped)})
        def test_name():
            pass


        @patch.dict(os.environ, {"A": (value := os.getcwd())})
        def test_binds():
            pass
        """,
        ["ISO101 import-time-value"] * 3,
    ),
    "value_computed_where_nothing_can_go_above": (
        """
        if used:

            @patch.dict(os.environ, {"A": os.getcwd()})
            def test_it():
                pass


        class TestIt:
            @staticmethod
            @patch.dict(os.environ, {"A": os.getcwd()})
            def test_static():
                pass

            @patch.dict(os.environ, {"A": os.getcwd()})
            def test_twice(self):
                pass

            @patch.dict(os.environ, {"A": os.sep})
            def test_twice(self):
                pass
        """,
        ["ISO101 import-time-value"] * 4,
    ),
    "class_decorator": (
        """
        patcher = patch.dict(os.environ, {"A": "1"})


        @pytest.fixture
        def changed(monkeypatch):
            os.environ = used


        @patch.dict(os.environ, {"A": "1"})
        class TestChanging:
            def test_it(self):
                os.environ["A"] = "2"


        @patch.dict(os.environ, {"A": "1"})
        class TestWithFixture:
            def test_it(self, changed):
                pass


        @patch.dict(os.environ, {"A": "1"})
        class TestWithBase(used.Base):
            def test_it(self):
                pass


        @patch.dict(os.environ, {"A": "1"})
        class TestInside:
            class TestIt:
                def test_it(self):
                    pass

            def test_it(self):
                pass


        @patcher
        class TestNamed:
            def test_it(self):
                pass


        @patch.dict(os.environ, {"A": "1"})
        @patch.dict(os.environ, {"A": os.sep})
        class TestComputed:
            def test_it(self):
                pass


        @patch.dict(os.environ, {"A": "1"})
        class Helper:
            def test_it(self):
                pass
        """,
        [
            "ISO101 patcher-object",
            "ISO102 rebinds-environ",
            *["ISO101 class-decorator"] * 5,
            "ISO101 undo-order",
            "ISO101 import-time-value",
            "ISO101 class-decorator",
        ],
    ),
    "generator": (
        """
        @patch.dict(os.environ, {"A": "1"})
        def items():
            yield os.environ["A"]
        """,
        ["ISO101 generator"],
    ),
    "decorator_that_runs_code_inside": (
        """
        from functools import wraps


        def looking(function):
            @wraps(function)
            def run(*args, **kwargs):
                assert os.environ["A"] == "1"
                return function(*args, **kwargs)

            return run


        @patch.dict(os.environ, {"A": "1"})
        @looking
        def test_it():
            pass
        """,
        ["ISO101 decorator-order"],
    ),
    "patcher_object": (
        """
        def test_it():
            patcher = patch.dict(os.environ, {"A": "1"})
            start(patcher)
            os.environ["B"] = "2"
            patcher.stop()
        """,
        ["ISO101 patcher-object", "ISO102 undo-order"],
    ),
    "patchers_in_a_list": (
        """
        @pytest.fixture
        def patched():
            patchers = [patch("os.getcwd"), patch.dict(os.environ, {"A": "1"})]
            for patcher in patchers:
                patcher.start()
            yield
            for patcher in patchers:
                patcher.stop()
        """,
        ["ISO101 patcher-object"],
    ),
    "helper_that_returns_a_patcher": (
        """
        def patched(values=None):
            return patch.dict("os.environ", values or {})


        def test_it():
            with patched({"A": "1"}):
                pass
        """,
        ["ISO101 patcher-object"],
    ),
    "patcher_that_is_stopped_among_others": (
        """
        def test_it():
            patcher = patch.dict(os.environ, {"A": "1"})
            patcher.start()
            start()
            try:
                run()
            finally:
                patcher.stop()
                stop()
        """,
        ["ISO101 undo-order", "ISO103 restoration-order"],
    ),
    "patcher_whose_values_change_before_it_starts": (
        """
        def test_it():
            values = {"A": "1"}
            patcher = patch.dict(os.environ, values)
            values["A"] = "2"
            with patcher:
                run()


        def test_loop():
            value = "1"
            patcher = patch.dict(os.environ, {"A": value})
            for value in "23":
                with patcher:
                    run()


        def test_call():
            patcher = patch.dict(os.environ, {"A": compute()})
            run()
            with patcher:
                run()


        def test_nested():
            patcher = patch.dict(os.environ, {"A": "1"})

            def inner():
                patcher.stop()

            patcher.start()
        """,
        ["ISO101 patcher-object"] * 4,
    ),
    "manager_that_does_more_when_its_block_ends": (
        """
        @contextmanager
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield
                run()


        class TestIt:
            @contextmanager
            def set(self, **env):
                saved = {key: os.environ.get(key) for key in env}
                os.environ.update(env)
                yield
                os.environ.update(saved)

            def test_it(self):
                with env():
                    os.environ["A"] = "2"

            def test_all(self):
                with env():
                    os.environ["B"] = "2"
                run()

            def test_any(self):
                with self.set(A="1"):
                    os.environ["B"] = "2"
                run()
        """,
        ["ISO101 undo-order", "ISO103 undo-order", *(["ISO102 undo-order"] * 3)],
    ),
    "refused_inside_a_fixture_that_puts_all_back": (
        """
        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        @pytest.fixture(scope="module")
        def wide():
            saved = dict(os.environ)
            os.environ["A"] = "1"
            yield
            os.environ.clear()
            os.environ.update(saved)


        def test_it(env):
            assert os.environ.pop("B")


        def test_wide(wide):
            assert os.environ.pop("B")


        @pytest.fixture
        def clean():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_that_cleans_up(clean):
            run()
            del os.environ["B"]
        """,
        ["ISO101 undo-order", *(["ISO103 snapshot"] * 2), *(["ISO102 value-used"] * 2), "ISO101 undo-order"],
    ),
    "manager_inside_a_patch": (
        """
        @contextmanager
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_it():
            with patch.dict(os.environ, {"B": "1"}), env():
                os.environ["A"] = "2"
                run()
            run()
        """,
        ["ISO101 undo-order", "ISO101 undo-order"],
    ),
    "refused_in_a_block_of_a_manager": (
        """
        @contextmanager
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_it():
            with env():
                assert os.environ.pop("B")
        """,
        ["ISO101 undo-order", "ISO102 value-used"],
    ),
    "write_in_a_block_of_a_manager_in_a_patch_that_stays": (
        """
        @contextmanager
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield
            run()


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                with env():
                    os.environ["B"] = "2"
            run()
        """,
        ["ISO101 undo-order", "ISO101 undo-order"],
    ),
    "nested_snapshot": (
        """
        def test_it():
            def inner():
                with patch.dict(os.environ):
                    run()

            inner()
        """,
        ["ISO101 snapshot"],
    ),
    "snapshot": (
        """
        def test_it():
            with patch.dict(os.environ):
                os.environ["A"] = "1"
                run()
        """,
        ["ISO101 snapshot"],
    ),
    "fixture_that_clears": (
        """
        @pytest.fixture(autouse=True)
        def clean():
            with patch.dict(os.environ, clear=True):
                yield


        def test_it():
            run()
        """,
        ["ISO101 snapshot"],
    ),
    "code_sets": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                run()
                assert os.environ["C"] == "3"


        def test_whole(expected):
            with patch.dict(os.environ, clear=True):
                run()
                assert os.environ == expected
        """,
        ["ISO101 code-sets", "ISO101 code-sets"],
    ),
    "value_used": (
        """
        def test_it():
            assert os.environ.pop("B") == "outer"
        """,
        ["ISO102 value-used"],
    ),
    "mocker_that_may_clear": (
        """
        def test_it(mocker, clear):
            mocker.patch.dict(os.environ, {"A": "1"}, clear=clear)
            os.environ["B"] = "1"
        """,
        ["ISO101 clear-unknown", "ISO102 undo-order"],
    ),
    "mocker_snapshot": (
        """
        def test_it(mocker):
            mocker.patch.dict(os.environ)
        """,
        ["ISO101 snapshot"],
    ),
    "block_beside_a_write_that_lasts": (
        """
        @pytest.fixture(scope="session")
        def wide():
            os.environ["A"] = "1"
            with patch.dict(os.environ, {"B": "2"}):
                if used:
                    return


        class TestIt:
            def setup_method(self):
                os.environ["A"] = "1"
                with patch.dict(os.environ, {"B": "2"}):
                    pass
        """,
        ["ISO102 fixture-returns", "ISO101 undo-order", "ISO102 setup-teardown", "ISO101 setup-teardown"],
    ),
    "restored_in_a_loop": (
        """
        def test_it():
            saved = dict(os.environ)
            os.environ["A"] = "1"
            try:
                run()
            finally:
                for name in set(os.environ) - set(saved):
                    del os.environ[name]
        """,
        ["ISO102 restoration-unclear"],
    ),
    "rebinds": (
        """
        def test_it():
            os.environ = {}


        def test_put():
            os.putenv("A", "1")
            os.unsetenv("A")
        """,
        ["ISO102 rebinds-environ"] * 3,
    ),
    "helper": (
        """
        def helper():
            os.environ["A"] = "1"


        def other():
            helper()
        """,
        ["ISO102 helper"],
    ),
    "fixtures_that_return_where_no_yield_can_stand": (
        """
        from functools import cache
        from typing import Any as Iterator


        @pytest.fixture(scope="session", autouse=True)
        def early():
            os.environ["A"] = "1"
            if "B" in os.environ:
                return None
            return run()


        @pytest.fixture
        def decorated():
            with open(__file__) as lines:
                os.environ["A"] = "1"
                return lines.read()


        @pytest.fixture
        @cache
        def cached():
            os.environ["A"] = "1"
            return run()


        @pytest.fixture
        def finalized(request):
            os.environ["A"] = "1"
            request.addfinalizer(look)
            return run()


        @pytest.fixture
        def annotated() -> str:
            os.environ["A"] = "1"
            return run()


        @pytest.fixture
        def mocked(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            if used:
                return 1
            return 2
        """,
        [*["ISO102 fixture-returns"] * 5, "ISO101 fixture-returns"],
    ),
    "nested_function": (
        """
        def make():
            def run(value):
                os.environ["A"] = value

            return run


        @pytest.fixture
        def run():
            def run(value):
                os.environ["A"] = value

            return run


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):

                def inner():
                    os.environ["B"] = "1"

                inner()
        """,
        [
            *("ISO102 nested-function", "ISO102 nested-function"),
            *("ISO101 undo-order", "ISO102 nested-function"),
        ],
    ),
    "module_level": (
        """
        os.environ["A"] = "1"
        """,
        ["ISO102 module-level"],
    ),
    "name_taken": (
        """
        def test_it():
            monkeypatch = 1
            with patch.dict(os.environ, {"A": str(monkeypatch)}):
                pass
        """,
        ["ISO101 name-taken"],
    ),
    "undo_called": (
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "0")
            os.environ["A"] = "1"
            monkeypatch.undo()


        @pytest.fixture
        def env(monkeypatch):
            os.environ["B"] = "1"
            return monkeypatch


        def test_fixture(env):
            env.undo()
        """,
        ["ISO102 undo-called", "ISO102 undo-called"],
    ),
    "one_refused_all_refused": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                pass
            with patch.dict(os.environ, {"B": 2}):
                pass
        """,
        ["ISO101 undo-order", "ISO101 value-not-string"],
    ),
    "own_context_ends_too_early": (
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                os.environ["B"] = "2"
            run()
        """,
        ["ISO102 undo-order"],
    ),
    "teardown_expects_it": (
        """
        @pytest.fixture
        def clean():
            yield
            del os.environ["A"]


        def test_it(clean):
            os.environ["A"] = "1"
        """,
        ["ISO102 undo-order"],
    ),
    "fixture_that_stays_patches_the_same": (
        """
        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": 1}):
                yield


        def test_it(env):
            os.environ["A"] = "2"
        """,
        ["ISO101 value-not-string", "ISO102 undo-order"],
    ),
    "unset_at_the_end_of_a_block": (
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                run()
                os.environ.pop("B", None)
            run()
        """,
        ["ISO101 undo-order", "ISO102 restoration-unclear"],
    ),
    "own_context_ends_before_the_block": (
        """
        @patch.dict(os.environ, {"A": "1"})
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("B", "1")
                os.environ["C"] = "2"
            run()
        """,
        ["ISO101 undo-order", "ISO102 undo-order"],
    ),
    "own_context_whose_name_is_taken_again": (
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                with monkeypatch.context() as m:
                    m.setenv("B", "1")
                os.environ["C"] = "2"
        """,
        ["ISO102 undo-order", "ISO102 undo-order"],
    ),
    "helper_that_saves_too_late": (
        """
        def helper():
            os.environ["A"] = "1"
            saved = os.environ.copy()
            try:
                os.environ["B"] = "2"
                run()
            finally:
                os.environ.clear()
                os.environ.update(saved)
        """,
        ["ISO102 helper", "ISO103 snapshot", "ISO103 snapshot"],
    ),
    **cases_finalizers.REFUSED,
    **cases_keys.REFUSED,
    **cases_saving.REFUSED,
    **cases_stacks.REFUSED,
    **cases_targets.REFUSED,
    **cases_evaluation.REFUSED,
    **cases_names.REFUSED,
    **cases_outliving.REFUSED,
    **cases_stacks.REFUSED,
    **refused_restoration.REFUSED,
    **refused_set_ups.REFUSED,
    **refused_testcase.REFUSED,
    **refused_comments.REFUSED,
    **refused_enclosing.REFUSED,
}

LEFT_ALONE = {
    "reads": """
        def test_it():
            assert os.environ["PATH"] == os.environ.get("PATH") == dict(os.environ)["PATH"]
        """,
    "fake_os": """
        def test_it(os, environ):
            os.environ["A"] = "1"
            environ["A"] = "1"
        """,
    "other_dicts": """
        def test_it(request):
            request.environ["A"] = "1"
            with patch.dict(used[0].__dict__, {"a": 1}):
                pass
        """,
    "clears_up_after_the_code_under_test": """
        def test_it():
            run()
            del os.environ["A"]
        """,
    "clean_ups_of_fixtures": """
        @pytest.fixture(autouse=True)
        def isolated():
            saved = {name: os.environ.get(name) for name in ["A", "B"]}
            yield
            for name, value in saved.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


        @pytest.fixture
        def tried():
            try:
                yield
            finally:
                for name in ["A", "B"]:
                    os.environ.pop(name, None)


        @pytest.fixture
        def whole():
            saved = dict(os.environ)
            yield
            os.environ.clear()
            os.environ.update(saved)


        @pytest.fixture
        def one():
            saved = os.environ.get("B")
            yield
            os.environ["B"] = saved


        def test_puts_back_what_the_code_changed():
            saved = os.environ["B"]
            run()
            os.environ["B"] = saved
        """,
    "testcase_block": """
        import unittest


        @patch.dict(os.environ, {"A": "1"})
        class AllTests(unittest.TestCase):
            def test_it(self):
                pass


        class ItTests(unittest.TestCase):
            @patch.dict(os.environ, {"A": "1"})
            def test_it(self):
                os.environ["B"] = "2"

            def test_with(self):
                with patch.dict(os.environ, {"A": "1"}):
                    os.environ["B"] = "2"
        """,
    "ignored": """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):  # isolator: ignore
                pass


        def test_code():
            with patch.dict(os.environ, {"A": "1"}):  # isolator: ignore[ISO101]
                pass
        """,
    "teardown_that_unsets": """
        def teardown_function():
            os.environ.pop("A", None)
        """,
    **cases_names.LEFT_ALONE,
    **cases_stacks.LEFT_ALONE,
    **refused_restoration.LEFT_ALONE,
    **refused_testcase.LEFT_ALONE,
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, expected = REFUSED[name]
    before = (HEAD + dedent(body).lstrip("\n")).encode()
    result = rewrite(before, "test_it.py", Context(), Selection())
    assert result.error is None
    assert result.source == before
    assert not result.fixed
    assert [f"{finding.code} {finding.refusal}" for finding in result.left] == expected


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_left_alone(name: str) -> None:
    before = (HEAD + dedent(LEFT_ALONE[name]).lstrip("\n")).encode()
    result = rewrite(before, "test_it.py", Context(), Selection(ignore=("ISO4",)))
    assert (result.source, result.fixed, result.left, result.error) == (before, (), (), None)


def test_a_finding_that_is_ignored_keeps_the_others_of_its_function() -> None:
    body = 'def test_it():\n    os.environ["A"] = "1"  # isolator: ignore\n    os.environ["A"] = "2"\n'
    result = rewrite((HEAD + body).encode(), "test_it.py", Context(), Selection())
    assert result.source == (HEAD + body).encode()
    assert [finding.refusal for finding in result.left] == ["undo-order"]


def test_a_rule_that_is_not_selected_keeps_the_others_of_its_function() -> None:
    body = 'def test_it():\n    os.environ["A"] = "1"\n    with patch.dict(os.environ, {"B": "2"}):\n        pass\n'
    result = rewrite((HEAD + body).encode(), "test_it.py", Context(), Selection(select=("ISO101",)))
    assert result.source == (HEAD + body).encode()
    assert [(finding.code, finding.refusal) for finding in result.left] == [("ISO101", "undo-order")]


def test_every_reason_is_on_its_rules_page() -> None:
    given = {tuple(expected.split()) for _, codes in REFUSED.values() for expected in codes}
    for rule in CODEMOD.rules:
        listed = {refusal.code for refusal in rule.refusals}
        assert {reason for code, reason in given if code == rule.code} <= listed
        section = rule.doc.partition("## When it refuses")[2]
        assert {line.split("`")[1] for line in section.splitlines() if line.startswith("- `")} == listed
