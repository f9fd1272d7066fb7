"""The guard follows what the environment is at each statement: good rewrites pass, their spoilt variants do not."""

from __future__ import annotations

from textwrap import dedent

import pytest

from isolator.guard.compare import differences

HEAD = "import os\nfrom unittest.mock import patch\n\nimport pytest\n\n\n"


def said(before: str, after: str) -> str | None:
    """What the guard says of a rewrite of one function, below imports that stay."""
    return differences(HEAD + dedent(before), HEAD + dedent(after), unset=())


GOOD = {
    "keys and values that are computed": (
        """
        def test_it():
            with patch.dict(os.environ, {first(): one(), second(): two()}):
                look()
        """,
        """
        def test_it(monkeypatch):
            for name, value in {first(): one(), second(): two()}.items():
                monkeypatch.setenv(name, value)
            look()
        """,
        [("first(): one(), second(): two()", "second(): two(), first(): one()"), ("one()", "two()")],
    ),
    "a factory that saves in a dict and restores in a loop": (
        """
        @pytest.fixture
        def set_variable():
            held = {}

            def setter(name, value):
                held[name] = os.environ.get(name)
                os.environ[name] = value

            yield setter
            for name, value in held.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        """,
        """
        @pytest.fixture
        def set_variable():
            with pytest.MonkeyPatch.context() as monkeypatch:

                def setter(name, value):
                    monkeypatch.setenv(name, value)

                yield setter
        """,
        [("setenv(name, value)", "setenv(value, name)"), ("setenv(name, value)", "setenv(name, name)")],
    ),
    "an empty value that is intended": (
        """
        def test_it():
            os.environ["EMPTY"] = ""
            look()
            del os.environ["EMPTY"]
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("EMPTY", "")
            look()
            monkeypatch.delenv("EMPTY")
            look()
        """,
        [('    monkeypatch.setenv("EMPTY", "")\n', ""), ('"EMPTY", ""', '"EMPTY", "1"')],
    ),
    "a copy of the environment with more in it": (
        """
        def test_it():
            with patch.dict(os.environ, dict(os.environ, MORE="1"), clear=True):
                look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("MORE", "1")
            look()
        """,
        [('"1"', '"2"'), ('"MORE"', '"LESS"')],
    ),
    "a context around what a fixture does after a change": (
        """
        @pytest.fixture
        def served():
            path = make()
            saved = os.environ.get("ROOT")
            os.environ["ROOT"] = path
            start()
            yield path
            stop()
            if saved is None:
                del os.environ["ROOT"]
            else:
                os.environ["ROOT"] = saved
            remove(path)
        """,
        """
        @pytest.fixture
        def served():
            path = make()
            with pytest.MonkeyPatch.context() as monkeypatch:
                monkeypatch.setenv("ROOT", path)
                start()
                yield path
                stop()
            remove(path)
        """,
        [
            ("        yield path\n        stop()\n", "        yield path\n    stop()\n"),
            ("    remove(path)\n", "        remove(path)\n"),
            ("        start()\n", "        monkeypatch.undo()\n        start()\n"),
            ("        yield path\n        stop()\n", "    yield path\n    stop()\n"),
            (
                '        monkeypatch.setenv("ROOT", path)\n        start()',
                '        start()\n        monkeypatch.setenv("ROOT", path)',
            ),
            ("as monkeypatch:", "as monkeypatch_:"),
            ("pytest.MonkeyPatch.context()", "monkeypatch.context()"),
        ],
    ),
    "a context in the middle of a test that sets the same before": (
        """
        def test_it():
            os.environ["MODE"] = "outer"
            with patch.dict(os.environ, {"MODE": "inner"}):
                look()
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.setenv("MODE", "outer")
            with monkeypatch.context() as m:
                m.setenv("MODE", "inner")
                look()
            look()
        """,
        [
            ("m.setenv", "monkeypatch.setenv"),
            ('"outer"', '"inner"'),
            ("    look()\n    look()", "    look()\n        look()"),
            ('        m.setenv("MODE", "inner")\n', '        m.setenv("MODE", "inner")\n        m.delenv("MODE")\n'),
            ('"inner")\n', '"inner", prepend=":")\n'),
        ],
    ),
    "variables that must be set, and such that need not be": (
        """
        def test_it():
            del os.environ["NEEDED"]
            os.environ.pop("SPARE", None)
            look()
        """,
        """
        def test_it(monkeypatch):
            monkeypatch.delenv("NEEDED")
            monkeypatch.delenv("SPARE", raising=False)
            look()
        """,
        [
            ('"NEEDED"', '"NEEDED", raising=False'),
            ('"SPARE", raising=False', '"SPARE"'),
            ('"SPARE", raising=False', '"SPARE", raising=True'),
            (
                '    monkeypatch.delenv("SPARE", raising=False)\n    look()',
                '    look()\n    monkeypatch.delenv("SPARE", raising=False)',
            ),
        ],
    ),
    "only some variables are deleted": (
        """
        def test_it():
            for name in list(os.environ):
                if name.startswith("APP_"):
                    del os.environ[name]
            look()
        """,
        """
        def test_it(monkeypatch):
            for name in list(os.environ):
                if name.startswith("APP_"):
                    monkeypatch.delenv(name)
            look()
        """,
        [('"APP_"', '"APP"'), ('        if name.startswith("APP_"):\n    ', "")],
    ),
    "a MonkeyPatch that a clean-up undoes": (
        """
        class TestsOfIt(unittest.TestCase):
            def setUp(self):
                self.saved = os.environ.get("MODE")
                os.environ["MODE"] = "1"

            def tearDown(self):
                if self.saved is None:
                    del os.environ["MODE"]
                else:
                    os.environ["MODE"] = self.saved

            def test_it(self):
                look()
        """,
        """
        class TestsOfIt(unittest.TestCase):
            def setUp(self):
                monkeypatch = pytest.MonkeyPatch()
                self.addCleanup(monkeypatch.undo)
                monkeypatch.setenv("MODE", "1")

            def test_it(self):
                look()
        """,
        [
            ("        self.addCleanup(monkeypatch.undo)\n", ""),
            ("self.addCleanup", "other.addCleanup"),
            ("setUp(", "set_up("),
            ("    def setUp(", "    @unittest.skip('no')\n    def setUp("),
            ("setUp(self)", "setUp(self, more)"),
            ("monkeypatch = pytest.MonkeyPatch()", "monkeypatch = pytest.MonkeyPatch(1)"),
            (
                '        monkeypatch.setenv("MODE", "1")\n',
                '        monkeypatch.setenv("MODE", "1")\n        os.environ.clear()\n',
            ),
            (
                '        monkeypatch.setenv("MODE", "1")\n',
                '        monkeypatch.setenv("MODE", "1")\n        monkeypatch.delenv("MODE")\n',
            ),
        ],
    ),
    "a try with all its parts": (
        """
        def test_it():
            os.environ["STEP"] = "0"
            try:
                os.environ["STEP"] = "1"
                look()
            except ValueError:
                os.environ["STEP"] = "2"
                look()
            else:
                os.environ["STEP"] = "3"
                look()
            finally:
                del os.environ["STEP"]
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("STEP", "0")
                try:
                    m.setenv("STEP", "1")
                    look()
                except ValueError:
                    m.setenv("STEP", "2")
                    look()
                else:
                    m.setenv("STEP", "3")
                    look()
            look()
        """,
        [('"2"', '"3"'), ('            m.setenv("STEP", "3")\n', ""), ("    look()\n\n", "        look()\n\n")],
    ),
}
GOOD |= {
    "a nested function that returns inside the block that ends its change": (
        """
        def test_it():
            def inner():
                saved = os.environ["A"]
                os.environ["A"] = "1"
                look()
                os.environ["A"] = saved
                look()
                return look()

            inner()
        """,
        """
        def test_it():
            def inner():
                saved = os.environ["A"]
                with pytest.MonkeyPatch.context() as monkeypatch:
                    monkeypatch.setenv("A", "1")
                    look()
                    monkeypatch.setenv("A", saved)
                    look()
                    return look()

            inner()
        """,
        [('"A", saved', '"A", "2"'), ('            monkeypatch.setenv("A", saved)\n', "")],
    ),
    "one name that is used twice to put a variable back": (
        """
        def test_it():
            saved = os.environ["A"]
            os.environ["A"] = "1"
            try:
                look()
            finally:
                os.environ["A"] = saved
            look()
            if more():
                saved = os.environ["A"]
                os.environ["A"] = "2"
                try:
                    look()
                finally:
                    os.environ["A"] = saved
            look()
        """,
        """
        def test_it(monkeypatch):
            with monkeypatch.context() as m:
                m.setenv("A", "1")
                look()
            look()
            if more():
                with monkeypatch.context() as m:
                    m.setenv("A", "2")
                    look()
            look()
        """,
        [("        look()\n    look()\n    if", "        look()\n        look()\n    if"), ('"A", "2"', '"A", "1"')],
    ),
    "two restorations under one condition, of which one stays": (
        """
        def test_it():
            if more():
                saved = os.environ["A"]
                os.environ["A"] = "1"
                try:
                    look()
                finally:
                    os.environ["A"] = saved
                look()
                other = os.environ["B"]
                os.environ["B"] = "2"
                os.environ["C"] = "3"
                look()
                os.environ["B"] = other
                look()
        """,
        """
        def test_it(monkeypatch):
            if more():
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    look()
                look()
                other = os.environ["B"]
                monkeypatch.setenv("B", "2")
                monkeypatch.setenv("C", "3")
                look()
                monkeypatch.setenv("B", other)
                look()
        """,
        [('"B", other', '"B", "1"'), ('        monkeypatch.setenv("B", other)\n', "")],
    ),
    "one variable that is put back twice under one condition": (
        """
        def test_it():
            if more():
                saved = os.environ["A"]
                os.environ["A"] = "1"
                try:
                    look()
                finally:
                    os.environ["A"] = saved
                look()
                other = os.environ["A"]
                os.environ["A"] = "2"
                look()
                os.environ["A"] = other
                look()
        """,
        """
        def test_it(monkeypatch):
            if more():
                with monkeypatch.context() as m:
                    m.setenv("A", "1")
                    look()
                look()
                other = os.environ["A"]
                monkeypatch.setenv("A", "2")
                look()
                monkeypatch.setenv("A", other)
                look()
        """,
        [('"A", other', '"A", "1"'), ('        monkeypatch.setenv("A", other)\n', "")],
    ),
}
SPOILT = [(title, old, new) for title, (_, _, spoilt) in GOOD.items() for old, new in spoilt]


@pytest.mark.parametrize("title", GOOD)
def test_a_good_rewrite_passes(title: str) -> None:
    before, after, _ = GOOD[title]
    assert said(before, after) is None


@pytest.mark.parametrize(("title", "old", "new"), SPOILT)
def test_its_spoilt_variants_do_not(title: str, old: str, new: str) -> None:
    before, after, _ = GOOD[title]
    text = dedent(after) + "\n"
    spoilt = text.replace(old, new)

    assert spoilt != text
    compile(spoilt, "spoilt", "exec")
    assert said(before, spoilt) is not None


CONFTEST = """\
import os

for name in ("A", "B"):
    os.environ.setdefault(name, "1")


def helper():
    return 1
"""
TEMPLATE = '''\
"""What it is for."""

from collections.abc import Iterator

import pytest

_NAMES: list[str] = []


def _of_isolated(name: str) -> str:
    return name


@pytest.fixture(autouse=True)
def isolated() -> Iterator[None]:
    """Isolate."""
    held = [_of_isolated(name) for name in _NAMES]
    yield
    held.clear()
'''
ADDED = '''

_NAMES = ["A"]


def _of_isolated(name):
    return name


@pytest.fixture(autouse=True)
def clean():
    """Isolate."""
    held = [_of_isolated(name) for name in _NAMES]
    yield
    held.clear()
'''
COMPLETED = "import pytest\n" + CONFTEST + ADDED


def added(after: str) -> str | None:
    """What the guard says of a conftest to which the template was added."""
    return differences(CONFTEST, after, additions=True, templates=[TEMPLATE])


def test_a_template_under_a_name_of_the_project_may_be_added() -> None:
    assert added(COMPLETED) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    yield\n", "    yield\n    extra()\n"),
        ("    held.clear()\n", ""),
        ("return name", "return 2"),
        ("autouse=True", "autouse=False"),
        ("autouse=True", "scope='module'"),
        ('_NAMES = ["A"]', "_NAMES = extra()"),
        ("def clean", "for name in _NAMES:\n    pass\n\n\ndef clean"),
        ("    return 1", "    return 2"),
        ('("A", "B")', '("A",)'),
        (
            "def _of_isolated(name):\n    return name\n",
            "def _of_isolated(name):\n    return name\n\n\ndef more():\n    pass\n",
        ),
    ],
)
def test_nothing_else_may(old: str, new: str) -> None:
    spoilt = COMPLETED.replace(old, new)

    assert spoilt != COMPLETED
    assert added(spoilt) is not None
