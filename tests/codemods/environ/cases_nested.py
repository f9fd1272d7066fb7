"""Functions in functions, which change the environment only while they run."""

from tests.codemods.environ.kit import case

CASES = [
    case(
        "in_a_nested_coroutine",
        """
        def test_it():
            async def _test():
                with (
                    patch.dict(os.environ, {"A": "1"}),  # set
                    patch("os.getcwd", return_value="/"),
                    pytest.raises(ValueError) as caught,
                ):
                    look()
                    raise ValueError
                look()
                assert caught

            import asyncio

            asyncio.run(_test())
            look()
        """,
        """
        def test_it():
            async def _test():
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")  # set
                    with (
                        patch("os.getcwd", return_value="/"),
                        pytest.raises(ValueError) as caught,
                    ):
                        look()
                        raise ValueError
                look()
                assert caught

            import asyncio

            asyncio.run(_test())
            look()
        """,
    ),
    case(
        "in_a_nested_function_that_is_called_twice",
        """
        def test_it(monkeypatch):
            calls = []

            def attempt(value):
                monkeypatch.setattr(os, "used", value, raising=False)
                with patch.dict(os.environ, {"A": value}):
                    look()
                    os.environ["B"] = value
                    calls.append(look())
                look()

            for value in ("1", "2"):
                attempt(value)
            assert len(calls) == 2
        """,
        """
        def test_it(monkeypatch):
            calls = []

            def attempt(value):
                monkeypatch.setattr(os, "used", value, raising=False)
                with pytest.MonkeyPatch.context() as m:
                    m.setenv("A", value)
                    look()
                    m.setenv("B", value)
                    calls.append(look())
                look()

            for value in ("1", "2"):
                attempt(value)
            assert len(calls) == 2
        """,
    ),
    case(
        "nested_in_a_function_that_is_rewritten_too",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):

                @patch.dict(os.environ, {"B": "2"})
                def inner():
                    def deep():
                        saved = os.environ.get("A")
                        os.environ["A"] = "deep"
                        try:
                            look()
                        finally:
                            if saved is None:
                                del os.environ["A"]
                            else:
                                os.environ["A"] = saved

                    look()
                    deep()
                    look()

                inner()
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")

            def inner():
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("B", "2")
                    def deep():
                        with pytest.MonkeyPatch.context() as monkeypatch:
                            monkeypatch.setenv("A", "deep")
                            look()

                    look()
                    deep()
                    look()

            inner()
            look()
        """,
    ),
    case(
        "method_of_a_nested_class",
        """
        def test_it():
            class Client:
                @patch.dict(os.environ, {"A": "1"})
                def ask(self):
                    return look()

                def tell(self):
                    with patch.dict(os.environ, {"B": "2"}):
                        return look()

            Client().ask()
            Client().tell()
            look()
        """,
        """
        def test_it():
            class Client:
                def ask(self):
                    with pytest.MonkeyPatch.context() as monkeypatch:
                        monkeypatch.setenv("A", "1")
                        return look()

                def tell(self):
                    with pytest.MonkeyPatch.context() as monkeypatch:
                        monkeypatch.setenv("B", "2")
                        return look()

            Client().ask()
            Client().tell()
            look()
        """,
    ),
    case(
        "nested_in_a_helper",
        """
        def make():
            def inner():
                with patch.dict(os.environ, {"A": "1"}):
                    look()

            return inner


        def test_it():
            make()()
            look()
        """,
        """
        def make():
            def inner():
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()

            return inner


        def test_it():
            make()()
            look()
        """,
    ),
]
