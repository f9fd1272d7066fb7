"""Helpers whose change persists; they take ``monkeypatch`` from their callers, as an unsafe fix."""

from tests.codemods.state.kit import case

CASES = [
    case(
        "helper_of_tests_and_fixtures",
        '''
        def set_it(name, value="1", *rest):
            os.environ[name] = value


        def plain():
            """Set it."""
            os.environ["P"] = "1"
            return os.environ["P"]


        async def later(name: str) -> None:
            os.environ[name] = "x"


        @pytest.fixture
        def it():
            set_it("A")
            yield


        def test_it(it):
            os.environ["Q"] = "2"
            assert plain() == "1"
            set_it(
                "C",
                "2"
            )
            look()


        async def test_later(tmp_path: object) -> None:
            await later("L")
            [set_it(name) for name in "XY"]
            look()
        ''',
        '''
        def set_it(name, value="1", *rest, monkeypatch):
            monkeypatch.setenv(name, value)


        def plain(monkeypatch):
            """Set it."""
            monkeypatch.setenv("P", "1")
            return os.environ["P"]


        async def later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
            monkeypatch.setenv(name, "x")


        @pytest.fixture
        def it():
            with pytest.MonkeyPatch.context() as monkeypatch:
                set_it("A", monkeypatch=monkeypatch)
                yield


        def test_it(it, monkeypatch):
            monkeypatch.setenv("Q", "2")
            assert plain(monkeypatch=monkeypatch) == "1"
            set_it(
                "C",
                "2",
                monkeypatch=monkeypatch
            )
            look()


        async def test_later(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
            await later("L", monkeypatch=monkeypatch)
            [set_it(name, monkeypatch=monkeypatch) for name in "XY"]
            look()
        ''',
    ),
    case(
        "method_of_a_class",
        """
        class TestIt:
            def _set(self, value):
                look()
                with patch.dict(os.environ, {"C": "3"}):
                    look()
                os.environ["A"] = value

            @pytest.fixture
            def made(self):
                self._set(
                    "2",
                )

            @patch("os.getcwd")
            def test_it(self, getcwd):
                self._set("1")
                look()

            def test_made(self, made):
                with patch.dict(os.environ, {"C": "3"}):
                    look()
                self._set("4")
                look()
        """,
        """
        class TestIt:
            def _set(self, value, monkeypatch):
                look()
                with monkeypatch.context() as m:
                    m.setenv("C", "3")
                    look()
                monkeypatch.setenv("A", value)

            @pytest.fixture
            def made(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    self._set(
                        "2",
                        monkeypatch=monkeypatch,
                    )
                    yield

            @patch("os.getcwd")
            def test_it(self, getcwd, monkeypatch):
                self._set("1", monkeypatch=monkeypatch)
                look()

            def test_made(self, made, monkeypatch):
                with monkeypatch.context() as m:
                    m.setenv("C", "3")
                    look()
                self._set("4", monkeypatch=monkeypatch)
                look()
        """,
    ),
]

_HELPER = """
def helper(name="A"):
    os.environ[name] = "1"
"""

# What keeps a helper from taking it, and how often it is refused.
REFUSED = {
    "called_by_a_helper": "def other():\n    helper()\n\n\ndef test_it():\n    other()\n",
    "called_by_no_one": "",
    "called_in_a_nested_function": "def test_it():\n    def run():\n        helper()\n\n    run()\n",
    "passed_on": "def test_it(run):\n    helper()\n    run(helper)\n",
    "named_in_a_string": "def test_it(run):\n    helper()\n    run('tests.helper')\n",
    "exported": "__all__ = ['helper']\n\n\ndef test_it():\n    helper()\n",
    "arguments_from_a_list": "def test_it(names):\n    helper(*names)\n",
    "called_in_a_block": "def test_it():\n    with patch.dict(os.environ, {'B': '2'}):\n        helper()\n",
    "called_in_a_context": "def test_it(monkeypatch):\n    with monkeypatch.context() as m:\n        helper()\n",
    "called_in_a_wide_fixture": "@pytest.fixture(scope='module')\ndef it():\n    helper()\n",
    "called_in_a_testcase": (
        "import unittest\n\n\nclass ItTests(unittest.TestCase):\n    def test_it(self):\n        helper()\n"
    ),
    "called_under_a_kept_patcher": (
        "PATCHER = patch.dict(os.environ, {'A': '2'})\n\n\n@PATCHER\ndef test_it():\n    helper()\n"
    ),
    "called_in_a_patched_class": (
        "@patch.dict(os.environ, {'A': '2'})\nclass TestIt:\n    def test_it(self):\n        helper()\n"
    ),
    "caller_that_undoes": "def test_it(monkeypatch):\n    helper()\n    monkeypatch.undo()\n",
    "caller_that_stays": "def test_it():\n    helper()\n    os.environ['B'] = 2\n",
    "name_taken": "def test_it():\n    monkeypatch = helper()\n",
    "tear_down_that_expects_it": (
        "@pytest.fixture\ndef clean():\n    yield\n    del os.environ['A']\n\n\ndef test_it(clean):\n    helper()\n"
    ),
    "fixture_that_stays": (
        "@pytest.fixture\ndef env():\n    with patch.dict(os.environ, {'A': 1}):\n        yield\n\n\n"
        "def test_it(env):\n    helper()\n"
    ),
}
REFUSED = {name: f"{_HELPER.lstrip()}\n\n{rest}" for name, rest in REFUSED.items()}
