"""What fixtures may and may not do: the rows S10 to S12 and S20, clearing in a teardown, and snapshots."""

from tests.semantics.kit import fact, ran

OUTER, IN_A = "B=outer", "A=1 B=outer"
FACTS = [
    fact(
        "S11",
        """
        @pytest.fixture
        def res():
            yield
            look()


        def test_patch_dict(res):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_first(monkeypatch, res):
            monkeypatch.setenv("A", "1")


        def test_last(res, monkeypatch):
            monkeypatch.setenv("A", "1")
        """,
        {"test_patch_dict": ran(IN_A, OUTER), "test_first": ran(IN_A), "test_last": ran(OUTER)},
        codes="ISO101",
    ),
    fact(
        "S11_parameter_stands_first",
        """
        @pytest.fixture
        def res():
            yield
            look()


        def test_patch_dict(monkeypatch, res):
            with patch.dict(os.environ, {"A": "1"}):
                look()
        """,
        {"test_patch_dict": ran(IN_A, OUTER)},
        codes="ISO101",
    ),
    fact(
        "S11_earlier_fixture",
        """
        @pytest.fixture
        def asks(monkeypatch):
            pass


        @pytest.fixture
        def res():
            yield
            look()


        def test_patch_dict(asks, res):
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_last(asks, res, monkeypatch):
            monkeypatch.setenv("A", "1")
        """,
        {"test_patch_dict": ran(IN_A, OUTER), "test_last": ran(IN_A)},
        codes="ISO101",
    ),
    fact(
        "S12",
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("A", "1")


        @pytest.fixture
        def res():
            look()


        def test_patch_dict(res):
            with patch.dict(os.environ, {"A": "1"}):
                pass


        def test_monkeypatch(monkeypatch, res):
            monkeypatch.setenv("A", "1")


        def test_earlier_fixture(env, res):
            pass
        """,
        {"test_patch_dict": ran(OUTER), "test_monkeypatch": ran(OUTER), "test_earlier_fixture": ran(IN_A)},
        codes="ISO101",
    ),
    fact(
        "S20",
        """
        @pytest.fixture
        def asks(monkeypatch):
            return monkeypatch


        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_monkeypatch_first(asks, env):
            asks.setenv("A", "2")
            look()


        def test_monkeypatch_last(env, asks):
            asks.setenv("A", "2")
            look()
        """,
        {
            "test_monkeypatch_first": ran("A=2 B=outer", left="A=1"),
            "test_monkeypatch_last": ran("A=2 B=outer"),
        },
        codes="ISO101",  # a fixture of its own leaves what it left: the last that was done is undone last
    ),
    fact(
        "clearing_fixture",
        """
        @pytest.fixture
        def clears():
            yield
            os.environ.clear()


        @pytest.fixture
        def clears_by_monkeypatch():
            yield
            monkeypatch = pytest.MonkeyPatch()
            for name in list(os.environ):
                monkeypatch.delenv(name)


        def test_clear(clears):
            pass


        def test_monkeypatch(clears_by_monkeypatch):
            pass
        """,
        {
            "test_clear": ran(left="B=unset", failed="teardown KeyError: 'PYTEST_CURRENT_TEST'"),
            "test_monkeypatch": ran(left="B=unset", failed="teardown KeyError: 'PYTEST_CURRENT_TEST'"),
        },
    ),
    fact(
        "E9_snapshot_fixture",
        """
        @pytest.fixture
        def snapshot():
            with patch.dict(os.environ):
                yield


        def test_it(snapshot):
            put("A", "1")
        """,
        {"test_it": ran()},
        refused=("snapshot",),
    ),
    fact(
        "snapshot_by_function",
        """
        shared = True


        @pytest.fixture(autouse=True)
        def snapshot():
            saved = dict(os.environ)
            yield
            os.environ.clear()
            os.environ.update(saved)


        class PolluterTests(TestCase):
            @classmethod
            def setUpClass(cls):
                put("A", "1")

            def test_it(self):
                put("C", "1")


        def test_victim():
            look()
        """,
        {"PolluterTests::test_it": ran(left="A=1"), "test_victim": ran(IN_A)},
    ),
    fact(
        "snapshot_by_three_scopes",
        """
        from fixtures_templates.snapshot_environment import *  # its fixtures

        shared = True


        class PolluterTests(TestCase):
            @classmethod
            def setUpClass(cls):
                put("A", "1")

            def test_it(self):
                put("C", "1")


        def test_victim():
            look()
        """,
        {"PolluterTests::test_it": ran(), "test_victim": ran(OUTER)},
    ),
    fact(
        "brittle_and_no_snapshot",
        """
        shared = True


        def test_state_setter():
            put("A", "1")


        def test_brittle():
            assert os.environ["A"] == "1"
        """,
        {"test_state_setter": ran(left="A=1"), "test_brittle": ran()},
    ),
    fact(
        "brittle_with_snapshot",
        """
        from fixtures_templates.snapshot_environment import *  # its fixtures

        shared = True


        def test_state_setter():
            put("A", "1")


        def test_brittle():
            assert os.environ["A"] == "1"
        """,
        {"test_state_setter": ran(), "test_brittle": ran(failed="call KeyError: 'A'")},
    ),
    # The last one, because its session fixtures stay until the end.
    fact(
        "S10",
        "\n".join(
            f"""
        @pytest.fixture(scope="{scope}")
        def {scope}_patch_dict():
            with patch.dict(os.environ, {{"A": "1"}}):
                yield


        @pytest.fixture(scope="{scope}")
        def {scope}_context():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield


        @pytest.fixture(scope="{scope}")
        def {scope}_parameter(monkeypatch):
            yield


        @pytest.mark.parametrize("way", ["patch_dict", "context", "parameter"])
        def test_{scope}(request, way):
            request.getfixturevalue(f"{scope}_{{way}}")
            look()
        """
            for scope in ("class", "module", "package", "session")
        ),
        {
            f"test_{scope}[{way}]": ran(IN_A, left=left)
            for scope, left in (("class", ""), ("module", "A=1"), ("package", "A=1"), ("session", "A=1"))
            for way in ("patch_dict", "context")
        }
        | {
            f"test_{scope}[parameter]": ran(failed="call Failed: ScopeMismatch")
            for scope in ("class", "module", "package", "session")
        },
        codes="ISO101 ISO101 ISO101 ISO101",
    ),
]
