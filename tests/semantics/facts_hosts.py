"""What the place of a patch does: the rows S7 to S9, S14 to S18, X1, X2 and X9."""

from tests.semantics.kit import fact, ran

OUTER, IN_A = "B=outer", "A=1 B=outer"
FACTS = [
    fact(
        "S7",
        """
        from hypothesis import given, settings, strategies as st

        few = settings(max_examples=2, database=None, derandomize=True)


        @few
        @given(st.just("1"))
        def test_patch_dict(value):
            with patch.dict(os.environ, {"A": value}):
                look()


        @few
        @given(st.just("1"))
        def test_parameter(monkeypatch, value):
            monkeypatch.setenv("A", value)


        @few
        @given(st.just("1"))
        def test_context(value):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", value)
                look()
        """,
        {
            "test_patch_dict": ran(IN_A),
            "test_parameter": ran(failed="call hypothesis.errors.FailedHealthCheck"),
            "test_context": ran(IN_A),
        },
        codes="ISO101",
    ),
    fact(
        "S8",
        """
        class PatchDict(TestCase):
            def test_it(self):
                with patch.dict(os.environ, {"A": "1"}):
                    look()


        class Parameter(TestCase):
            def test_it(self, monkeypatch):
                pass


        class Autouse(TestCase):
            @pytest.fixture(autouse=True)
            def env(self, monkeypatch):
                monkeypatch.setenv("A", "1")

            def test_it(self):
                look()


        class Cleanup(TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                look()
        """,
        {
            "PatchDict::test_it": ran(IN_A),
            "Parameter::test_it": ran(failed="call TypeError"),
            "Autouse::test_it": ran(IN_A),
            "Cleanup::test_it": ran(IN_A),
        },
    ),
    fact(
        "S9",
        """
        @patch.dict(os.environ, {"A": "1"})
        class ItTests(TestCase):
            def setUp(self):
                look()

            def tearDown(self):
                look()

            def test_it(self):
                look()


        @patch.dict(os.environ, {"A": "1"})
        class TestIt:
            def setup_method(self):
                look()

            def test_it(self):
                look()


        class AutouseTests(TestCase):
            @pytest.fixture(autouse=True)
            def env(self, monkeypatch):
                monkeypatch.setenv("A", "1")

            def setUp(self):
                look()

            def tearDown(self):
                look()

            def test_it(self):
                look()
        """,
        {
            "ItTests::test_it": ran(OUTER, IN_A, OUTER),
            "TestIt::test_it": ran(OUTER, IN_A),
            "AutouseTests::test_it": ran(IN_A, IN_A, IN_A),
        },
        refused=("unsafe",),
    ),
    fact(
        "S14",
        """
        @patch("os.getpid", return_value=7)
        @patch("os.getcwd", return_value="here")
        @patch.dict(os.environ, {"A": "1"})
        def test_patch_dict(getcwd, getpid, tmp_path):
            look()
            look((os.getcwd(), os.getpid(), getcwd is os.getcwd, getpid is os.getpid))


        @patch("os.getcwd")
        def test_after(getcwd, monkeypatch):
            look(type(monkeypatch).__name__)


        @patch("os.getcwd")
        def test_in_front(monkeypatch, getcwd):
            pass
        """,
        {
            "test_patch_dict": ran(IN_A, "('here', 7, True, True)"),
            "test_after": ran("MonkeyPatch"),
            "test_in_front": ran(failed="setup _pytest.fixtures.FixtureLookupError: ('getcwd'"),
        },
        codes="ISO101",
    ),
    fact(
        "S16",
        """
        def test_loop():
            for name in ("A", "C"):
                with patch.dict(os.environ, {name: "1"}):
                    look()


        def test_loop_flat(monkeypatch):
            for name in ("A", "C"):
                monkeypatch.setenv(name, "1")
                look()


        def test_loop_context(monkeypatch):
            for name in ("A", "C"):
                with monkeypatch.context() as m:
                    m.setenv(name, "1")
                    look()


        def test_two():
            with patch.dict(os.environ, {"A": "1"}):
                look()
            with patch.dict(os.environ, {"C": "1"}):
                look()


        def test_two_flat(monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
            monkeypatch.setenv("C", "1")
            look()
        """,
        {
            "test_loop": ran(IN_A, "B=outer C=1"),
            "test_loop_flat": ran(IN_A, "A=1 B=outer C=1"),
            "test_loop_context": ran(IN_A, "B=outer C=1"),
            "test_two": ran(IN_A, "B=outer C=1"),
            "test_two_flat": ran(IN_A, "A=1 B=outer C=1"),
        },
        codes="ISO101 ISO101 ISO101",
    ),
    fact(
        "S17",
        """
        def test_outer_inside(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                monkeypatch.setenv("A", "2")
                look()


        def test_own_name(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                m.setenv("A", "2")
                look()
        """,
        {
            "test_outer_inside": ran("A=2 B=outer", left="A=1"),
            "test_own_name": ran("A=2 B=outer"),
        },
    ),
    fact(
        "S17_nested",
        """
        def test_patch_dict():
            with patch.dict(os.environ, {"A": "1"}):
                with patch.dict(os.environ, {"A": "2"}):
                    look()
                look()
            look()
        """,
        {"test_patch_dict": ran("A=2 B=outer", IN_A, OUTER)},
        codes="ISO101 ISO101",
    ),
    fact(
        "S18",
        """
        @pytest.fixture
        def env(monkeypatch):
            monkeypatch.setenv("A", "1")


        def test_undo(env, monkeypatch):
            monkeypatch.setenv("C", "1")
            look()
            monkeypatch.undo()
            look()


        def test_patch_dict(env):
            with patch.dict(os.environ, {"C": "1"}):
                look()
            look()
        """,
        {"test_undo": ran("A=1 B=outer C=1", OUTER), "test_patch_dict": ran("A=1 B=outer C=1", IN_A)},
        codes="ISO101",
    ),
    fact(
        "X1",
        """
        class Base:
            def test_inherited(self):
                look()

            def other(self):
                look()


        @patch.dict(os.environ, {"A": "1"})
        class TestPatchDict(Base):
            def test_own(self):
                look()
                self.other()

            def test_calls(self):
                pass

            def teardown_method(self):
                self.other()


        class TestPlain(Base):
            pass
        """,
        {
            "TestPatchDict::test_inherited": ran(IN_A, OUTER),
            "TestPatchDict::test_own": ran(IN_A, IN_A, OUTER),
            "TestPatchDict::test_calls": ran(OUTER),
            "TestPlain::test_inherited": ran(OUTER),
        },
        refused=("unsafe",),
    ),
    fact(
        "X2",
        """
        @patch.dict(os.environ, {"A": "outer", "C": "outer"})
        @patch.dict(os.environ, {"A": "inner"})
        def test_stacked():
            look()


        def test_calls(monkeypatch):
            monkeypatch.setenv("A", "first")
            monkeypatch.setenv("A", "last")
            look()
        """,
        {"test_stacked": ran("A=inner B=outer C=outer"), "test_calls": ran("A=last B=outer")},
        codes="ISO101 ISO101",
    ),
    fact(
        "X9",
        """
        made = []


        def make():
            made.append(1)
            return str(len(made))


        @pytest.mark.parametrize("n", [1, 2])
        @patch.dict(os.environ, {"A": make()})
        def test_decorator(n):
            look()


        @pytest.mark.parametrize("n", [1, 2])
        def test_call(monkeypatch, n):
            monkeypatch.setenv("A", make())
            look()
        """,
        {
            "test_decorator[1]": ran("A=1 B=outer"),
            "test_decorator[2]": ran("A=1 B=outer"),
            "test_call[1]": ran("A=2 B=outer"),
            "test_call[2]": ran("A=3 B=outer"),
        },
        codes="ISO101",
    ),
]
