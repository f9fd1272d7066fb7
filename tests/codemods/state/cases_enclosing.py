"""Changes inside something that may restore the same variable: they must be undone before it does (E7)."""

from __future__ import annotations

from tests.codemods.state.kit import case

CASES = [
    case(
        "method_below_its_class",
        """
        @patch.dict(os.environ, {"A": "class"})
        class TestIt:
            @patch.dict(os.environ, {"A": "method"})
            def test_both(self):
                look()

            @patch.dict(os.environ, {"C": "method"})
            def test_other(self):
                with patch.dict(os.environ, {"A": "block"}):
                    look()

            def test_class(self):
                look()


        class TestBase:
            @patch.dict(os.environ, {"A": "method"})
            def test_decorated(self):
                look()

            def test_block(self):
                with patch.dict(os.environ, {"A": "block"}):
                    look()

            def test_write(self):
                os.environ["A"] = "write"
                look()


        @patch.dict(os.environ, {"A": "class"})
        class TestDerived(TestBase):
            pass
        """,
        """
        @patch.dict(os.environ, {"A": "class"})
        class TestIt:
            def test_both(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "method")
                    look()

            def test_other(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("C", "method")
                    with monkeypatch.context() as patched:
                        patched.setenv("A", "block")
                        look()

            def test_class(self):
                look()


        class TestBase:
            def test_decorated(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "method")
                    look()

            def test_block(self, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("A", "block")
                    look()

            def test_write(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "write")
                    look()


        @patch.dict(os.environ, {"A": "class"})
        class TestDerived(TestBase):
            pass
        """,
    ),
    case(
        "below_a_patcher_that_stays",
        """
        patcher = patch.dict(os.environ, {"A": "module"})


        @patcher
        @patch.dict(os.environ, {"A": "test"})
        def test_it():
            look()
        """,
        """
        patcher = patch.dict(os.environ, {"A": "module"})


        @patcher
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "test")
                look()
        """,
    ),
    case(
        "helper_that_returns_a_patcher",
        """
        def patched(**values):
            return patch.dict(os.environ, values, A="patched")


        class Changed:
            def __enter__(self):
                self.saved = os.environ.pop("A", None)

            def __exit__(self, *_):
                os.environ.pop("A", None)


        def test_write():
            with patched(D="1"):
                os.environ["A"] = "write"
                look()
            look()


        def test_block():
            with patched():
                with patch.dict(os.environ, {"A": "block"}):
                    look()


        def test_class():
            with Changed():
                with patch.dict(os.environ, {"A": "block"}):
                    look()


        def test_elsewhere():
            with open(__file__), patch("os.getcwd"):
                os.environ["A"] = "write"
                look()
        """,
        """
        def patched(**values):
            return patch.dict(os.environ, values, A="patched")


        class Changed:
            def __enter__(self):
                self.saved = os.environ.pop("A", None)

            def __exit__(self, *_):
                os.environ.pop("A", None)


        def test_write(monkeypatch):
            with patched(D="1"), monkeypatch.context() as m:
                m.setenv("A", "write")
                look()
            look()


        def test_block(monkeypatch):
            with patched():
                with monkeypatch.context() as m:
                    m.setenv("A", "block")
                    look()


        def test_class(monkeypatch):
            with Changed():
                with monkeypatch.context() as m:
                    m.setenv("A", "block")
                    look()


        def test_elsewhere(monkeypatch):
            with open(__file__), patch("os.getcwd"):
                monkeypatch.setenv("A", "write")
                look()
        """,
    ),
    case(
        "fixture_around_one",
        """
        def patched():
            return patch.dict(os.environ, {"A": "patched"})


        @pytest.fixture(autouse=True)
        def early(monkeypatch):
            monkeypatch.setenv("C", "early")


        @pytest.fixture
        def env():
            with patched():
                yield


        def test_it(env):
            os.environ["A"] = "test"
            look()
        """,
        """
        def patched():
            return patch.dict(os.environ, {"A": "patched"})


        @pytest.fixture(autouse=True)
        def early(monkeypatch):
            monkeypatch.setenv("C", "early")


        @pytest.fixture
        def env():
            with patched():
                yield


        def test_it(env):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "test")
                look()
        """,
    ),
    case(
        "patches_that_are_stopped_last",
        """
        @pytest.fixture
        def env(mocker):
            mocker.patch.dict(os.environ, {"C": "1"})
            yield
            mocker.stopall()


        def test_last(mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            look()
            mocker.stopall()


        def test_reset(env, mocker):
            mocker.patch.dict(os.environ, {"A": "1"})
            mocker.resetall()
            look()


        def test_block(mocker):
            mocker.stopall()
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        """
        @pytest.fixture
        def env(mocker):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                yield
                mocker.stopall()


        def test_last(mocker, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            mocker.stopall()


        def test_reset(env, mocker, monkeypatch):
            monkeypatch.setenv("A", "1")
            mocker.resetall()
            look()


        def test_block(mocker, monkeypatch):
            mocker.stopall()
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
]
