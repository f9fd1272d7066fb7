"""``@patch.dict(os.environ, …)`` with values that are computed while the file is imported."""

from tests.codemods.state.kit import Case, case

CASES = [
    case(
        "hoisted_above_a_function",
        """
        CALLS = []


        def compute():
            CALLS.append(os.environ.get("A"))
            return len(CALLS)


        # What it is,
        # at length.
        @pytest.mark.skipif(os.environ.get("Z") == "1", reason="why")
        @patch.dict(
            os.environ,
            {
                "A": str(compute()),  # the first
                "C": os.environ["B"] + "!",
            },
            clear=True,
        )
        def test_it():
            look()
            assert (os.environ["A"], CALLS) == ("1", [None, None])


        @pytest.mark.parametrize("name", [1, 2])
        @patch.dict(os.environ, A=str(compute()))
        @patch.dict(os.environ, {"A": "3"})
        @patch.dict(os.environ, {"C": os.environ["B"]}, D=os.getcwd()[:1])
        def test_several(name):
            look(name)
            assert CALLS == [None, None]
        """,
        """
        CALLS = []


        def compute():
            CALLS.append(os.environ.get("A"))
            return len(CALLS)


        _environment_of_test_it = {
            "A": str(compute()),  # the first
            "C": os.environ["B"] + "!",
        }


        # What it is,
        # at length.
        @pytest.mark.skipif(os.environ.get("Z") == "1", reason="why")
        def test_it(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in _environment_of_test_it.items():
                monkeypatch.setenv(name, value)
            look()
            assert (os.environ["A"], CALLS) == ("1", [None, None])


        _environment_of_test_several = {"A": str(compute())}
        _environment_of_test_several_2 = {"C": os.environ["B"], "D": os.getcwd()[:1]}


        @pytest.mark.parametrize("name", [1, 2])
        def test_several(name, monkeypatch):
            for variable, value in _environment_of_test_several.items():
                monkeypatch.setenv(variable, value)
            monkeypatch.setenv("A", "3")
            for variable, value in _environment_of_test_several_2.items():
                monkeypatch.setenv(variable, value)
            look(name)
            assert CALLS == [None, None]
        """,
    ),
    case(
        "hoisted_into_the_class",
        '''
        KIND = "module"


        class TestIt:
            """What they are about."""

            KIND = "class"

            @patch.dict(os.environ, {"A": KIND})
            def test_first(self):
                look()

            # about it
            @patch("os.getpid", return_value=7)
            @patch.dict(os.environ, {"B": KIND.upper(), "C": KIND})
            def test_second(self, getpid):
                look()
                assert os.getpid() == 7

            def test_third(self):
                look()


        class TestMore(TestIt):
            KIND = "more"

            @patch.dict(os.environ, {"A": KIND})
            def test_first(self):
                look()
        ''',
        '''
        KIND = "module"


        class TestIt:
            """What they are about."""

            KIND = "class"

            __environment_of_test_first = {"A": KIND}

            def test_first(self, monkeypatch):
                for name, value in self.__environment_of_test_first.items():
                    monkeypatch.setenv(name, value)
                look()

            __environment_of_test_second = {"B": KIND.upper(), "C": KIND}

            # about it
            @patch("os.getpid", return_value=7)
            def test_second(self, getpid, monkeypatch):
                for name, value in self.__environment_of_test_second.items():
                    monkeypatch.setenv(name, value)
                look()
                assert os.getpid() == 7

            def test_third(self):
                look()


        class TestMore(TestIt):
            KIND = "more"

            __environment_of_test_first = {"A": KIND}

            def test_first(self, monkeypatch):
                for name, value in self.__environment_of_test_first.items():
                    monkeypatch.setenv(name, value)
                look()
        ''',
    ),
    case(
        "hoisted_names",
        """
        VALUES = {"A": "1"}
        OTHERS = {"A": "2"}
        VALUES["C"] = "3"
        _environment_of_test_it = "in use"


        @patch.dict(os.environ, VALUES)
        def test_it():
            look()


        @patch.dict(os.environ, OTHERS, clear=True)
        def test_other():
            look()


        @pytest.fixture
        @patch.dict(os.environ, [("A", os.sep)])
        def seen():
            return look(os.environ["A"])


        def test_seen(seen):
            look()
            assert seen == os.sep


        VALUES["A"] = "changed"
        """,
        """
        VALUES = {"A": "1"}
        OTHERS = {"A": "2"}
        VALUES["C"] = "3"
        _environment_of_test_it = "in use"


        _environment_of_test_it_2 = dict(VALUES)


        def test_it(monkeypatch):
            for name, value in _environment_of_test_it_2.items():
                monkeypatch.setenv(name, value)
            look()


        def test_other(monkeypatch):
            for name in list(os.environ):
                monkeypatch.delenv(name)
            for name, value in OTHERS.items():
                monkeypatch.setenv(name, value)
            look()


        _environment_of_seen = {"A": os.sep}


        @pytest.fixture
        def seen():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name, value in _environment_of_seen.items():
                    monkeypatch.setenv(name, value)
                return look(os.environ["A"])


        def test_seen(seen):
            look()
            assert seen == os.sep


        VALUES["A"] = "changed"
        """,
    ),
]

_FIRST = case(
    "hoisted_first_with_other_newlines",
    """
    class TestIt:
        @patch.dict(os.environ, {"A": os.sep})
        def test_it(self):
            look()

        @patch.dict(os.environ, dict(A="1", C=str(2)))
        def test_constants(self):
            look()
    """,
    """
    class TestIt:
        __environment_of_test_it = {"A": os.sep}

        def test_it(self, monkeypatch):
            for name, value in self.__environment_of_test_it.items():
                monkeypatch.setenv(name, value)
            look()

        def test_constants(self, monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("C", str(2))
            look()
    """,
)
CASES.append(Case(_FIRST.name, _FIRST.before.replace("\n", "\r\n"), _FIRST.after.replace("\n", "\r\n")))
