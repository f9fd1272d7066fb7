"""``@patch.dict(os.environ, …)`` on tests and fixtures."""

from tests.codemods.state.kit import case

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
        def seen():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
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
    case(
        "decorated_beside_mocks",
        """
        @patch.dict(os.environ, {"A": "1"})
        @patch("os.getpid", return_value=7)
        def test_one(getpid):
            look()
            assert os.getpid() == 7


        @patch("os.getpid", return_value=7)
        @patch.dict(in_dict=os.environ, values={"A": "1"}, clear=False)
        @patch.object(os, "getcwd", return_value="here")
        @patch("os.getppid", new=lambda: 1)
        @patch.dict(os.environ, {}, clear=True)
        def test_two(getcwd, getpid, tmp_path, *, n=1):
            look()
            assert (os.getpid(), os.getcwd(), os.getppid()) == (7, "here", 1)


        @patch("os.getpid")
        @patch("os.getcwd")
        @pytest.mark.parametrize("n", [1, 2])
        @patch.dict("os.environ", A="1")
        @patch("os.getppid")
        async def test_three(one, two, three, n):
            look(n)


        @patch("os.getpid")
        @patch.dict(os.environ, {"A": "1"})
        def test_any(*mocks):
            look()
            assert len(mocks) == 1
        """,
        """
        @patch("os.getpid", return_value=7)
        def test_one(getpid, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            assert os.getpid() == 7


        @patch("os.getpid", return_value=7)
        @patch.object(os, "getcwd", return_value="here")
        @patch("os.getppid", new=lambda: 1)
        def test_two(getcwd, getpid, tmp_path, *, n=1, monkeypatch):
            monkeypatch.setenv("A", "1")
            for name in list(os.environ):
                monkeypatch.delenv(name)
            look()
            assert (os.getpid(), os.getcwd(), os.getppid()) == (7, "here", 1)


        @patch("os.getpid")
        @patch("os.getcwd")
        @pytest.mark.parametrize("n", [1, 2])
        @patch("os.getppid")
        async def test_three(one, two, three, n, monkeypatch):
            monkeypatch.setenv("A", "1")
            look(n)


        @patch("os.getpid")
        def test_any(*mocks):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look()
                assert len(mocks) == 1
        """,
    ),
    case(
        "decorated_set_up",
        '''
        values = []


        class TestIt:
            @patch.dict(os.environ, A="1", C="outer")
            @patch.dict(os.environ, C="inner")
            def setup_method(self, method):
                """What it sets up."""
                self.value = look(os.environ["A"])

            @patch.dict(os.environ, A="2")
            def teardown_method(self, method):
                look()

            def test_it(self):
                look()
                assert self.value == "1"


        @patch.dict(os.environ, A="3")
        def setup_module():
            values.append(os.environ["A"])


        def test_value():
            look()
            assert values == ["3"]
        ''',
        '''
        values = []


        class TestIt:
            def setup_method(self, method):
                """What it sets up."""
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    monkeypatch.setenv("C", "outer")
                    monkeypatch.setenv("C", "inner")
                    self.value = look(os.environ["A"])

            def teardown_method(self, method):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "2")
                    look()

            def test_it(self):
                look()
                assert self.value == "1"


        def setup_module():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "3")
                values.append(os.environ["A"])


        def test_value():
            look()
            assert values == ["3"]
        ''',
    ),
    case(
        "decorated_helpers",
        """
        @patch.dict(os.environ, {"A": "1"})
        def helper(*args):
            return look(args)


        @patch.dict(os.environ, {"A": "2"})
        async def asynchronous(value="2"):
            look()
            return os.environ["A"] == value


        class TestIt:
            @patch.dict(os.environ, {"A": "3"})
            def run(self):
                look()

            @staticmethod
            @patch.dict(os.environ, {"A": "4"}, clear=True)
            def static():
                look()

            @property
            @patch.dict(os.environ, {"A": "5"})
            def value(self):
                return os.environ["A"]

            async def test_it(self):
                look()
                assert helper(1) == (1,)
                look()
                assert await asynchronous()
                self.run()
                self.static()
                look()
                assert self.value == "5"
        """,
        """
        def helper(*args):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                return look(args)


        async def asynchronous(value="2"):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "2")
                look()
                return os.environ["A"] == value


        class TestIt:
            def run(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "3")
                    look()

            @staticmethod
            def static():
                with pytest.MonkeyPatch.context() as monkeypatch:
                    for name in list(os.environ):
                        monkeypatch.delenv(name)
                    monkeypatch.setenv("A", "4")
                    look()

            @property
            def value(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "5")
                    return os.environ["A"]

            async def test_it(self):
                look()
                assert helper(1) == (1,)
                look()
                assert await asynchronous()
                self.run()
                self.static()
                look()
                assert self.value == "5"
        """,
    ),
    case(
        "decorated_hypothesis",
        """
        from hypothesis import given, settings
        from hypothesis import strategies as st


        @settings(max_examples=2, database=None)
        @given(n=st.just(1))
        @patch.dict(os.environ, {"A": "1"})
        @patch("os.getpid")
        def test_below(getpid, n):
            look(n)


        @patch.dict(os.environ, A="1")
        @settings(max_examples=2, database=None)
        @given(st.just(1))
        def test_above(n):
            look(n)
        """,
        """
        from hypothesis import given, settings
        from hypothesis import strategies as st


        @settings(max_examples=2, database=None)
        @given(n=st.just(1))
        @patch("os.getpid")
        def test_below(getpid, n):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look(n)


        @settings(max_examples=2, database=None)
        @given(st.just(1))
        def test_above(n):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look(n)
        """,
    ),
]
