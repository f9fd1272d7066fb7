"""Which tests look variables up: what counts as a reading test, and what code under test assumes."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.evidence.model import Assumed
from tests.isolator.observe.suites import edges, observed

READS = """
    import os

    import app


    def test_sets():
        os.environ["MODE"] = "1"


    def test_bracket():
        os.environ["MODE"]


    def test_get():
        os.environ.get("MODE")


    def test_getenv():
        os.getenv("MODE")


    def test_in():
        assert "MODE" in os.environ


    def test_pop_that_needs_it():
        os.environ["MODE"] = os.environ.pop("MODE")


    def test_code():
        app.mode()


    def test_copy():
        dict(os.environ), os.environ.copy(), {**os.environ}, list(os.environ.items())


    def test_sets_it_first():
        os.environ["MODE"] = "1"
        app.mode()


    def test_sets_it_first_by_monkeypatch(monkeypatch):
        monkeypatch.setenv("MODE", "2")
        app.mode()


    def test_removes_it_first(monkeypatch):
        monkeypatch.delenv("MODE")
        app.mode()


    def test_other_variable():
        os.environ.get("OTHER"), os.environ.get("HOME"), os.environ["PYTEST_CURRENT_TEST"]
"""


def test_edges(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"test_it.py": READS, "app.py": "import os\ndef mode():\n    os.getenv('MODE')\n"})
    assert edges(evidence) == [
        ("test_sets", "test_bracket", "MODE", "test_it.py:11"),
        ("test_sets", "test_get", "MODE", "test_it.py:15"),
        ("test_sets", "test_getenv", "MODE", "test_it.py:19"),
        ("test_sets", "test_in", "MODE", "test_it.py:23"),
        ("test_sets", "test_pop_that_needs_it", "MODE", "test_it.py:27"),
        ("test_sets", "test_code", "MODE", "app.py:3"),
    ]
    assert evidence.assumed == (Assumed("test_it.py::test_code", "MODE", "set", "app.py", 3),)


def test_assumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGION", "secret-value")
    files = {
        "app.py": """
            import os


            def region():
                return os.environ.get("REGION"), os.environ.get("ZONE"), os.environ["GIVEN"]
        """,
        "conftest.py": 'import os\n\nos.environ["GIVEN"] = "1"\n',
        "test_it.py": """
            import os
            from unittest.mock import patch

            import pytest

            import app


            def test_plain():
                app.region()


            def test_unset(monkeypatch):
                monkeypatch.delenv("ZONE", raising=False)
                app.region()


            def test_cleared():
                with patch.dict(os.environ, {"GIVEN": "2"}, clear=True):
                    app.region()


            @pytest.fixture(scope="class")
            def zone():
                os.environ["ZONE"] = "b"
                yield
                del os.environ["ZONE"]


            @pytest.mark.usefixtures("zone")
            class TestClass:
                def test_first(self):
                    app.region()

                def test_second(self):
                    app.region()
        """,
    }
    evidence = observed(tmp_path, files)
    found = [(each.test.rpartition("::")[2], each.variable, each.state) for each in evidence.assumed]
    assert found == [
        ("test_plain", "REGION", "set"),
        ("test_plain", "ZONE", "unset"),
        ("test_unset", "REGION", "set"),
        ("test_first", "REGION", "set"),
        ("test_second", "REGION", "set"),
    ]
    assert {(each.file, each.line) for each in evidence.assumed} == {("app.py", 5)}


def test_the_first_variable_of_all_is_read_like_any_other(tmp_path: Path) -> None:
    files = {
        "app.py": """
            import os


            def first():
                return os.environ[next(iter(os.environ))]
        """,
        "test_it.py": """
            import os

            import app


            def test_it():
                os.environ.clear()
                os.environ.update(MODE="1", OTHER="2")


            def test_reads():
                app.first()


            def test_reads_and_copies():
                app.first()
                dict(os.environ)
        """,
    }
    assert edges(observed(tmp_path, files)) == [
        ("test_it", "test_reads", "MODE", "app.py:5"),
        ("test_it", "test_reads_and_copies", "MODE", "app.py:5"),
    ]
