"""Attributes: changed in every host, restored in every way."""

from __future__ import annotations

from tests.codemods.state.kit import case

HEAD = """\
import os
import unittest

import places
import pytest
from places import Service, config

used = (os, unittest, pytest, places, Service, config)


"""

CASES = [
    case(
        "attribute_left",
        """
        def test_it():
            look()
            places.flag = True
            look(places.run())
            assert places.flag
        """,
        """
        def test_it(monkeypatch):
            look()
            monkeypatch.setattr(places, "flag", True, raising=False)
            look(places.run())
            assert places.flag
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_class",
        """
        def test_it(tmp_path):
            Service.limit = 5
            Service.extra = tmp_path  # not there before
            look(places.run())
        """,
        """
        def test_it(tmp_path, monkeypatch):
            monkeypatch.setattr(Service, "limit", 5, raising=False)
            monkeypatch.setattr(Service, "extra", tmp_path, raising=False)  # not there before
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_put_back_finally",
        """
        def test_it():
            # What it was.
            saved = places.flag
            places.flag = True  # while it runs
            try:
                look(places.run())
            finally:
                places.flag = saved
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            # What it was.
            with monkeypatch.context() as m:
                m.setattr(places, "flag", True)  # while it runs
                look(places.run())
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_put_back_last",
        """
        def test_it():
            before = getattr(places, "flag")
            setattr(places, "flag", True)
            look(places.run())
            setattr(places, "flag", before)
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(places, "flag", True)
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_put_back_before_others_look",
        """
        def test_it():
            old, places.name = places.name, "other"
            look(places.run())
            places.name = old
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setattr(places, "name", "other")
                look(places.run())
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attributes_put_back_together",
        """
        def test_it():
            name, count = places.name, places.count
            places.name = "other"
            places.count = 7
            try:
                look(places.run())
            finally:
                places.name = name
                places.count = count
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(places, "name", "other")
            monkeypatch.setattr(places, "count", 7)
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_deleted",
        """
        def test_it():
            del places.pair
            delattr(Service, "kind")
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delattr(places, "pair")
            monkeypatch.delattr(Service, "kind")
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_that_grows",
        """
        def test_it():
            places.count += 1
            look(places.run())
            places.count -= 3
            assert places.count == -1
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(places, "count", places.count + 1)
            look(places.run())
            monkeypatch.setattr(places, "count", places.count - 3)
            assert places.count == -1
        """,
        head=HEAD,
    ),
    case(
        "attributes_of_one_value",
        """
        def test_it():
            places.name = config.level = mine = look("mine")
            look(places.run())
            places.pair = 3, 4
            assert mine == places.name
        """,
        """
        def test_it(monkeypatch):
            mine = look("mine")
            monkeypatch.setattr(places, "name", mine, raising=False)
            monkeypatch.setattr(config, "level", mine, raising=False)
            look(places.run())
            monkeypatch.setattr(places, "pair", (3, 4), raising=False)
            assert mine == places.name
        """,
        head=HEAD,
    ),
    case(
        "attributes_at_once",
        """
        def test_it():
            places.name, places.count = "other", 2
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(places, "name", "other", raising=False)
            monkeypatch.setattr(places, "count", 2, raising=False)
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_that_a_call_gives",
        """
        def test_it():
            config.debug = look(True)
            Service.call = staticmethod(lambda: "replaced")
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setattr(config, "debug", look(True), raising=False)
            monkeypatch.setattr(
                Service, "call", staticmethod(lambda: "replaced"), raising=False
            )
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_module_imported_in_the_test",
        """
        def test_it():
            import places as here

            here.name = "other"
            look(here.run())
        """,
        """
        def test_it(monkeypatch):
            import places as here

            monkeypatch.setattr(here, "name", "other", raising=False)
            look(here.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_in_a_loop",
        """
        @pytest.mark.parametrize("level", [1, 2])
        def test_it(level):
            for step in range(2):
                config.level = level + step
                look(places.run())
            if level > 1:
                config.debug = True
            look()
        """,
        """
        @pytest.mark.parametrize("level", [1, 2])
        def test_it(level, monkeypatch):
            for step in range(2):
                monkeypatch.setattr(config, "level", level + step, raising=False)
                look(places.run())
            if level > 1:
                monkeypatch.setattr(config, "debug", True, raising=False)
            look()
        """,
        head=HEAD,
    ),
    case(
        "attribute_in_a_with",
        """
        def test_it(tmp_path):
            with pytest.raises(ValueError):
                places.name = "other"
                look(places.run())
                raise ValueError(tmp_path)
            look()
        """,
        """
        def test_it(tmp_path, monkeypatch):
            with pytest.raises(ValueError):
                monkeypatch.setattr(places, "name", "other", raising=False)
                look(places.run())
                raise ValueError(tmp_path)
            look()
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_fixture",
        """
        @pytest.fixture
        def named():
            places.name = "fixture"
            yield look(places.name)
            look()

        def test_it(named):
            look(places.run())
        """,
        """
        @pytest.fixture
        def named():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setattr(places, "name", "fixture", raising=False)
                yield look(places.name)
                look()

        def test_it(named):
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_put_back_by_a_fixture",
        """
        @pytest.fixture
        def named():
            saved = places.name
            places.name = "fixture"
            yield places
            places.name = saved

        def test_it(named):
            look(named.run())
            config.level = 9
            look(named.run())
        """,
        """
        @pytest.fixture
        def named():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setattr(places, "name", "fixture")
                yield places

        def test_it(named, monkeypatch):
            look(named.run())
            monkeypatch.setattr(config, "level", 9, raising=False)
            look(named.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_wide_fixture",
        """
        @pytest.fixture(scope="module")
        def named():
            saved = places.name
            places.name = "module"
            yield
            places.name = saved

        def test_one(named):
            look(places.run())

        def test_two(named):
            look(places.run())
        """,
        """
        @pytest.fixture(scope="module")
        def named():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setattr(places, "name", "module")
                yield

        def test_one(named):
            look(places.run())

        def test_two(named):
            look(places.run())
        """,
        head=HEAD,
        leaves=True,
    ),
    case(
        "attribute_in_a_testcase",
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.saved = config.debug
                config.debug = True

            def tearDown(self):
                config.debug = self.saved

            def test_one(self):
                look(places.run())
                self.assertTrue(config.debug)

            def test_two(self):
                places.count = 8
                look(places.run())
        """,
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setattr(config, "debug", True)

            def test_one(self):
                look(places.run())
                self.assertTrue(config.debug)

            def test_two(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setattr(places, "count", 8, raising=False)
                look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_with_a_clean_up",
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                saved = places.name
                self.addCleanup(setattr, places, "name", saved)
                places.name = "other"
                look(places.run())
        """,
        """
        class TestIt(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setattr(places, "name", "other")
                look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_with_a_clean_up_of_what_it_is",
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                self.addCleanup(setattr, Service, "limit", Service.limit)
                Service.limit = 30

            def test_it(self):
                look(places.run())
        """,
        """
        class TestIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setattr(Service, "limit", 30)

            def test_it(self):
                look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_kept_in_a_set_up",
        """
        class TestIt:
            def setup_method(self):
                self.limit = Service.limit
                self.mine = Service.limit = 12

            def teardown_method(self):
                Service.limit = self.limit

            def test_it(self):
                look(places.run())
                assert self.mine == 12
        """,
        """
        class TestIt:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.mine = 12
                self.monkeypatch.setattr(Service, "limit", self.mine)

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                look(places.run())
                assert self.mine == 12
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_class_of_the_file",
        """
        class Fake:
            calls = 0

            @classmethod
            def call(cls):
                return cls.calls

        def test_it():
            Fake.calls = 3
            assert Fake.call() == 3
            look()
        """,
        """
        class Fake:
            calls = 0

            @classmethod
            def call(cls):
                return cls.calls

        def test_it(monkeypatch):
            monkeypatch.setattr(Fake, "calls", 3)
            assert Fake.call() == 3
            look()
        """,
        head=HEAD,
    ),
    case(
        "attribute_beside_a_variable",
        """
        def test_it():
            os.environ["A"] = "1"
            places.name = "other"
            look(places.run())
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setattr(places, "name", "other", raising=False)
            look(places.run())
        """,
        head=HEAD,
    ),
    case(
        "attribute_of_a_test_that_is_awaited",
        """
        @pytest.mark.asyncio
        async def test_it():
            places.name = "other"
            look(places.run())
        """,
        """
        @pytest.mark.asyncio
        async def test_it(monkeypatch):
            monkeypatch.setattr(places, "name", "other", raising=False)
            look(places.run())
        """,
        head=HEAD,
    ),
]
