"""Composed files do the same under pytest after their rewrite; and each kind of fault that they have shown."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.codemods.environ.generated_run import FAULTS, closing_line, judge, run
from tests.codemods.environ.kit import HEAD


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
    "deletion_behind_a_block": """
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
}
LEFT = {
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


@pytest.fixture(scope="module")
def left() -> dict[str, list[str]]:
    return faults(LEFT)


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str, found: dict[str, list[str]]) -> None:
    assert found[name] == []


@pytest.mark.xfail(strict=True, reason="heart: what ends with a block is not known of every block")
@pytest.mark.parametrize("name", LEFT)
def test_left(name: str, left: dict[str, list[str]]) -> None:
    assert left[name] == []
