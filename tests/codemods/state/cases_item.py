"""Items of dicts: changed in every host, restored in every way."""

from __future__ import annotations

from tests.codemods.state.kit import case

HEAD = """\
import os
import unittest

import places
import pytest
from places import HANDLERS

used = (os, unittest, pytest, places, HANDLERS)


"""

CASES = [
    case(
        "item_left",
        """
        def test_it():
            look()
            places.HANDLERS["xml"] = 3
            look(places.handled())
            assert places.HANDLERS["xml"] == 3
        """,
        """
        def test_it(monkeypatch):
            look()
            monkeypatch.setitem(places.HANDLERS, "xml", 3)
            look(places.handled())
            assert places.HANDLERS["xml"] == 3
        """,
        head=HEAD,
    ),
    case(
        "item_put_back_finally",
        """
        def test_it():
            saved = HANDLERS["json"]
            HANDLERS["json"] = look("new")  # for a while
            try:
                look(places.handled())
            finally:
                HANDLERS["json"] = saved
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setitem(HANDLERS, "json", look("new"))  # for a while
                look(places.handled())
            look()
        """,
        head=HEAD,
    ),
    case(
        "item_that_goes_again",
        """
        def test_it():
            HANDLERS["xml"] = 3
            try:
                look(places.handled())
            finally:
                del HANDLERS["xml"]
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(HANDLERS, "xml", 3)
            look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_put_back_last",
        """
        def test_it():
            saved = places.SETTINGS.get("debug")
            places.SETTINGS["debug"] = True
            look(places.handled())
            places.SETTINGS["debug"] = saved
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(places.SETTINGS, "debug", True)
            look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_deleted",
        """
        def test_it():
            del HANDLERS["json"]
            HANDLERS.pop("xml", None)
            look(places.handled())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delitem(HANDLERS, "json")
            monkeypatch.delitem(HANDLERS, "xml", raising=False)
            look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_popped_and_put_back",
        """
        def test_it():
            kept = HANDLERS.pop("json")
            try:
                look(places.handled())
            finally:
                HANDLERS["json"] = kept
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delitem(HANDLERS, "json")
            look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "items_by_update",
        """
        def test_it():
            HANDLERS.update({"xml": 3, "json": 4})
            places.SETTINGS["debug"] = 2
            places.SETTINGS.update(level=3)
            look(places.handled())
            HANDLERS["json"] += 1
            HANDLERS.setdefault("yaml", 5)
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setitem(HANDLERS, "xml", 3)
            monkeypatch.setitem(HANDLERS, "json", 4)
            monkeypatch.setitem(places.SETTINGS, "debug", 2)
            monkeypatch.setitem(places.SETTINGS, "level", 3)
            look(places.handled())
            monkeypatch.setitem(HANDLERS, "json", HANDLERS["json"] + 1)
            if "yaml" not in HANDLERS:
                monkeypatch.setitem(HANDLERS, "yaml", 5)
            look()
        """,
        head=HEAD,
    ),
    case(
        "items_of_one_value",
        """
        def test_it():
            mine = HANDLERS["a"] = places.SETTINGS["b"] = look((1, 2))
            look(places.handled())
            HANDLERS["pair"] = 3, 4
            assert mine[0] == 1
        """,
        """
        def test_it(monkeypatch):
            mine = look((1, 2))
            monkeypatch.setitem(HANDLERS, "a", mine)
            monkeypatch.setitem(places.SETTINGS, "b", mine)
            look(places.handled())
            monkeypatch.setitem(HANDLERS, "pair", (3, 4))
            assert mine[0] == 1
        """,
        head=HEAD,
    ),
    case(
        "item_by_a_constant",
        """
        KEY = "json"

        def test_it():
            HANDLERS[KEY] = 7
            look(places.handled())
            HANDLERS["json"] = 8
            look()
        """,
        """
        KEY = "json"

        def test_it(monkeypatch):
            monkeypatch.setitem(HANDLERS, KEY, 7)
            look(places.handled())
            monkeypatch.setitem(HANDLERS, "json", 8)
            look()
        """,
        head=HEAD,
    ),
    case(
        "item_of_a_dict_of_the_file",
        """
        LOCAL = {}

        def test_it():
            LOCAL[1, 2] = 3
            LOCAL["x"] = 4
            assert len(LOCAL) == 2
        """,
        """
        LOCAL = {}

        def test_it(monkeypatch):
            monkeypatch.setitem(LOCAL, (1, 2), 3)
            monkeypatch.setitem(LOCAL, "x", 4)
            assert len(LOCAL) == 2
        """,
        head=HEAD,
    ),
    case(
        "item_in_a_fixture",
        """
        @pytest.fixture
        def handler():
            HANDLERS["xml"] = 3
            yield places
            del HANDLERS["xml"]

        def test_it(handler):
            look(handler.handled())
            places.SETTINGS["debug"] = 2
            look(handler.handled())
        """,
        """
        @pytest.fixture
        def handler():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setitem(HANDLERS, "xml", 3)
                yield places

        def test_it(handler, monkeypatch):
            look(handler.handled())
            monkeypatch.setitem(places.SETTINGS, "debug", 2)
            look(handler.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_in_a_testcase",
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.saved = places.SETTINGS["debug"]
                places.SETTINGS["debug"] = True

            def tearDown(self):
                places.SETTINGS["debug"] = self.saved

            def test_one(self):
                look(places.handled())

            def test_two(self):
                HANDLERS["two"] = 2
                look(places.handled())
        """,
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setitem(places.SETTINGS, "debug", True)

            def test_one(self):
                look(places.handled())

            def test_two(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setitem(HANDLERS, "two", 2)
                look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_with_a_clean_up",
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                self.addCleanup(HANDLERS.pop, "xml")
                HANDLERS["xml"] = 3
                look(places.handled())
        """,
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setitem(HANDLERS, "xml", 3)
                look(places.handled())
        """,
        head=HEAD,
    ),
    case(
        "item_beside_an_attribute",
        """
        def test_it():
            places.name = "other"
            HANDLERS["xml"] = 3
            os.environ["A"] = "1"
            look(places.handled())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(places, "name", "other", raising=False)
            monkeypatch.setitem(HANDLERS, "xml", 3)
            monkeypatch.setenv("A", "1")
            look(places.handled())
        """,
        head=HEAD,
    ),
]
