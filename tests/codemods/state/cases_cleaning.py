"""Deletions: those that clean up after the code under test stay, wherever they stand in the function."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "deletions_after_the_code_that_sets",
        """
        def serve():
            import builtins

            look()
            vars(builtins)["look"].__globals__["os"].environ["A"] = "token"


        def test_one_more_look():
            serve()
            look()
            del os.environ["A"]
            assert look(3) == 3


        def test_kept_in_a_name():
            os.environ["C"] = "1"
            serve()
            token = os.environ.pop("A")
            assert look(token) == "token"


        def test_in_a_block():
            if look() is None:
                serve()
                if "A" in os.environ:
                    del os.environ["A"]
            os.environ["C"] = "2"
            look()


        @pytest.fixture
        def served():
            serve()
            for name in ("A",):
                os.environ.pop(name, None)
            os.environ["C"] = "3"
            yield
            del os.environ["C"]


        def test_in_a_fixture(served):
            look()
        """,
        """
        def serve():
            import builtins

            look()
            vars(builtins)["look"].__globals__["os"].environ["A"] = "token"


        def test_one_more_look():
            serve()
            look()
            del os.environ["A"]
            assert look(3) == 3


        def test_kept_in_a_name(monkeypatch):
            monkeypatch.setenv("C", "1")
            serve()
            token = os.environ.pop("A")
            assert look(token) == "token"


        def test_in_a_block(monkeypatch):
            if look() is None:
                serve()
                if "A" in os.environ:
                    del os.environ["A"]
            monkeypatch.setenv("C", "2")
            look()


        @pytest.fixture
        def served():
            serve()
            for name in ("A",):
                os.environ.pop(name, None)
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "3")
                yield


        def test_in_a_fixture(served):
            look()
        """,
    ),
    case(
        "deletions_of_what_no_code_has_set",
        """
        from unittest import TestCase


        def test_nothing_was_called(tmp_path):
            os.makedirs(tmp_path / "file")
            mock = patch("os.getcwd")
            del os.environ["B"]
            with mock:
                look()


        def test_set_before():
            os.environ["A"] = "1"
            look()
            del os.environ["A"]
            look()


        def test_set_by_monkeypatch(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            del os.environ["A"]
            look()


        def test_put_back():
            look()
            saved = os.environ.pop("B")
            try:
                look()
            finally:
                os.environ["B"] = saved


        class TestCleared(TestCase):
            def setUp(self):
                super().setUp()
                self.assertIsNotNone(self)
                os.environ.pop("B", None)

            def test_it(self):
                look()
        """,
        """
        from unittest import TestCase


        def test_nothing_was_called(tmp_path, monkeypatch):
            os.makedirs(tmp_path / "file")
            mock = patch("os.getcwd")
            monkeypatch.delenv("B")
            with mock:
                look()


        def test_set_before(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            monkeypatch.delenv("A")
            look()


        def test_set_by_monkeypatch(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            del os.environ["A"]
            look()


        def test_put_back(monkeypatch):
            look()
            monkeypatch.delenv("B")
            look()


        class TestCleared(TestCase):
            def setUp(self):
                super().setUp()
                self.assertIsNotNone(self)
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.delenv("B", raising=False)

            def test_it(self):
                look()
        """,
    ),
]
