"""Saving and restoring by other means: ``:=``, pairs in a loop, a comprehension that stands for a loop."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "saved_by_walrus",
        """
        def test_condition():
            if (old := os.environ.get("B")) is not None:
                del os.environ["B"]
            try:
                look()
            finally:
                if old is not None:
                    os.environ["B"] = old


        def test_assert():
            assert not (old := os.environ.get("A"))
            os.environ["A"] = "1"
            try:
                look()
            finally:
                if old is None:
                    del os.environ["A"]
                else:
                    os.environ["A"] = old
        """,
        """
        def test_condition(monkeypatch):
            if (old := os.environ.get("B")) is not None:
                monkeypatch.delenv("B")
            look()


        def test_assert(monkeypatch):
            assert not (old := os.environ.get("A"))
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    case(
        "restored_pair_by_pair",
        """
        KEY = "B"


        def test_finally():
            a = os.environ.get("A")
            b = os.environ.get("B")
            os.environ["A"] = "1"
            os.environ["B"] = "2"
            try:
                look()
            finally:
                for k, v in (("A", a), (KEY, b)):
                    if v is None:
                        os.environ.pop(k, None)
                    else:
                        os.environ[k] = v


        @pytest.fixture
        def env():
            b = os.environ["B"]
            os.environ["B"] = "2"
            yield
            for k, v in [("B", b)]:
                os.environ[k] = v


        def test_env(env):
            look()
        """,
        """
        KEY = "B"


        def test_finally(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()


        @pytest.fixture
        def env():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("B", "2")
                yield


        def test_env(env):
            look()
        """,
    ),
    case(
        "restored_by_a_comprehension",
        """
        def test_it():
            values = {"A": "1", "C": "2"}
            os.environ.update(values)
            look()
            [os.environ.pop(key) for key in values]


        @pytest.fixture
        def env():
            for key in ("A", "C"):
                os.environ[key] = "1"
            yield
            [os.environ.pop(key, None) for key in ("A", "C")]


        def test_env(env):
            look()
        """,
        """
        def test_it(monkeypatch):
            values = {"A": "1", "C": "2"}
            for name, value in values.items():
                monkeypatch.setenv(name, value)
            look()


        @pytest.fixture
        def env():
            with pytest.MonkeyPatch.context() as monkeypatch:
                for key in ("A", "C"):
                    monkeypatch.setenv(key, "1")
                yield


        def test_env(env):
            look()
        """,
    ),
]

REFUSED = {
    "pairs_that_are_not_understood": (
        """
        def test_it(names):
            a = os.environ.get("A")
            os.environ["A"] = "1"
            try:
                run()
            finally:
                for k, v in ((names[0], a), ("B", a)):
                    os.environ[k] = v
        """,
        ["ISO102 restoration-unclear"],
    ),
    "comprehension_between_calls_that_may_look": (
        """
        def test_it():
            for key in ("A", "C"):
                os.environ[key] = "1"
            run()
            [os.environ.pop(key) for key in ("A", "C")]
            run()


        def test_condition(wanted):
            os.environ["A"] = "1"
            run()
            [os.environ.pop(key) for key in ("A", "C") if wanted]
        """,
        ["ISO103 undo-order", "ISO102 value-used", "ISO102 undo-order", "ISO102 value-used"],
    ),
    "clear_that_names_variables": (
        """
        def test_name():
            with patch.dict(os.environ, {"A": "1"}, clear="B"):
                run()


        @patch.dict(os.environ, {"A": "1"}, clear=["B"])
        def test_list():
            run()
        """,
        ["ISO101 clear-names"] * 2,
    ),
}
