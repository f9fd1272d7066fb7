"""What sys holds: changed in every host, restored in every way."""

from __future__ import annotations

from tests.codemods.state.kit import case

HEAD = """\
import os
import sys
import unittest

import pytest

used = (os, sys, unittest, pytest)


"""

CASES = [
    case(
        "a_module_that_is_taken_out_and_replaced",
        """
        @contextlib.contextmanager
        def fake():
            old = sys.modules.pop("fake_of_tests", None)
            made = sys.modules["fake_of_tests"] = object()
            try:
                yield made
            finally:
                if old is None:
                    del sys.modules["fake_of_tests"]
                else:
                    sys.modules["fake_of_tests"] = old


        def test_it():
            with fake() as made:
                look(sys.modules["fake_of_tests"] is made)
            look()


        def test_missing():
            old = sys.modules.pop("fake_of_tests", None)
            look()
            if old is not None:
                sys.modules["fake_of_tests"] = old
        """,
        """
        @contextlib.contextmanager
        def fake():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setitem(sys.modules, "fake_of_tests", None)
                monkeypatch.delitem(sys.modules, "fake_of_tests")
                made = object()
                monkeypatch.setitem(sys.modules, "fake_of_tests", made)
                yield made


        def test_it():
            with fake() as made:
                look(sys.modules["fake_of_tests"] is made)
            look()


        def test_missing(monkeypatch):
            monkeypatch.delitem(sys.modules, "fake_of_tests", raising=False)
            look()
        """,
        head="import contextlib\n" + HEAD,
    ),
    case(
        "arguments_put_back_finally",
        """
        def test_it():
            saved = sys.argv
            sys.argv = ["program", "-x"]
            try:
                look()
            finally:
                sys.argv = saved
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setattr(sys, "argv", ["program", "-x"])
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "arguments_of_which_a_copy_is_kept",
        """
        def test_it():
            saved = sys.argv[:]
            sys.argv = ["program"]
            look()
            sys.argv = saved
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(sys, "argv", ["program"])
            look()
        """,
        head=HEAD,
    ),
    case(
        "path_with_a_folder_in_front",
        """
        def test_it():
            sys.path.insert(0, "folder")
            look()
            sys.path.append("other")
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.syspath_prepend("folder")
            look()
            monkeypatch.setattr(sys, "path", [*sys.path, "other"])
            look()
        """,
        head=HEAD,
    ),
    case(
        "path_that_is_taken_back",
        """
        def test_it():
            sys.path.insert(0, "folder")
            try:
                look()
            finally:
                sys.path.remove("folder")
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.syspath_prepend("folder")
                look()
            look()
        """,
        head=HEAD,
    ),
    case(
        "path_that_is_put_back",
        """
        @pytest.fixture
        def folder():
            saved = list(sys.path)
            sys.path = ["folder", *sys.path]
            yield look("folder")
            sys.path[:] = saved

        def test_it(folder):
            look(folder)
        """,
        """
        @pytest.fixture
        def folder():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.syspath_prepend("folder")
                yield look("folder")

        def test_it(folder):
            look(folder)
        """,
        head=HEAD,
    ),
    case(
        "platform_that_is_another",
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.saved = sys.platform
                sys.platform = "win32"

            def tearDown(self):
                sys.platform = self.saved

            def test_it(self):
                look()
                self.assertEqual(sys.platform, "win32")
        """,
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setattr(sys, "platform", "win32")

            def test_it(self):
                look()
                self.assertEqual(sys.platform, "win32")
        """,
        head=HEAD,
    ),
    case(
        "module_that_is_a_fake",
        """
        def test_it():
            sys.modules["fake"] = look(object())
            look()
            del sys.modules["fake"]
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(sys.modules, "fake", look(object()))
            look()
            monkeypatch.delitem(sys.modules, "fake")
            look()
        """,
        head=HEAD,
    ),
    case(
        "modules_of_two_kinds",
        """
        def test_it():
            sys.modules["fake"] = sys.modules["other"] = None
            sys.argv = ["program"]
            try:
                look()
            finally:
                sys.modules.pop("fake")
                sys.modules.pop("other", None)
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(sys.modules, "fake", None)
            monkeypatch.setitem(sys.modules, "other", None)
            monkeypatch.setattr(sys, "argv", ["program"])
            look()
        """,
        head=HEAD,
    ),
    case(
        "module_with_a_clean_up",
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                sys.modules["fake"] = None
                self.addCleanup(sys.modules.pop, "fake", None)
                look()
        """,
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setitem(sys.modules, "fake", None)
                look()
        """,
        head=HEAD,
    ),
]
