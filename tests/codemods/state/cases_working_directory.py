"""The working directory: changed in every host, restored in every way."""

from __future__ import annotations

from tests.codemods.state.kit import case

HEAD = """\
import os
import tempfile
import unittest
from pathlib import Path

import pytest

used = (os, tempfile, unittest, Path, pytest)


"""

CASES = [
    case(
        "directory_left",
        """
        def test_it(tmp_path):
            look()
            os.chdir(tmp_path)
            look()
            assert Path("here").exists() is False
        """,
        """
        def test_it(tmp_path, monkeypatch):
            look()
            monkeypatch.chdir(tmp_path)
            look()
            assert Path("here").exists() is False
        """,
        head=HEAD,
    ),
    case(
        "directory_put_back_last",
        """
        def test_it(tmp_path):
            # Where we came from.
            before = os.getcwd()
            os.chdir(tmp_path)  # there
            look()
            os.chdir(before)
        """,
        """
        def test_it(tmp_path, monkeypatch):
            # Where we came from.
            monkeypatch.chdir(tmp_path)  # there
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_put_back_before_others_look",
        """
        def test_it(tmp_path):
            before = os.getcwd()
            os.chdir(tmp_path)
            look()
            os.chdir(before)
            look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            with monkeypatch.context() as m:
                m.chdir(tmp_path)
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_put_back_finally",
        """
        def test_it(tmp_path):
            before = Path.cwd()
            os.chdir(str(tmp_path))
            try:
                look()
            finally:
                os.chdir(str(before))
        """,
        """
        def test_it(tmp_path, monkeypatch):
            monkeypatch.chdir(str(tmp_path))
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_put_back_in_finally_in_the_middle",
        """
        def test_it(tmp_path):
            before = os.path.abspath(".")
            try:
                os.chdir(path=tmp_path)
                look()
            finally:
                os.chdir(before)
            look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            with monkeypatch.context() as m:
                m.chdir(tmp_path)
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_an_object_that_asks_its_class",
        """
        def test_it(tmp_path):
            saved = Path().cwd().resolve()
            try:
                os.chdir(str(tmp_path))
                look()
            except FileNotFoundError:
                pass  # kept
            finally:
                os.chdir(str(saved))
        """,
        """
        def test_it(tmp_path, monkeypatch):
            try:
                monkeypatch.chdir(str(tmp_path))
                look()
            except FileNotFoundError:
                pass  # kept
        """,
        head=HEAD,
    ),
    case(
        "directory_more_than_once",
        """
        def test_it(tmp_path):
            start = Path().resolve()
            os.chdir(tmp_path)
            look()
            os.chdir("..")
            look()
            os.chdir(start)
        """,
        """
        def test_it(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            look()
            monkeypatch.chdir("..")
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_in_a_block",
        """
        def test_it(tmp_path):
            for name in ("a", "b"):
                with open(tmp_path / name, "w"):
                    os.chdir(tmp_path)
                    look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            for name in ("a", "b"):
                with open(tmp_path / name, "w"):
                    monkeypatch.chdir(tmp_path)
                    look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_a_fixture",
        """
        @pytest.fixture
        def inside(tmp_path):
            before = os.getcwd()
            os.chdir(tmp_path)
            yield tmp_path
            os.chdir(before)


        def test_it(inside):
            look()
        """,
        """
        @pytest.fixture
        def inside(tmp_path):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.chdir(tmp_path)
                yield tmp_path


        def test_it(inside):
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_a_fixture_that_returns",
        """
        @pytest.fixture
        def inside(tmp_path):
            os.chdir(tmp_path)
            return tmp_path


        def test_it(inside):
            look()
        """,
        """
        @pytest.fixture
        def inside(tmp_path):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.chdir(tmp_path)
                yield tmp_path


        def test_it(inside):
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_with_a_finalizer",
        """
        @pytest.fixture
        def inside(tmp_path, request):
            request.addfinalizer(lambda: os.chdir(before))
            before = os.getcwd()
            os.chdir(tmp_path)


        def test_it(inside):
            look()
        """,
        """
        @pytest.fixture
        def inside(tmp_path, request):
            monkeypatch = pytest.MonkeyPatch()
            request.addfinalizer(monkeypatch.undo)
            monkeypatch.chdir(tmp_path)


        def test_it(inside):
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_in_a_test_case",
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                os.chdir("/")
                look()
        """,
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.chdir("/")
                look()
        """,
        head=HEAD,
    ),
    case(
        "directory_with_a_clean_up",
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                self.addCleanup(os.chdir, os.getcwd())
                os.chdir("/")
                look()
        """,
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.chdir("/")
                look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_a_set_up",
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.before = os.getcwd()
                os.chdir("/")

            def tearDown(self):
                os.chdir(self.before)

            def test_it(self):
                look()
        """,
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.chdir("/")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_a_pytest_class",
        """
        class TestIt:
            def setup_method(self):
                self.before = os.getcwd()
                os.chdir("/")

            def teardown_method(self):
                os.chdir(self.before)

            def test_it(self):
                look()
        """,
        """
        class TestIt:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.chdir("/")

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "directory_that_is_gone_when_it_is_left",
        """
        def test_it():
            with tempfile.TemporaryDirectory() as folder:
                before = os.getcwd()
                os.chdir(folder)
                assert os.listdir() == []
                os.chdir(before)
            look()
        """,
        """
        def test_it(monkeypatch):
            with tempfile.TemporaryDirectory() as folder:
                with monkeypatch.context() as m:
                    m.chdir(folder)
                    assert os.listdir() == []
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_of_an_alias",
        """
        def test_it(tmp_path):
            from os import chdir as go

            go(tmp_path)
            look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            monkeypatch.chdir(tmp_path)
            look()
        """,
        head=HEAD,
    ),
    case(
        "directory_beside_a_variable",
        """
        def test_it(tmp_path):
            before = os.getcwd()
            os.chdir(tmp_path)
            os.environ["A"] = "1"
            try:
                look()
            finally:
                del os.environ["A"]
                os.chdir(before)
            look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            with monkeypatch.context() as patched:
                patched.chdir(tmp_path)
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    look()
            look()
        """,
        head=HEAD,
    ),
]
