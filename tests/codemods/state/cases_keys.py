"""One variable in several spellings: keys are compared as values."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "asserted_key_in_another_spelling",
        """
        KEY = "A"
        other: str = "C"


        def test_quotes():
            with patch.dict(os.environ, {'A': "1"}):
                look()
                assert os.environ["A"] == "1"


        def test_constant():
            with patch.dict(os.environ, {KEY: "1"}):
                look()
                assert os.environ["A"] == "1"


        def test_read_by_the_constant():
            with patch.dict(os.environ, A="1", C="2"):
                look()
                assert os.environ[KEY] == "1" and os.getenv(other) == "2"


        def test_joined():
            with patch.dict(os.environ, {"A" "C": "1"}):
                look()
                assert os.environ.get(KEY + other) == "1"


        def test_fstring():
            key = "A"
            with patch.dict(os.environ, {f"A": "1"}):
                look()
                assert os.environ[key] == "1"


        class TestIt:
            KEY = "A"

            def test_instance(self):
                with patch.dict(os.environ, {self.KEY: "1"}):
                    look()
                    assert os.environ["A"] == "1"

            def test_class(self):
                with patch.dict(os.environ, {"A": "1"}):
                    look()
                    assert os.environ[TestIt.KEY] == "1"
        """,
        """
        KEY = "A"
        other: str = "C"


        def test_quotes(monkeypatch):
            monkeypatch.setenv('A', "1")
            look()
            assert os.environ["A"] == "1"


        def test_constant(monkeypatch):
            monkeypatch.setenv(KEY, "1")
            look()
            assert os.environ["A"] == "1"


        def test_read_by_the_constant(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("C", "2")
            look()
            assert os.environ[KEY] == "1" and os.getenv(other) == "2"


        def test_joined(monkeypatch):
            monkeypatch.setenv(("A" "C"), "1")
            look()
            assert os.environ.get(KEY + other) == "1"


        def test_fstring(monkeypatch):
            key = "A"
            monkeypatch.setenv(f"A", "1")
            look()
            assert os.environ[key] == "1"


        class TestIt:
            KEY = "A"

            def test_instance(self, monkeypatch):
                monkeypatch.setenv(self.KEY, "1")
                look()
                assert os.environ["A"] == "1"

            def test_class(self, monkeypatch):
                monkeypatch.setenv("A", "1")
                look()
                assert os.environ[TestIt.KEY] == "1"
        """,
    ),
    case(
        "asserted_key_of_a_patch_around_or_inside",
        """
        def test_nested():
            with patch.dict(os.environ, {"A": "1"}):
                with patch.dict(os.environ, {"B": "2"}):
                    look()
                    assert os.environ["A"] == "1"
                    assert os.environ["B"] == "2"
                look()
                assert os.environ["A"] == "1"


        def test_items():
            with patch.dict(os.environ, {"A": "1"}), patch.dict(os.environ, {"B": "2"}):
                look()
                assert os.environ["A"] == "1"
                assert os.environ["B"] == "2"


        @patch.dict(os.environ, {"A": "1"})
        @patch.dict(os.environ, {"B": "2"})
        def test_decorators():
            look()
            assert os.environ["A"] == "1"
            assert os.environ["B"] == "2"


        def test_present_on_any_machine():
            with patch.dict(os.environ, {"A": "1"}):
                look()
                assert "PATH" in os.environ
                assert os.environ["PATH"]
        """,
        """
        def test_nested(monkeypatch):
            monkeypatch.setenv("A", "1")
            with monkeypatch.context() as m:
                m.setenv("B", "2")
                look()
                assert os.environ["A"] == "1"
                assert os.environ["B"] == "2"
            look()
            assert os.environ["A"] == "1"


        def test_items(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
            assert os.environ["A"] == "1"
            assert os.environ["B"] == "2"


        def test_decorators(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("B", "2")
            look()
            assert os.environ["A"] == "1"
            assert os.environ["B"] == "2"


        def test_present_on_any_machine(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            assert "PATH" in os.environ
            assert os.environ["PATH"]
        """,
    ),
    case(
        "asserted_key_that_a_fixture_or_the_test_sets",
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("A", "1")


        @pytest.fixture(autouse=True)
        def always():
            with pytest.MonkeyPatch.context() as mp:
                mp.setenv("B", "2")
                yield


        def test_asked_for(env):
            with patch.dict(os.environ, {"C": "3"}):
                look()
                assert os.environ["A"] == "1"


        def test_autouse():
            with patch.dict(os.environ, {"C": "3"}):
                look()
                assert os.environ["B"] == "2"


        def test_own(monkeypatch):
            monkeypatch.setenv("A", "1")
            with patch.dict(os.environ, {"C": "3"}):
                look()
                assert os.environ["A"] == "1"


        class TestIt:
            def setup_method(self):
                self.patch = pytest.MonkeyPatch()
                self.patch.setenv("D", "4")

            def teardown_method(self):
                self.patch.undo()

            def test_set_up(self):
                with patch.dict(os.environ, {"C": "3"}):
                    look()
                    assert os.environ["D"] == "4"
        """,
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("A", "1")


        @pytest.fixture(autouse=True)
        def always():
            with pytest.MonkeyPatch.context() as mp:
                mp.setenv("B", "2")
                yield


        def test_asked_for(env, monkeypatch):
            monkeypatch.setenv("C", "3")
            look()
            assert os.environ["A"] == "1"


        def test_autouse(monkeypatch):
            monkeypatch.setenv("C", "3")
            look()
            assert os.environ["B"] == "2"


        def test_own(monkeypatch):
            monkeypatch.setenv("A", "1")
            monkeypatch.setenv("C", "3")
            look()
            assert os.environ["A"] == "1"


        class TestIt:
            def setup_method(self):
                self.patch = pytest.MonkeyPatch()
                self.patch.setenv("D", "4")

            def teardown_method(self):
                self.patch.undo()

            def test_set_up(self, monkeypatch):
                monkeypatch.setenv("C", "3")
                look()
                assert os.environ["D"] == "4"
        """,
    ),
    case(
        "restored_in_another_spelling",
        """
        KEY = "B"


        def test_constant():
            saved = os.environ.get("B")
            os.environ['B'] = "1"
            try:
                look()
            finally:
                if saved is None:
                    del os.environ[KEY]
                else:
                    os.environ[KEY] = saved


        def test_dict():
            saved = {'B': os.environ.get("B")}
            os.environ["B"] = "1"
            look()
            os.environ[KEY] = saved["B"]


        @pytest.fixture
        def env():
            key = "A"
            old = os.environ.get('A')
            os.environ[key] = "1"
            yield
            if old is None:
                os.environ.pop("A", None)
            else:
                os.environ[key] = old


        class TestIt:
            KEY = "A"

            def test_unset(self, env):
                if self.KEY in os.environ:
                    del os.environ["A"]
                look()
        """,
        """
        KEY = "B"


        def test_constant(monkeypatch):
            monkeypatch.setenv('B', "1")
            look()


        def test_dict(monkeypatch):
            monkeypatch.setenv("B", "1")
            look()


        @pytest.fixture
        def env():
            key = "A"
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv(key, "1")
                yield


        class TestIt:
            KEY = "A"

            def test_unset(self, env, monkeypatch):
                monkeypatch.delenv("A", raising=False)
                look()
        """,
    ),
]

REFUSED = {
    "asserted_key_that_is_not_known_to_be_the_same": (
        """
        from settings import NAME

        KEY = "A"
        CHANGED = "A"


        def change():
            global CHANGED
            CHANGED = "B"


        def test_imported():
            with patch.dict(os.environ, {NAME: "1"}):
                run()
                assert os.environ["A"] == "1"


        def test_global():
            with patch.dict(os.environ, {CHANGED: "1"}):
                run()
                assert os.environ["A"] == "1"


        @pytest.mark.parametrize("KEY", ["B"])
        def test_shadowed(KEY):
            with patch.dict(os.environ, {KEY: "1"}):
                run()
                assert os.environ["A"] == "1"


        def test_bound_twice():
            key = "A"
            for key in ("B", "C"):
                with patch.dict(os.environ, {key: "1"}):
                    run()
                    assert os.environ["A"] == "1"


        class TestIt:
            KEY = "A"

            def test_overruled(self):
                with patch.dict(os.environ, {self.KEY: "1"}):
                    run()
                    assert os.environ["A"] == "1"


        class TestDerived(TestIt):
            KEY = "B"


        class TestSet:
            NAME = "A"

            def test_set(self, monkeypatch):
                monkeypatch.setattr(TestSet, "NAME", "B")
                with patch.dict(os.environ, {self.NAME: "1"}):
                    run()
                    assert os.environ["A"] == "1"
        """,
        ["ISO101 code-sets"] * 6,
    ),
    "asserted_key_that_the_code_sets_though_the_test_did_once": (
        """
        def test_block_is_over():
            with patch.dict(os.environ, {"A": "1"}):
                with patch.dict(os.environ, {"B": "2"}):
                    run()
                run()
                assert os.environ["B"] == "3"


        def test_unset():
            with patch.dict(os.environ, {"A": "1"}):
                os.environ.pop("C", None)
                run()
                assert os.environ["C"] == "3"


        def test_value():
            with patch.dict(os.environ, {"A": "1"}):
                run()
                assert os.environ["HOME"] == "/tmp"
        """,
        [
            "ISO101 code-sets",
            "ISO101 undo-order",
            *("ISO101 code-sets", "ISO101 code-sets"),
        ],
    ),
}
