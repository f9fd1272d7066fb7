"""Each host gets its MonkeyPatch in its own way."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "wide_fixture_and_generator_fixture",
        """
        @pytest.fixture(scope="module")
        def wide():
            with patch.dict(os.environ, {"A": "1"}):
                yield 1


        @pytest.fixture
        def narrow():
            with patch.dict(os.environ, {"C": "1"}):
                yield 2


        @pytest.fixture
        def made():
            with patch.dict(os.environ, {"D": "1"}):
                return look(os.environ["D"])


        def test_it(narrow, wide, made):
            look()
        """,
        """
        @pytest.fixture(scope="module")
        def wide():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield 1


        @pytest.fixture
        def narrow():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                yield 2


        @pytest.fixture
        def made():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("D", "1")
                return look(os.environ["D"])


        def test_it(narrow, wide, made):
            look()
        """,
        leaves=True,
    ),
    case(
        "helpers",
        """
        def helper():
            with patch.dict(os.environ, {"A": "1"}):
                return look(1)


        def saving():
            os.environ["A"] = "2"
            try:
                return look(2)
            finally:
                del os.environ["A"]


        def given(monkeypatch):
            os.environ["C"] = "3"


        def test_it(monkeypatch):
            assert helper() + saving() == 3
            given(monkeypatch)
            look()
        """,
        """
        def helper():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                return look(1)


        def saving():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "2")
                return look(2)


        def given(monkeypatch):
            monkeypatch.setenv("C", "3")


        def test_it(monkeypatch):
            assert helper() + saving() == 3
            given(monkeypatch)
            look()
        """,
    ),
    case(
        "called_by_its_name",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                look()


        def test_again():
            test_it()
        """,
        """
        def test_it():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                look()


        def test_again():
            test_it()
        """,
    ),
    case(
        "hypothesis",
        """
        from hypothesis import given, settings, strategies as st


        @settings(max_examples=3, database=None, derandomize=True)
        @given(st.just("1"))
        def test_block(value):
            with patch.dict(os.environ, {"A": value}):
                look()


        @settings(max_examples=3, database=None, derandomize=True)
        @given(st.just("1"))
        def test_write(value):
            look()
            # now
            os.environ["B"] = "outer"
            look()
        """,
        """
        from hypothesis import given, settings, strategies as st


        @settings(max_examples=3, database=None, derandomize=True)
        @given(st.just("1"))
        def test_block(value):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", value)
                look()


        @settings(max_examples=3, database=None, derandomize=True)
        @given(st.just("1"))
        def test_write(value):
            look()
            # now
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("B", "outer")
                look()
        """,
    ),
    case(
        "testcase",
        '''
        from unittest import TestCase


        class ItTests(TestCase):
            def setUp(self):
                os.environ["C"] = "3"

            def test_write(self):
                """What it is."""
                # now
                os.environ["A"] = "1"
                look()

            def test_block_stays(self):
                with patch.dict(os.environ, {"A": "1"}):
                    look()
        ''',
        '''
        from unittest import TestCase


        class ItTests(TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("C", "3")

            def test_write(self):
                """What it is."""
                # now
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                look()

            def test_block_stays(self):
                with patch.dict(os.environ, {"A": "1"}):
                    look()
        ''',
    ),
    case(
        "class_whose_base_may_be_anything",
        """
        from unittest import TestCase as Base


        def base():
            return Base


        class TestIt(base()):
            def test_it(self):
                with patch.dict(os.environ, {"A": "1"}):
                    look()
        """,
        """
        from unittest import TestCase as Base


        def base():
            return Base


        class TestIt(base()):
            def test_it(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()
        """,
    ),
    case(
        "fixture_that_goes_on_after_its_block",
        """
        @pytest.fixture
        def first():
            os.environ["C"] = "1"
            yield


        @pytest.fixture
        def second(first):
            with patch.dict(os.environ, {"A": "1"}):
                yield
            look()


        def test_it(second):
            os.environ["A"] = "2"
            look()
        """,
        """
        @pytest.fixture
        def first():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "1")
                yield


        @pytest.fixture
        def second(first):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "1")
                yield
            look()


        def test_it(second, monkeypatch):
            monkeypatch.setenv("A", "2")
            look()
        """,
    ),
]
