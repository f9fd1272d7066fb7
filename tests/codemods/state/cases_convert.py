"""``patch.dict`` in a ``unittest.TestCase``, which is rewritten where the settings ask for it."""

from tests.codemods.state.cases_testcase import HEAD
from tests.codemods.state.kit import case

CASES = [
    case(
        "blocks",
        """
        class ItTests(unittest.TestCase):
            def test_it(self):
                with patch.dict(os.environ, {"A": "1"}, clear=True):
                    os.environ["B"] = "2"
                    look()
                look()

            def test_several(self):
                os.environ["C"] = "3"
                with patch.dict("os.environ", A="1") as env, patch("os.getcwd", look()):
                    assert env["A"] == "1"

            def helper(self):
                with patch.dict(os.environ, {"A": "1"}):
                    return look()

            def test_helper(self):
                self.helper()
        """,
        """
        class ItTests(unittest.TestCase):
            def test_it(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    for name in list(os.environ):
                        monkeypatch.delenv(name)
                    monkeypatch.setenv("A", "1")
                    monkeypatch.setenv("B", "2")
                    look()
                look()

            def test_several(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("C", "3")
                with pytest.MonkeyPatch.context() as m:
                    m.setenv("A", "1")
                    env = os.environ
                    with patch("os.getcwd", look()):
                        assert env["A"] == "1"

            def helper(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    return look()

            def test_helper(self):
                self.helper()
        """,
        head=HEAD,
    ),
    case(
        "decorators",
        '''
        class ItTests(unittest.TestCase):
            @patch.dict(os.environ, {"A": "1"})
            @patch("os.getcwd")
            @patch.dict(os.environ, {"B": "1"})
            def test_it(self, getcwd):
                """What it is."""
                os.environ["C"] = "3"
                look()

            @patch.dict(os.environ, {"A": "1"})
            async def helper(self):
                """Nothing."""


        class WithTearDown(unittest.TestCase):
            def tearDown(self):
                look()

            @patch.dict(os.environ, {"A": "1"})
            def test_it(self):
                look()
        ''',
        '''
        class ItTests(unittest.TestCase):
            @patch("os.getcwd")
            def test_it(self, getcwd):
                """What it is."""
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                monkeypatch.setenv("B", "1")
                monkeypatch.setenv("C", "3")
                look()

            async def helper(self):
                """Nothing."""
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")


        class WithTearDown(unittest.TestCase):
            def tearDown(self):
                look()

            def test_it(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()
        ''',
        head=HEAD,
    ),
    case(
        "patchers_that_are_started",
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                self.patcher = patch.dict(os.environ, {"A": "1", "B": "2"})
                self.patcher.start()
                look()

            def tearDown(self):
                self.patcher.stop()
                super().tearDown()

            def test_it(self):
                look()
                os.environ["B"] = "3"
                look()


        class InATest(unittest.TestCase):
            def test_it(self):
                patcher = patch.dict(os.environ, {"C": "1"}, clear=True)
                self.addCleanup(patcher.stop)
                patcher.start()
                look()


        class OfAClass(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                cls.patcher = patch.dict(os.environ, {"A": "1"})
                cls.patcher.start()

            @classmethod
            def tearDownClass(cls):
                cls.patcher.stop()

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")
                monkeypatch.setenv("B", "2")
                look()

            def tearDown(self):
                super().tearDown()

            def test_it(self):
                look()
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("B", "3")
                look()


        class InATest(unittest.TestCase):
            def test_it(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                for name in list(os.environ):
                    monkeypatch.delenv(name)
                monkeypatch.setenv("C", "1")
                look()


        class OfAClass(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
                monkeypatch = pytest.MonkeyPatch()
                cls.addClassCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
]

# unittest has these since Python 3.11.
ENTERED = [
    case(
        "contexts_that_are_entered",
        """
        class ItTests(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.enterClassContext(patch.dict(os.environ, A="1"))

            def setUp(self):
                self.enterContext(patch("os.getcwd"))
                self.enterContext(patch.dict(os.environ, {"C": "1"}))

            def test_it(self):
                look()
        """,
        """
        class ItTests(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                monkeypatch = pytest.MonkeyPatch()
                cls.addClassCleanup(monkeypatch.undo)
                monkeypatch.setenv("A", "1")

            def setUp(self):
                self.enterContext(patch("os.getcwd"))
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("C", "1")

            def test_it(self):
                look()
        """,
        head=HEAD,
    ),
]

_CASE = """
import unittest


class ItTests(unittest.TestCase):
    {}
"""


def _refused(body: str) -> str:
    return _CASE.format(body.strip("\n").replace("\n", "\n    ").strip())


REFUSED = {
    "tear_down_that_goes_on": (
        """
def setUp(self):
    self.patcher = patch.dict(os.environ, {"A": "1"})
    self.patcher.start()

def tearDown(self):
    self.patcher.stop()
    run()
""",
        ["ISO101 patcher-object"],
    ),
    "patcher_that_something_else_uses": (
        """
def setUp(self):
    self.patcher = patch.dict(os.environ, {"A": "1"})
    self.patcher.start()
    self.addCleanup(self.patcher.stop)

def test_it(self):
    self.patcher.stop()
""",
        ["ISO101 patcher-object"],
    ),
    "code_between_making_and_starting": (
        """
def test_it(self):
    patcher = patch.dict(os.environ, {"A": "1"})
    run()
    patcher.start()
    self.addCleanup(patcher.stop)
    os.environ["B"] = "2"
""",
        ["ISO101 patcher-object", "ISO102 undo-order"],
    ),
    "clean_up_that_is_registered_after_another": (
        """
def test_it(self):
    os.environ["B"] = "2"
    self.addCleanup(run)
    self.enterContext(patch.dict(os.environ, {"A": "1"}))
""",
        ["ISO102 restoration-unclear", "ISO101 restoration-unclear"],
    ),
    "what_is_entered_is_used": (
        """
def test_it(self):
    env = self.enterContext(patch.dict(os.environ, {"A": "1"}))
""",
        ["ISO101 patcher-object"],
    ),
    "clean_up_after_a_stop": (
        """
def setUp(self):
    self.addCleanup(run)
    self.patcher = patch.dict(os.environ, {"A": "1"})
    self.patcher.start()

def tearDown(self):
    self.patcher.stop()
""",
        ["ISO101 setup-teardown"],
    ),
    "decorated_set_up_with_a_tear_down": (
        """
@patch.dict(os.environ, {"A": "1"})
def setUp(self):
    os.environ["B"] = "2"

def tearDown(self):
    os.environ.pop("B", None)
""",
        ["ISO101 setup-teardown", "ISO103 setup-teardown"],
    ),
}
REFUSED = {name: (_refused(body), codes) for name, (body, codes) in REFUSED.items()}
