"""``unittest.TestCase``: set-up with its tear-down, and clean-ups that restore."""

from tests.codemods.state.kit import case

HEAD = """\
import operator
import os
import unittest
from shutil import rmtree
from unittest.mock import patch

import pytest

used = (operator, os, patch, pytest, rmtree)


"""

CASES = [
    case(
        "pair_of_one_key",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.get("A")
                os.environ["A"] = "1"

            def tearDown(self):
                if self.saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = self.saved

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "pair_with_a_function_inside",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.get("A")

                def value():
                    return "1"

                os.environ["A"] = value()

            def tearDown(self):
                if self.saved is None:
                    os.environ.pop("A", None)
                else:
                    os.environ["A"] = self.saved

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)

                def value():
                    return "1"

                monkeypatch.setenv("A", value())

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "pair_that_saves_in_a_dict",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.saved = {"A": os.environ.get("A"), "B": os.environ.get("B")}
                os.environ["A"] = "1"
                os.environ["B"] = "2"

            def tearDown(self):
                for key, value in self.saved.items():
                    if value is None:
                        os.environ.pop(key, None)
                    else:
                        os.environ[key] = value

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                monkeypatch.setenv("B", "2")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "pair_of_several_keys",
        '''
        class ItTests(unittest.TestCase):
            """They are tests."""

            def setUp(self):
                super().setUp()
                # Remember it
                self.before = os.environ.pop("B", None)
                look()
                self.name = "2"
                os.environ["A"] = self.name
                os.environ["C"] = "3"

            def tearDown(self):
                """Clean up."""
                look()
                self.name = None  # no longer
                try:
                    del os.environ["A"]
                except KeyError:
                    pass
                if os.environ.get("C"):
                    del os.environ["C"]
                if self.before:
                    os.environ["B"] = self.before
                super().tearDown()

            def test_it(self):
                look()
        ''',
        '''
        class ItTests(unittest.TestCase):
            """They are tests."""

            def setUp(self):
                super().setUp()
                # Remember it
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.delenv("B", raising=False)
                look()
                self.name = "2"
                monkeypatch.setenv("A", self.name)
                monkeypatch.setenv("C", "3")

            def tearDown(self):
                """Clean up."""
                look()
                self.name = None  # no longer
                super().tearDown()

            def test_it(self):
                look()
        ''',
        head=HEAD,
    ),
    case(
        "set_up_of_a_class_that_nothing_restores",
        """
        class ItTests(unittest.TestCase):
            @classmethod
            def setUpClass(cls) -> None:
                super().setUpClass()
                os.environ["A"] = "1"

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            @classmethod
            def setUpClass(cls) -> None:
                super().setUpClass()
                monkeypatch = pytest.MonkeyPatch()
                cls.addClassCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "async_pair",
        """
        class ItTests(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                await super().asyncSetUp()
                os.environ["A"] = "1"

            async def asyncTearDown(self):
                del os.environ["A"]

            async def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.IsolatedAsyncioTestCase):
            async def asyncSetUp(self):
                await super().asyncSetUp()
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            async def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "saved_value_that_tests_read",
        """
        class Base(unittest.TestCase):
            def setUp(self):
                self.saved, self.popped = os.environ["B"], None
                self.popped = os.environ.pop("B")
                self.kept = os.environ.get("A")
                os.environ["A"] = "1"

            def tearDown(self):
                # close what is open
                os.environ["B"] = self.popped
                if self.kept is not None:
                    os.environ["A"] = self.kept
                else:
                    del os.environ["A"]


        class ItTests(Base):
            def setUp(self):
                super().setUp()
                os.environ["A"] = "2"

            def test_it(self):
                look()
                assert self.popped == self.saved == "outer"
                assert self.kept is None
        """,
        """
        class Base(unittest.TestCase):
            def setUp(self):
                self.saved, self.popped = os.environ["B"], None
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                self.popped = os.environ["B"]
                monkeypatch.delenv("B")
                self.kept = os.environ.get("A")
                monkeypatch.setenv("A", "1")

            def tearDown(self):
                pass
                # close what is open


        class ItTests(Base):
            def setUp(self):
                super().setUp()
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "2")

            def test_it(self):
                look()
                assert self.popped == self.saved == "outer"
                assert self.kept is None
        """,
        head=HEAD,
    ),
    case(
        "set_up_only_if_unset",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.had = "A" in os.environ
                if not self.had:
                    os.environ["A"] = "1"
                patcher = patch("os.getcwd")
                patcher.start()
                self.addCleanup(patcher.stop)

            def tearDown(self):
                if not self.had:
                    del os.environ["A"]
                rmtree("nothing", ignore_errors=True)

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.had = "A" in os.environ
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                if not self.had:
                    monkeypatch.setenv("A", "1")
                patcher = patch("os.getcwd")
                patcher.start()
                self.addCleanup(patcher.stop)

            def tearDown(self):
                rmtree("nothing", ignore_errors=True)

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
    case(
        "clean_ups_that_restore",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.addCleanup(look)
                saved = os.environ.get("B")
                self.addCleanup(os.environ.__setitem__, "B", saved)
                os.environ["B"] = "2"

            def test_pop(self):
                self.addCleanup(os.environ.pop, "A", None)
                self.addCleanup(look)
                os.environ["A"] = "1"
                look()

            def test_operator(self):
                os.environ["A"] = "1"
                self.addCleanup(operator.delitem, os.environ, "A")
                self.addCleanup(operator.setitem, os.environ, "B", os.environ["B"])
                os.environ["B"] = "3"
                self.addCleanup(look)
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.addCleanup(look)
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("B", "2")

            def test_pop(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                self.addCleanup(look)
                monkeypatch.setenv("A", "1")
                look()

            def test_operator(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                monkeypatch.setenv("B", "3")
                self.addCleanup(look)
                look()
        """,
        head=HEAD,
    ),
]
