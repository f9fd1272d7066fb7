"""Decorators that never did what they say, and decorators on classes: what they become with ``--unsafe-fixes``."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "generator_fixtures",
        '''
        @pytest.fixture
        @patch.dict(os.environ, {"A": "1"})
        def below():
            """What it gives."""
            yield os.environ["A"]


        @patch.dict(os.environ, {"A": "1"})
        @pytest.fixture
        def above():
            yield os.environ["A"]


        # about it
        @patch.dict(os.environ, A="1")
        @pytest.fixture(name="named")
        def returns():
            return os.environ["A"]


        @pytest.fixture(scope="module")
        @patch.dict(os.environ, {"A": "1", "C": os.sep}, clear=True)
        def wide():
            yield os.environ["A"]


        @pytest.fixture
        @patch.dict(os.environ, {"A": "1"})
        async def asynchronous():
            yield os.environ["A"]


        def test_below(below):
            assert below == os.environ["A"] == "1"


        def test_above(above):
            assert above == os.environ["A"] == "1"


        def test_returns(named):
            assert (named, "A" in os.environ) == ("1", False)


        async def test_asynchronous(asynchronous):
            assert asynchronous == os.environ["A"] == "1"


        def test_none():
            assert "A" not in os.environ
        ''',
        '''
        @pytest.fixture
        def below():
            """What it gives."""
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ["A"]


        @pytest.fixture
        def above():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ["A"]


        # about it
        @pytest.fixture(name="named")
        def returns():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                return os.environ["A"]


        _environment_of_wide = {"A": "1", "C": os.sep}


        @pytest.fixture(scope="module")
        def wide():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name in list(os.environ):
                    monkeypatch.delenv(name)
                for name, value in _environment_of_wide.items():
                    monkeypatch.setenv(name, value)
                yield os.environ["A"]


        @pytest.fixture
        async def asynchronous():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ["A"]


        def test_below(below):
            assert below == os.environ["A"] == "1"


        def test_above(above):
            assert above == os.environ["A"] == "1"


        def test_returns(named):
            assert (named, "A" in os.environ) == ("1", False)


        async def test_asynchronous(asynchronous):
            assert asynchronous == os.environ["A"] == "1"


        def test_none():
            assert "A" not in os.environ
        ''',
    ),
    case(
        "generator_fixtures_with_more_in_them",
        """
        class Environment:
            def close(self):
                assert os.environ["A"] == "1"


        @pytest.fixture
        def environment():
            yield Environment()


        @pytest.fixture
        @patch.dict(os.environ, {"A": "1"})
        def closed(environment):
            os.environ["C"] = "2"
            yield os.environ["A"]
            environment.close()
            del os.environ["C"]


        def test_closed(closed):
            assert closed == os.environ["A"] == "1"
            assert os.environ["C"] == "2"
        """,
        """
        class Environment:
            def close(self):
                assert os.environ["A"] == "1"


        @pytest.fixture
        def environment():
            yield Environment()


        @pytest.fixture
        def closed(environment):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                monkeypatch.setenv("C", "2")
                yield os.environ["A"]
                environment.close()


        def test_closed(closed):
            assert closed == os.environ["A"] == "1"
            assert os.environ["C"] == "2"
        """,
    ),
    case(
        "generators_of_context_managers",
        """
        from contextlib import contextmanager


        @contextmanager
        @patch.dict(os.environ, {"A": "1"})
        def running():
            # for a while
            yield os.environ["A"]


        def test_running():
            with running() as value:
                assert value == os.environ["A"] == "1"
            assert "A" not in os.environ
        """,
        """
        from contextlib import contextmanager


        @contextmanager
        def running():
            # for a while
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ["A"]


        def test_running():
            with running() as value:
                assert value == os.environ["A"] == "1"
            assert "A" not in os.environ
        """,
    ),
    case(
        "classes",
        '''
        from collections.abc import Iterator

        VALUE = "1"
        iterates = Iterator


        # about it
        @patch.dict(os.environ, {"A": VALUE, "C": "outer"})
        @pytest.mark.filterwarnings("ignore")
        @patch.dict("os.environ", C="inner")
        class TestIt:
            """What it is."""

            values = ["1"]

            # the first
            def test_first(self):
                assert (os.environ["A"], os.environ["C"]) == ("1", "inner")

            @pytest.mark.parametrize("value", values)
            @patch("os.getpid", return_value=7)
            async def test_second(self, getpid, value):
                assert (os.environ["A"], os.getpid()) == (value, 7)


        @patch.dict(
            os.environ,
            {
                "A": "1",  # the first
            },
        )
        class TestAnnotated:
            def test_it(self) -> None:
                assert os.environ["A"] == "1"


        def test_none():
            assert "A" not in os.environ
        ''',
        '''
        from collections.abc import Iterator

        VALUE = "1"
        iterates = Iterator


        # about it
        @pytest.mark.filterwarnings("ignore")
        class TestIt:
            """What it is."""

            values = ["1"]

            @pytest.fixture(autouse=True)
            def environment(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", VALUE)
                    monkeypatch.setenv("C", "outer")
                    monkeypatch.setenv("C", "inner")
                    yield

            # the first
            def test_first(self):
                assert (os.environ["A"], os.environ["C"]) == ("1", "inner")

            @pytest.mark.parametrize("value", values)
            @patch("os.getpid", return_value=7)
            async def test_second(self, getpid, value):
                assert (os.environ["A"], os.getpid()) == (value, 7)


        class TestAnnotated:
            @pytest.fixture(autouse=True)
            def environment(self) -> Iterator[None]:
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")  # the first
                    yield

            def test_it(self) -> None:
                assert os.environ["A"] == "1"


        def test_none():
            assert "A" not in os.environ
        ''',
    ),
    case(
        "class_where_pytest_is_not_imported",
        """
        import os
        from unittest.mock import patch

        environment = os.environ


        @patch.dict(environment, {"A": "1"})
        class TestIt:
            def test_it(self):
                assert environment["A"] == "1"
        """,
        """
        import os

        import pytest

        environment = os.environ


        class TestIt:
            @pytest.fixture(autouse=True)
            def patched_environment(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    yield

            def test_it(self):
                assert environment["A"] == "1"
        """,
        head="",
    ),
]

# A part of what is found is rewritten without being asked for more.
MIXED = [
    case(
        "class_and_its_methods",
        """
        @pytest.fixture
        def other(monkeypatch):
            monkeypatch.setenv("D", "4")


        @patch.dict(os.environ, {"A": "1"})
        class TestIt:
            @patch.dict(os.environ, {"C": "3"})
            def test_decorated(self, other):
                assert (os.environ["A"], os.environ["C"], os.environ["D"]) == ("1", "3", "4")

            def test_block(self):
                with patch.dict(os.environ, {"C": "3"}):
                    assert (os.environ["A"], os.environ["C"]) == ("1", "3")
                assert (os.environ["A"], "C" in os.environ) == ("1", False)

            def test_plain(self):
                assert (os.environ["A"], "C" in os.environ) == ("1", False)
        """,
        """
        @pytest.fixture
        def other(monkeypatch):
            monkeypatch.setenv("D", "4")


        class TestIt:
            @pytest.fixture(autouse=True)
            def environment(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    yield

            def test_decorated(self, other, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("C", "3")
                    assert (os.environ["A"], os.environ["C"], os.environ["D"]) == ("1", "3", "4")

            def test_block(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("C", "3")
                    assert (os.environ["A"], os.environ["C"]) == ("1", "3")
                assert (os.environ["A"], "C" in os.environ) == ("1", False)

            def test_plain(self):
                assert (os.environ["A"], "C" in os.environ) == ("1", False)
        """,
    ),
]

# What stays, with --unsafe-fixes too.
REFUSED = {
    "class_that_clears": (
        """
        @patch.dict(os.environ, {"A": "1"}, clear=True)
        class TestIt:
            def test_it(self):
                assert dict(os.environ) == {"A": "1"}
        """,
        ["ISO101 class-clears"],
    ),
    "class_that_overrules_what_its_tests_are_given": (
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("A", "2")


        @patch.dict(os.environ, {"A": "1"})
        class TestFixture:
            def test_it(self, env):
                assert os.environ["A"] == "1"


        @patch.dict(os.environ, {"A": "1"})
        class TestSetUp:
            def setup_method(self):
                self.patch = pytest.MonkeyPatch()
                self.patch.setenv("A", "2")

            def teardown_method(self):
                self.patch.undo()

            def test_it(self):
                assert os.environ["A"] == "1"
        """,
        ["ISO101 class-decorator"] * 2,
    ),
}
