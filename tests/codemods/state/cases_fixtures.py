"""Fixtures: what one changes ends with its tear-down, in a block of its own."""

from __future__ import annotations

from tests.codemods.state.kit import case

CASES = [
    case(
        "what_a_fixture_restores_that_only_others_change",
        """
        @pytest.fixture
        def one():
            saved = {"B": os.environ["B"]}
            os.environ["X"] = "1"
            yield
            del os.environ["X"]
            os.environ.update(saved)


        @pytest.fixture
        def every():
            saved = {key: os.environ[key] for key in os.environ}
            os.environ["X"] = "1"
            yield
            del os.environ["X"]
            os.environ.update(saved)


        def test_it(one):
            os.environ["B"] = "2"


        def test_other(every):
            look()
        """,
        """
        @pytest.fixture
        def one():
            saved = {"B": os.environ["B"]}
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("X", "1")
                yield
                monkeypatch.delenv("X")
                os.environ.update(saved)


        @pytest.fixture
        def every():
            saved = {key: os.environ[key] for key in os.environ}
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("X", "1")
                yield
                monkeypatch.delenv("X")
                os.environ.update(saved)


        def test_it(one, monkeypatch):
            monkeypatch.setenv("B", "2")


        def test_other(every):
            look()
        """,
    ),
    case(
        "values_that_are_returned",
        '''
        import asyncio
        from collections.abc import AsyncIterator, Iterator


        @pytest.fixture
        def client() -> list[str]:
            """Make a client."""
            # it reads the key at once
            os.environ["A"] = "1"
            return [  # a comment
                os.environ["A"],
            ]


        @pytest.fixture(scope="module", autouse=True)
        def region() -> None:
            os.environ["R"] = look("r")


        @pytest.fixture
        def both(client):
            os.environ.pop("B", None); return client, 2


        @pytest.fixture
        def empty():
            look()
            os.environ.setdefault("E", "1")
            return


        class TestIt:
            @pytest.fixture
            def ours(self, tmp_path):
                os.environ["P"] = tmp_path.name
                return tmp_path

            def test_it(self, client, both, empty, ours):
                os.environ["A"] = "2"
                assert client == ["1"]
                assert os.environ["P"] == ours.name
                del os.environ["P"]
                look(both)


        used = (asyncio, AsyncIterator, Iterator)
        ''',
        '''
        import asyncio
        from collections.abc import AsyncIterator, Iterator


        @pytest.fixture
        def client() -> Iterator[list[str]]:
            """Make a client."""
            # it reads the key at once
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield [  # a comment
                    os.environ["A"],
                ]


        @pytest.fixture(scope="module", autouse=True)
        def region() -> Iterator[None]:
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("R", look("r"))
                yield


        @pytest.fixture
        def both(client):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.delenv("B", raising=False)
                yield client, 2


        @pytest.fixture
        def empty():
            look()
            with pytest.MonkeyPatch.context() as monkeypatch:
                if "E" not in os.environ:
                    monkeypatch.setenv("E", "1")
                yield


        class TestIt:
            @pytest.fixture
            def ours(self, tmp_path):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("P", tmp_path.name)
                    yield tmp_path

            def test_it(self, client, both, empty, ours, monkeypatch):
                monkeypatch.setenv("A", "2")
                assert client == ["1"]
                assert os.environ["P"] == ours.name
                monkeypatch.delenv("P")
                look(both)


        used = (asyncio, AsyncIterator, Iterator)
        ''',
    ),
    case(
        "iterator_of_typing",
        """
        from typing import Iterator


        @pytest.fixture
        def made() -> "str":
            os.environ["A"] = "1"
            return os.environ["A"]


        def test_it(made: str, iterator: Iterator[str] = iter(())) -> None:
            look(made)
        """,
        """
        from typing import Iterator


        @pytest.fixture
        def made() -> Iterator["str"]:
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ["A"]


        def test_it(made: str, iterator: Iterator[str] = iter(())) -> None:
            look(made)
        """,
    ),
    case(
        "value_of_mocker",
        """
        @pytest.fixture
        def environ(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            return os.environ


        @pytest.fixture
        def yielding(mocker):
            mocker.patch.dict(os.environ, {"C": "1"})
            yield
            look()


        def test_it(environ, yielding):
            look()
        """,
        """
        @pytest.fixture
        def environ(mocker):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield os.environ


        @pytest.fixture
        def yielding(mocker):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                yield
                look()


        def test_it(environ, yielding):
            look()
        """,
    ),
    case(
        "own_parameter_stays_the_way",
        """
        @pytest.fixture
        def environ(monkeypatch):
            os.environ["A"] = "1"
            return monkeypatch


        def test_it(environ):
            environ.setenv("C", "1")
            look()
        """,
        """
        @pytest.fixture
        def environ(monkeypatch):
            monkeypatch.setenv("A", "1")
            return monkeypatch


        def test_it(environ):
            environ.setenv("C", "1")
            look()
        """,
    ),
    case(
        "tear_downs_that_must_not_see_what_a_test_patches",
        """
        @pytest.fixture
        def first():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        @pytest.fixture
        def second():
            yield
            assert os.getcwd() != "patched"
            look()


        def test_it(first, second, monkeypatch):
            monkeypatch.setattr("os.getcwd", lambda: "patched")
            monkeypatch.setenv("C", "1")
            look()
        """,
        """
        @pytest.fixture
        def first():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture
        def second():
            yield
            assert os.getcwd() != "patched"
            look()


        def test_it(first, second, monkeypatch):
            monkeypatch.setattr("os.getcwd", lambda: "patched")
            monkeypatch.setenv("C", "1")
            look()
        """,
    ),
]
