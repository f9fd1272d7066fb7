"""What ``request.addfinalizer`` or ``addCleanup`` registers to run in the end: a lambda, a function, a patcher."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "finalizers_of_a_fixture",
        """
        @pytest.fixture
        def by_lambda(request):
            os.environ["A"] = "1"
            request.addfinalizer(lambda: os.environ.pop("A", None))


        @pytest.fixture(scope="module")
        def by_function(request):
            old = os.environ.get("B")
            os.environ["B"] = "2"

            def restore():
                if old is None:
                    del os.environ["B"]
                else:
                    os.environ["B"] = old

            request.addfinalizer(restore)
            return old


        @pytest.fixture
        def by_patcher(request):
            patcher = patch.dict(os.environ, {"C": "3"})
            patcher.start()
            request.addfinalizer(patcher.stop)
            return 1


        def test_lambda(by_lambda):
            look()


        def test_function(by_function):
            look()
            assert by_function == "outer"


        def test_patcher(by_patcher):
            look()


        def test_test(request):
            os.environ["A"] = "1"
            request.addfinalizer(lambda: os.environ.pop("A"))
            look()
        """,
        """
        @pytest.fixture
        def by_lambda(request):
            monkeypatch = pytest.MonkeyPatch()
            request.addfinalizer(monkeypatch.undo)
            monkeypatch.setenv("A", "1")


        @pytest.fixture(scope="module")
        def by_function(request):
            old = os.environ.get("B")
            monkeypatch = pytest.MonkeyPatch()
            request.addfinalizer(monkeypatch.undo)
            monkeypatch.setenv("B", "2")

            return old


        @pytest.fixture
        def by_patcher(request):
            monkeypatch = pytest.MonkeyPatch()
            request.addfinalizer(monkeypatch.undo)
            monkeypatch.setenv("C", "3")
            return 1


        def test_lambda(by_lambda):
            look()


        def test_function(by_function):
            look()
            assert by_function == "outer"


        def test_patcher(by_patcher):
            look()


        def test_test(request):
            monkeypatch = pytest.MonkeyPatch()
            request.addfinalizer(monkeypatch.undo)
            monkeypatch.setenv("A", "1")
            look()
        """,
        leaves=True,  # the fixture of the module, while its last test ends
    ),
    case(
        "clean_ups_of_a_testcase",
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                os.environ["A"] = "1"
                self.addCleanup(lambda: os.environ.pop("A", None))

            def test_lambda(self):
                old = os.environ.get("B")
                os.environ["B"] = "2"
                self.addCleanup(lambda: os.environ.__setitem__("B", old))
                look()

            def test_function(self):
                old = os.environ.get("B")
                os.environ["B"] = "2"

                def restore():
                    os.environ["B"] = old

                self.addCleanup(restore)
                look()
        """,
        """
        import unittest


        class ItTests(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            def test_lambda(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("B", "2")
                look()

            def test_function(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("B", "2")

                look()
        """,
    ),
]

REFUSED = {
    "finalizer_that_does_more": (
        """
        @pytest.fixture
        def env(request):
            os.environ["A"] = "1"

            def restore():
                del os.environ["A"]
                run()

            request.addfinalizer(restore)


        @pytest.fixture
        def between(request):
            os.environ["A"] = "1"
            request.addfinalizer(run)
            request.addfinalizer(lambda: os.environ.pop("A"))
        """,
        ["ISO102 fixture-returns", "ISO102 nested-function", "ISO102 fixture-returns", "ISO102 value-used"],
    ),
}
