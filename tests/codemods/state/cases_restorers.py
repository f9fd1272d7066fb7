"""Methods of a TestCase that change variables, called by its tests."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "method_that_tests_call",
        """
        import unittest


        class TestIt(unittest.TestCase):
            def use(self, value):
                os.environ["A"] = value

            def test_one(self):
                self.use("1")
                look()

            def test_two(self):
                if look() is None:
                    self.use("2")
                look()
        """,
        """
        import unittest


        class TestIt(unittest.TestCase):
            def use(self, value):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", value)

            def test_one(self):
                self.use("1")
                look()

            def test_two(self):
                if look() is None:
                    self.use("2")
                look()
        """,
    ),
]
