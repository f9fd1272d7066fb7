"""Writes that something around them undoes are not reported, and no finding claims more than is known."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, check
from tests.codemods.state.kit import HEAD, run_suites

UNDONE = {
    "own_setenv": """
        def test_set(monkeypatch):
            monkeypatch.setenv("A", "1")
            os.environ["A"] = "2"
            look()


        def test_deleted(monkeypatch):
            monkeypatch.delenv("B")
            os.environ["B"] = "2"
            look()
        """,
    "manager_that_takes_a_copy": """
        from contextlib import contextmanager


        @contextmanager
        def unchanged():
            saved = dict(os.environ)
            try:
                yield
            finally:
                os.environ.clear()
                os.environ.update(saved)


        def test_it():
            with unchanged():
                os.environ["A"] = "1"
                look()
            look()


        def test_cleans_up():
            with unchanged():
                look()
                os.environ.pop("A", None)
        """,
    "autouse_copy": """
        @pytest.fixture(autouse=True)
        def clean():
            saved = os.environ.copy()
            yield
            os.environ.clear()
            os.environ.update(saved)


        def test_it():
            os.environ["A"] = "1"
            os.environ.pop("B")
            look()
        """,
    "class_that_is_a_manager": """
        class Variable:
            def __init__(self, value):
                self.value = value

            def __enter__(self):
                self.saved = os.environ.get("A")
                os.environ["A"] = self.value
                return self

            def __exit__(self, *args):
                if self.saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = self.saved


        def test_it():
            with Variable("1"):
                look()
            look()
        """,
}
# Each with the messages of what is found.
FOUND = {
    "patch_that_names_nothing": (
        """
        from contextlib import contextmanager


        @contextmanager
        def unchanged():
            with patch.dict(os.environ):
                yield


        def test_it():
            with unchanged():
                os.environ["A"] = "1"
        """,
        ["patch.dict on os.environ empties and refills the whole environment"],
    ),
    "managers_from_elsewhere": (
        """
        from helpers import temporary_environ


        def test_it():
            with temporary_environ("A"):
                os.environ["A"] = "1"
            with open("f"):
                os.environ["B"] = "1"
        """,
        ["A is changed, unless the manager of the block restores it", "B is changed and never restored"],
    ),
    "not_recorded": (
        """
        def test_may_be_unset(monkeypatch):
            monkeypatch.delenv("A", raising=False)
            os.environ["A"] = "2"


        def test_other(monkeypatch):
            monkeypatch.setenv("A", "1")
            os.environ["B"] = "2"


        def test_sometimes(monkeypatch, wanted):
            if wanted:
                monkeypatch.setenv("A", "1")
            os.environ["A"] = "2"


        def test_later(monkeypatch):
            os.environ["A"] = "2"
            monkeypatch.setenv("A", "1")
        """,
        [
            "A is changed and never restored",
            "B is changed and never restored",
            "A is changed and never restored",
            "A is changed and never restored",
        ],
    ),
    "fixture_that_does_more_than_copy": (
        """
        @pytest.fixture(autouse=True)
        def clean():
            with patch.dict(os.environ, {"C": "1"}):
                yield


        @pytest.fixture(scope="module")
        def wide():
            saved = os.environ.copy()
            yield
            os.environ.clear()
            os.environ.update(saved)


        def test_it(wide):
            os.environ["A"] = "1"
        """,
        [
            "patch.dict on os.environ empties and refills the whole environment",
            "A is changed and never restored",
        ],
    ),
    "class_that_forgets": (
        """
        class Variable:
            def __enter__(self):
                os.environ["A"] = "1"

            def __exit__(self, *args):
                pass
        """,
        ["A is changed and never restored"],
    ),
}


def text_of(body: str) -> str:
    return HEAD + dedent(body).lstrip("\n")


@pytest.mark.parametrize("name", UNDONE)
def test_no_finding(name: str) -> None:
    outcome = check(text_of(UNDONE[name]).encode(), "test_it.py", Context(), Selection())
    assert (outcome.error, outcome.left) == (None, ())


def test_and_nothing_is_left_behind(tmp_path: Path) -> None:
    seen = run_suites(tmp_path / "suites", {name: text_of(body) for name, body in UNDONE.items()})
    assert len(seen) == 6
    for test, record in seen.items():
        assert (test, record["left"]) == (test, [])


@pytest.mark.parametrize("name", FOUND)
def test_findings(name: str) -> None:
    body, expected = FOUND[name]
    outcome = check(text_of(body).encode(), "test_it.py", Context(), Selection())
    assert outcome.error is None
    assert [finding.brief for finding in outcome.left] == expected
