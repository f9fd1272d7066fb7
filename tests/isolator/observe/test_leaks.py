"""Who changes the environment, where, and when that is judged; in the forms of real suites."""

from __future__ import annotations

from pathlib import Path

import pytest

from isolator.evidence.model import Leak
from tests.isolator.observe.suites import edges, leaks, observed


def test_restored_only_if_it_was_set(tmp_path: Path) -> None:
    text = """
        import os


        def test_sets():
            saved = os.environ.get("MODE")
            os.environ["MODE"] = "1"
            if saved is not None:
                os.environ["MODE"] = saved


        def test_needs_it_unset():
            assert os.getenv("MODE") is None
    """
    evidence = observed(tmp_path, {"test_it.py": text}, orders=("given", "reversed"))
    leak = Leak("MODE", "test_it.py::test_sets", "test_it.py", 6, "test_sets", "call", "function")
    assert evidence.leaks == (leak,)
    assert edges(evidence) == [("test_sets", "test_needs_it_unset", "MODE", "test_it.py:12")]
    assert evidence.tests == {
        "test_it.py::test_sets": ("passed", "passed"),
        "test_it.py::test_needs_it_unset": ("failed", "passed"),
    }
    assert [run.order for run in evidence.runs] == ["given", "reversed"]


SCOPES = """
    import os
    import unittest

    import pytest


    class Leaves(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            os.environ["CLASS"] = "1"

        def test_first(self):
            pass

        def test_second(self):
            assert os.environ["CLASS"] == "1"


    class PutsBack(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            os.environ["OTHER"] = "1"

        @classmethod
        def tearDownClass(cls):
            del os.environ["OTHER"]

        def test_first(self):
            assert os.environ["CLASS"] == "1"

        def test_second(self):
            assert os.environ["OTHER"] == "1"


    @pytest.fixture
    def late():
        yield
        os.environ["LATE"] = "1"


    def test_with_fixture(late):
        pass
"""


def test_set_up_for_a_class_is_judged_at_its_end(tmp_path: Path) -> None:
    evidence = observed(tmp_path, {"test_it.py": SCOPES})
    first, second = evidence.leaks
    assert first == Leak("CLASS", "test_it.py::Leaves::test_first", "test_it.py", 10, "setUpClass", "setup", "class")
    assert second == Leak("LATE", "test_it.py::test_with_fixture", "test_it.py", 38, "late", "teardown", "function")
    assert edges(evidence) == [("test_first", "test_first", "CLASS", "test_it.py:29")]


def test_helper_and_code_under_test(tmp_path: Path) -> None:
    files = {
        "app.py": """
            import os


            def enable():
                os.environ.setdefault("ENABLED", "1")
        """,
        "tests/helpers.py": """
            import os


            def set_all(**values):
                os.environ.update(values)
        """,
        "tests/test_it.py": """
            import app
            from helpers import set_all


            def test_helper():
                set_all(NAME="x")


            def test_code():
                app.enable()
        """,
    }
    evidence = observed(tmp_path, files)
    assert leaks(evidence) == [
        ("NAME", "test_helper", "tests/helpers.py:5"),
        ("ENABLED", "test_code", "app.py:5"),
    ]


def test_set_in_one_file_and_read_in_another(tmp_path: Path) -> None:
    files = {
        "test_a.py": 'import os\n\n\ndef test_sets():\n    os.environ["MODE"] = "1"\n',
        "test_b.py": 'import os\n\n\ndef test_reads():\n    assert "MODE" in os.environ\n',
        "test_c.py": 'import os\n\n\ndef test_removes():\n    os.environ.pop("MODE", None)\n',
        "test_d.py": 'import os\n\n\ndef test_reads_later():\n    assert "MODE" not in os.environ\n',
    }
    evidence = observed(tmp_path, files, orders=("given", "reversed"))
    assert leaks(evidence) == [("MODE", "test_sets", "test_a.py:5")]
    # Brittle: it fails where its state-setter has not run before.
    assert edges(evidence) == [("test_sets", "test_reads", "MODE", "test_b.py:5")]
    assert (evidence.tests or {})["test_b.py::test_reads"] == ("passed", "failed")


def test_set_while_a_file_is_imported(tmp_path: Path) -> None:
    files = {
        "test_a.py": 'import os\n\nos.environ["MODE"] = "1"\n\n\ndef test_own():\n    assert os.environ["MODE"]\n',
        "test_b.py": 'import os\n\n\ndef test_reads():\n    assert "MODE" in os.environ\n',
    }
    evidence = observed(tmp_path, files)
    assert evidence.leaks == (Leak("MODE", "test_a.py", "test_a.py", 3, "<module>", "collection", "module"),)
    assert edges(evidence) == [("test_a.py", "test_reads", "MODE", "test_b.py:5")]


def test_what_is_taken_back_is_not_a_leak(tmp_path: Path) -> None:
    text = """
        import os
        from unittest.mock import patch

        import pytest


        def test_monkeypatch(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.delenv("B", raising=False)


        @patch.dict(os.environ, {"A": "1"})
        def test_decorator():
            os.environ["B"] = "1"


        def test_block():
            with patch.dict("os.environ", A="1", clear=True):
                os.environ["B"] = "1"


        def test_by_hand():
            os.environ["A"] = "1"
            del os.environ["A"]


        @pytest.fixture(scope="module", autouse=True)
        def around():
            os.environ["C"] = "1"
            yield
            del os.environ["C"]
    """
    evidence = observed(tmp_path, {"test_it.py": text})
    assert (evidence.leaks, evidence.edges, evidence.assumed) == ((), (), ())


def test_the_raw_write_is_blamed_and_not_the_patch_around_it(tmp_path: Path) -> None:
    text = """
        import os
        from unittest.mock import patch


        def test_both(monkeypatch):
            os.environ["A"] = "1"
            monkeypatch.setenv("A", "2")


        def test_never_stopped():
            patch.dict(os.environ, B="1").start()
    """
    assert leaks(observed(tmp_path, {"test_it.py": text})) == [
        ("A", "test_both", "test_it.py:6"),
        ("B", "test_never_stopped", "test_it.py:11"),
    ]


@pytest.mark.parametrize("statement", ["os.environ._data[b'A'] = b'1'", "os.environ = {**os.environ, 'A': '1'}"])
def test_writes_that_nobody_sees(tmp_path: Path, statement: str) -> None:
    text = f"import os\n\n\ndef test_it():\n    {statement}\n"
    (leak,) = observed(tmp_path, {"test_it.py": text}).leaks
    assert leak == Leak("A", "test_it.py::test_it", None, None, None, "call", "function")


def test_each_that_leaves_the_same_value_is_a_polluter(tmp_path: Path) -> None:
    text = """
        import os

        import pytest


        def test_first():
            os.environ["A"] = "1"


        def helper():
            os.environ["A"] = "1"


        def test_second():
            helper()


        @pytest.fixture
        def given():
            os.environ["A"] = "1"


        def test_third(given):
            pass


        def test_fourth():
            os.environ.update(A="1")


        def test_fifth():
            os.putenv("Z", "1")
            os.environ["A"] = "1"


        def test_takes_back(monkeypatch):
            monkeypatch.setenv("A", "2")
            os.environ["A"] = "1"


        def test_puts_back():
            saved = os.environ["A"]
            os.environ["A"] = "2"
            os.environ["A"] = saved


        def test_patches(monkeypatch):
            monkeypatch.setenv("A", "1")
    """
    evidence = observed(tmp_path, {"test_it.py": text})
    assert [each for each in leaks(evidence) if each[0] == "A"] == [
        ("A", "test_first", "test_it.py:7"),
        ("A", "test_second", "test_it.py:11"),
        ("A", "test_third", "test_it.py:20"),
        ("A", "test_fourth", "test_it.py:28"),
        ("A", "test_fifth", "test_it.py:33"),
    ]


def test_the_environment_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To copy, to empty and to fill it is to read nothing; what is changed so has the line that did it last."""
    monkeypatch.setenv("MODE", "1")
    monkeypatch.setenv("ZONE", "1")
    text = """
        import os
        from unittest.mock import patch


        def test_by_hand():
            given = os.environ.copy()
            del given["MODE"]
            given["ZONE"] = "2"
            os.environ.clear()
            os.environ.update(given)


        @patch.dict(os.environ, {"LEVEL": "1"}, clear=True)
        def test_patched():
            os.environ["MODE"] = "2"


        def test_reads_while_it_fills():
            os.environ.update((key, os.environ["ZONE"]) for key in ["OTHER"])
    """
    conftest = """
        import atexit
        import os
        import pathlib

        METHODS = ["clear", "copy", "update", "__getitem__", "__delitem__"]


        @atexit.register
        def left():
            found = [name for name in METHODS if getattr(os.environ, name).__module__.endswith("taps")]
            pathlib.Path("left").write_text(repr(found))
    """
    evidence = observed(tmp_path, {"test_it.py": text, "conftest.py": conftest})
    assert leaks(evidence) == [
        ("MODE", "test_by_hand", "test_it.py:9"),
        ("ZONE", "test_by_hand", "test_it.py:10"),
        ("OTHER", "test_reads_while_it_fills", "test_it.py:19"),
    ]
    assert edges(evidence) == [("test_by_hand", "test_reads_while_it_fills", "ZONE", "test_it.py:19")]
    assert (tmp_path / "left").read_text() == "[]"
