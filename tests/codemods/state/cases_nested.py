"""Functions in functions, which change the environment only while they run."""

from tests.codemods.state.kit import case

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
    case(
        "written_by_a_nested_function",
        '''
        import importlib
        import string as module


        @pytest.fixture
        def reload_with():
            """Reload with a given value, then restore it."""

            def reload(value):
                os.environ["B"] = value
                importlib.reload(module)
                return module

            orig = os.environ.get("B")
            yield reload
            if orig is None:
                os.environ.pop("B", None)
            else:
                os.environ["B"] = orig
            importlib.reload(module)
            look()


        def test_it(reload_with):
            reload_with("1")
            look()


        def test_callback(monkeypatch):
            def fake_home():
                os.environ["A"] = "home"
                with patch.dict(os.environ, {"C": "3"}):
                    return look("/")

            monkeypatch.setattr(os.path, "expanduser", lambda _: fake_home())
            assert os.path.expanduser("~") == "/"
            look()
        ''',
        '''
        import importlib
        import string as module


        @pytest.fixture
        def reload_with():
            """Reload with a given value, then restore it."""

            with pytest.MonkeyPatch.context() as monkeypatch:
                def reload(value):
                    monkeypatch.setenv("B", value)
                    importlib.reload(module)
                    return module

                orig = os.environ.get("B")
                yield reload
                if orig is None:
                    monkeypatch.delenv("B", raising=False)
                else:
                    monkeypatch.setenv("B", orig)
                importlib.reload(module)
                look()


        def test_it(reload_with):
            reload_with("1")
            look()


        def test_callback(monkeypatch):
            def fake_home():
                monkeypatch.setenv("A", "home")
                with monkeypatch.context() as m:
                    m.setenv("C", "3")
                    return look("/")

            monkeypatch.setattr(os.path, "expanduser", lambda _: fake_home())
            assert os.path.expanduser("~") == "/"
            look()
        ''',
    ),
]
