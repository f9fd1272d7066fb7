"""``@patch.dict(os.environ, …)`` on tests and fixtures."""

from tests.codemods.environ.kit import case

CASES = [
    case(
        "decorated_function",
        """
        @patch.dict(os.environ, {"A": "1"}, clear=True)
        def test_it():
            look()


        # about it
        @patch.dict("os.environ", A="1", B="2")  # both
        def test_commented():
            look()
        """,
        """
        def test_it(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            monkeypatch.setenv("A", "1")
            look()


        # about it
        # both
        def test_commented(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
        """,
    ),
    case(
        "decorated_among_others",
        '''
        VALUE = "1"


        class TestIt:
            @pytest.mark.parametrize("n", [1])
            # set
            @patch.dict(os.environ, {"A": VALUE})
            @patch("os.getpid", return_value=7)
            @patch("os.getcwd", return_value="here")
            def test_it(self, getcwd, getpid, n):
                """What it is."""
                look()
                assert (os.getcwd(), os.getpid(), n) == ("here", 7, 1)

            @patch.dict(os.environ, {"A": "outer", "C": "outer"})
            @patch.dict(os.environ, {"A": "inner"})
            async def test_stacked(self):
                look()
        ''',
        '''
        VALUE = "1"


        class TestIt:
            @pytest.mark.parametrize("n", [1])
            # set
            @patch("os.getpid", return_value=7)
            @patch("os.getcwd", return_value="here")
            def test_it(self, getcwd, getpid, n, monkeypatch):
                """What it is."""
                monkeypatch.setenv("A", VALUE)
                look()
                assert (os.getcwd(), os.getpid(), n) == ("here", 7, 1)

            async def test_stacked(self, monkeypatch):
                monkeypatch.setenv("A", "outer")
                monkeypatch.setenv("C", "outer")
                monkeypatch.setenv("A", "inner")
                look()
        ''',
    ),
    case(
        "decorated_and_written_inside",
        """
        @patch.dict(os.environ, {"A": "1"})
        def test_it():
            os.environ["B"] = "2"
            look()
            with patch.dict(os.environ, {"A": "3"}):
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
            with monkeypatch.context() as m:
                m.setenv("A", "3")
                look()
            look()
        """,
    ),
    case(
        "decorator_below_one_that_hides_the_signature",
        """
        def twice(function):
            def run():
                function()
                function()

            return run


        @twice
        @patch.dict(os.environ, {"A": "1"})
        def test_it():
            # first
            look()
        """,
        """
        def twice(function):
            def run():
                function()
                function()

            return run


        @twice
        def test_it():
            # first
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look()
        """,
    ),
    case(
        "fixture_that_returns",
        """
        @pytest.fixture
        @patch.dict(os.environ, {"A": "1"})
        def seen():
            look()
            return os.environ["A"]


        def test_it(seen):
            look()
            assert seen == "1"
        """,
        """
        @pytest.fixture
        def seen(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
                return os.environ["A"]


        def test_it(seen):
            look()
            assert seen == "1"
        """,
    ),
    case(
        "comments_inside_a_decorator",
        """
        @patch.dict(
            os.environ,  # target
            {
                "A": "1",  # first
            },
        )
        def test_it():
            look()
        """,
        """
        def test_it(monkeypatch):
            # target
            monkeypatch.setenv("A", "1")  # first
            look()
        """,
    ),
]
