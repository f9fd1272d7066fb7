"""Tests below a conftest whose fixtures change the environment too: what the test becomes depends on these.

``leaks`` says that the rewrite would do something else than the test did if it did not look at the conftest.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from tests.codemods.state.kit import HEAD


@dataclass(frozen=True)
class Below:
    """A conftest, and a test file below it, before and after its rewrite."""

    name: str
    conftest: str
    before: str
    after: str
    leaks: bool = False
    nearer: str | None = None


def _text(body: str) -> str:
    return HEAD + dedent(body).lstrip("\n")


def below(
    name: str, conftest: str, before: str, after: str | None, *, leaks: bool = False, nearer: str | None = None
) -> Below:
    """A case from indented texts; one without an ``after`` is refused. ``nearer`` is a conftest below the first."""
    after = before if after is None else after
    return Below(name, _text(conftest), _text(before), _text(after), leaks, None if nearer is None else _text(nearer))


EARLY = """
@pytest.fixture(autouse=True)
def early(monkeypatch):
    monkeypatch.setenv("C", "early")
"""
ENV = """

@pytest.fixture
def env():
    with patch.dict(os.environ, {'A': "fixture"}):
        yield
"""
AUTOUSE = ENV.replace("fixture\n", "fixture(autouse=True)\n")
TEST = """
def test_it(env):
    with patch.dict(os.environ, {"A": "1"}):
        look()
"""
FLAT = """
def test_it(env, monkeypatch):
    monkeypatch.setenv("A", "1")
    look()
"""
WRAPPED = """
def test_it(env):
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("A", "1")
        look()
"""
WRITES = """
def test_it(env):
    os.environ["A"] = "1"
    look()
"""
BY_HAND = """

@pytest.fixture
def env():
    saved = os.environ.get("A")
    os.environ["A"] = "fixture"
    yield
    if saved is None:
        del os.environ["A"]
    else:
        os.environ["A"] = saved
"""
CONTEXT = """

@pytest.fixture
def env():
    with pytest.MonkeyPatch.context() as mp:
        mp.setenv("A", "fixture")
        yield
"""
UNKNOWN = """

@pytest.fixture
def env():
    with patch.dict(os.environ, dict([("A", "fixture")])):
        yield
"""
MOCKER = """

@pytest.fixture
def env(mocker):
    mocker.patch.dict(os.environ, {"A": "fixture"})
"""
STARTED = """

@pytest.fixture
def env(request):
    patcher = patch.dict(os.environ, {"A": "fixture"})
    patcher.start()
    request.addfinalizer(patcher.stop)
"""
SEES = """

@pytest.fixture
def env():
    yield
    look()
"""
# A fixture that is not found, because it is made by a call: it may ask for anything.
MADE = """
def make(monkeypatch):
    monkeypatch.setenv("C", "early")


early = pytest.fixture(make)
"""
SHARED = """

def share(tmp_path_factory):
    yield


shared = pytest.fixture(scope="session")(share)


@pytest.fixture(scope="session")
def env(shared):
    yield
    look()
"""
# A fixture that changes another variable: it does not ask for monkeypatch when it is rewritten.
FLAT_LATER = """
@pytest.fixture(autouse=True)
def early():
    os.environ["C"] = "early"
    yield
    del os.environ["C"]
"""

CASES = [
    below(
        "own_calls_of_the_test",
        CONTEXT,
        """
        @pytest.fixture(autouse=True)
        def first():
            with patch.dict(os.environ, {"C": "first"}):
                yield


        def test_it(env, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
        """
        @pytest.fixture(autouse=True)
        def first():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("C", "first")
                yield


        def test_it(env, monkeypatch):
            monkeypatch.setenv("A", "1")
            look()
        """,
    ),
    below("unknown_fixture", MADE + ENV, *(t.replace("(env", "(early, env") for t in (WRITES, WRAPPED)), leaks=True),
    below("later_by_the_alphabet", EARLY.replace("early(", "later(") + AUTOUSE, TEST, FLAT),
    below("torn_down_with_the_session", EARLY + SHARED, TEST, FLAT),
    below(
        "helper",
        EARLY + AUTOUSE,
        """
        def helper(monkeypatch):
            os.environ["A"] = "1"


        def test_it(monkeypatch):
            helper(monkeypatch)
            look()
        """,
        None,
        leaks=True,
    ),
    below(
        "conftest_with_fixtures_used_together",
        EARLY + CONTEXT + ENV.replace("env", "more", 1).replace('fixture"', 'more"'),
        """
        def test_it(env, more):
            with patch.dict(os.environ, {"D": "1"}):
                look()
        """,
        """
        def test_it(env, more, monkeypatch):
            monkeypatch.setenv("D", "1")
            look()
        """,
    ),
    below("early_and_patched", EARLY + ENV, TEST, WRAPPED, leaks=True),
    below("early_and_by_hand", EARLY + BY_HAND, TEST, WRAPPED, leaks=True),
    below("early_and_by_hand_write", EARLY + BY_HAND, WRITES, WRAPPED, leaks=True),
    below("early_and_own_context", EARLY + CONTEXT, TEST, WRAPPED, leaks=True),
    below("early_and_unknown_key", EARLY + UNKNOWN, TEST, WRAPPED, leaks=True),
    below("early_and_mocker", EARLY + MOCKER, TEST, WRAPPED, leaks=True),
    below("early_and_started", EARLY + STARTED, WRITES, WRAPPED, leaks=True),
    below("early_once_rewritten", FLAT_LATER + ENV, WRITES, FLAT),
    below("nothing_early", ENV, TEST, FLAT),
    below("no_fixture_that_matters", "@pytest.fixture\ndef env():\n    yield\n", TEST, FLAT),
    below("other_keys", EARLY + ENV.replace("'A'", "'D'"), TEST, FLAT),
    below("not_used", EARLY + ENV, TEST.replace("(env", "("), FLAT.replace("(env, ", "(")),
    below("wider", EARLY + ENV.replace("fixture\n", "fixture(scope='session')\n"), TEST, FLAT),
    below(
        "early_but_later",
        EARLY.replace("autouse=True", "") + ENV,
        *(t.replace("(env", "(env, early") for t in (TEST, FLAT)),
    ),
    below(
        "own_parameter_first",
        ENV,
        WRITES.replace("(env", "(monkeypatch, env"),
        """
        def test_it(monkeypatch, env):
            with pytest.MonkeyPatch.context() as m:
                m.setenv("A", "1")
                look()
        """,
        leaks=True,
    ),
    below("own_parameter_last", ENV, TEST.replace("(env", "(env, monkeypatch"), FLAT),
    below("autouse", EARLY + AUTOUSE, TEST, WRAPPED, leaks=True),
    below(
        "by_its_given_name",
        EARLY + ENV.replace("fixture\n", "fixture(name='given')\n"),
        TEST.replace("(env", "(given"),
        WRAPPED.replace("(env", "(given"),
        leaks=True,
    ),
    below(
        "used_by_mark",
        EARLY + ENV,
        '@pytest.mark.usefixtures("env")' + TEST.replace("(env", "("),
        '@pytest.mark.usefixtures("env")' + WRAPPED.replace("(env", "("),
        leaks=True,
    ),
    below(
        "used_by_a_fixture_of_the_file",
        EARLY + ENV,
        "@pytest.fixture\ndef mine(env):\n    return 1\n\n" + TEST.replace("(env", "(mine"),
        "@pytest.fixture\ndef mine(env):\n    return 1\n\n" + WRAPPED.replace("(env", "(mine"),
        leaks=True,
    ),
    below(
        "overridden_in_the_file",
        EARLY + ENV,
        "@pytest.fixture\ndef env():\n    yield\n\n" + TEST,
        "@pytest.fixture\ndef env():\n    yield\n\n" + FLAT,
    ),
    below(
        "overridden_but_asked_for",
        EARLY + ENV,
        "@pytest.fixture\ndef env(env):\n    yield\n\n" + TEST,
        "@pytest.fixture\ndef env(env):\n    yield\n\n" + WRAPPED,
        leaks=True,
    ),
    below("overridden_nearer", EARLY + ENV, TEST, FLAT, nearer="@pytest.fixture\ndef env():\n    yield\n"),
    below("patched_nearer", EARLY, TEST, WRAPPED, nearer=ENV, leaks=True),
    below(
        "fixture_of_the_file",
        EARLY + ENV,
        """
        @pytest.fixture
        def more():
            with patch.dict(os.environ, {"A": "more"}):
                yield


        def test_it(env, more):
            look()
        """,
        """
        @pytest.fixture
        def more():
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "more")
                yield


        def test_it(env, more):
            look()
        """,
    ),
    below(
        "class_and_its_fixture",
        EARLY,
        """
        class TestIt:
            @pytest.fixture
            def env(self):
                with pytest.MonkeyPatch.context() as mp:
                    mp.setenv("A", "class")
                    yield

            def test_it(self, env):
                os.environ["A"] = "1"
                look()
        """,
        """
        class TestIt:
            @pytest.fixture
            def env(self):
                with pytest.MonkeyPatch.context() as mp:
                    mp.setenv("A", "class")
                    yield

            def test_it(self, env):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()
        """,
        leaks=True,
    ),
    below(
        "torn_down_too_early",
        EARLY + SEES,
        TEST,
        """
        def test_it(env, monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
        """,
        leaks=True,
    ),
    below(
        "torn_down_later",
        SEES,
        TEST,
        FLAT,
    ),
    below(
        "returned_by_a_fixture",
        EARLY + ENV,
        """
        @pytest.fixture
        def more(env):
            os.environ["A"] = "more"


        def test_it(more):
            look()
        """,
        """
        @pytest.fixture
        def more(env):
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("A", "more")
                yield


        def test_it(more):
            look()
        """,
    ),
    below(
        "expected_by_a_tear_down",
        "@pytest.fixture\ndef env():\n    yield\n    look()\n    del os.environ['A']\n",
        'def test_it(env):\n    os.environ["A"] = "1"\n    look()\n',
        None,
        leaks=True,
    ),
    below(
        "set_up_and_early",
        EARLY,
        """
        class TestIt:
            def setup_method(self):
                self.saved = os.environ["B"]
                os.environ["B"] = "1"

            def teardown_method(self):
                os.environ["B"] = self.saved

            def test_it(self):
                os.environ["B"] = "2"
                look()
        """,
        """
        class TestIt:
            def setup_method(self):
                self.monkeypatch = pytest.MonkeyPatch()
                self.monkeypatch.setenv("B", "1")

            def teardown_method(self):
                self.monkeypatch.undo()

            def test_it(self):
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("B", "2")
                    look()
        """,
        leaks=True,
    ),
]
