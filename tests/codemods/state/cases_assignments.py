"""Assignments that do more than one thing."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "several_targets",
        """
        def test_it():
            os.environ["A"] = value = "1"
            os.environ["B"] = os.environ["C"] = "2"
            look(value)


        def test_restored():
            os.environ["A"] = first = second = make()
            look(first + second)
            del os.environ["A"]


        def make():
            return "made"
        """,
        """
        def test_it(monkeypatch):
            value = "1"
            monkeypatch.setenv("A", value)
            monkeypatch.setenv("B", "2")
            monkeypatch.setenv("C", "2")
            look(value)


        def test_restored(monkeypatch):
            first = make()
            second = first
            monkeypatch.setenv("A", first)
            look(first + second)


        def make():
            return "made"
        """,
    ),
    case(
        "saved_and_set_in_one_statement",
        """
        def test_it():
            missing = object()
            prev, os.environ["A"] = (os.environ.get("A", missing), "x")
            try:
                look()
            finally:
                if prev is not missing:
                    os.environ["A"] = prev
                else:
                    os.environ.pop("A", None)
            look()


        def test_kept():
            prev, os.environ["B"] = os.environ["B"], "x"
            assert prev == "outer"
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "x")
                look()
            look()


        def test_kept(monkeypatch):
            prev = os.environ["B"]
            monkeypatch.setenv("B", "x")
            assert prev == "outer"
            look()
        """,
    ),
    case(
        "sentinel_of_one_that_is_saved",
        """
        def test_it():
            sentinel = object()
            saved = os.environ.get("B", sentinel)
            os.environ["B"] = "1"
            try:
                look()
            finally:
                if saved is sentinel:
                    del os.environ["B"]
                else:
                    os.environ["B"] = saved
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()
        """,
    ),
    case(
        "put_back_to_the_value_of_another_variable",
        """
        def test_it():
            old_a = os.environ.pop("A", None)
            old_b = os.environ.pop("B", None)
            os.environ["A"] = "1"
            try:
                look()
            finally:
                if old_a:
                    os.environ["A"] = old_a
                if old_b:
                    os.environ["A"] = old_b
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delenv("A", raising=False)
            monkeypatch.delenv("B", raising=False)
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "default_that_is_used",
        """
        def test_it():
            value = os.environ.setdefault("A", "default")
            other = os.environ.setdefault("B", "default")
            look(value + other)
        """,
        """
        def test_it(monkeypatch):
            if "A" not in os.environ:
                monkeypatch.setenv("A", "default")
            value = os.environ["A"]
            if "B" not in os.environ:
                monkeypatch.setenv("B", "default")
            other = os.environ["B"]
            look(value + other)
        """,
    ),
    case(
        "fixture_that_gives_a_value_made_in_a_clean_environment",
        """
        @pytest.fixture
        def client():
            with patch.dict(os.environ, {}, clear=True):
                yield look(7)


        def test_it(client):
            assert look(client) == 7
        """,
        """
        @pytest.fixture
        def client():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for name in list(os.environ):
                    monkeypatch.delenv(name)
                yield look(7)


        def test_it(client):
            assert look(client) == 7
        """,
    ),
    case(
        "one_of_a_cleared_environment_is_kept",
        """
        def test_it():
            if look("x"):
                with patch.dict(os.environ, {"B": os.environ["B"]}, clear=True):
                    os.environ["A"] = "1"
                    os.environ.pop("A")
                    look()
            look()
        """,
        """
        def test_it(monkeypatch):
            if look("x"):
                with monkeypatch.context() as m:
                    environment = {"B": os.environ["B"]}
                    for name in list(os.environ):
                        m.delenv(name)
                    for name, value in environment.items():
                        m.setenv(name, value)
                    m.setenv("A", "1")
                    m.delenv("A")
                    look()
            look()
        """,
    ),
]
