"""What a run that is watched shows of what tests leave changed on the heap."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from isolator.evidence.model import Evidence, from_json, to_json
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.report.runs.observe_text import report, summary
from tests.isolator.inside import inside
from tests.isolator.observe.suites import observed, short

APP = """
    import collections
    import functools
    import threading

    HANDLERS = {"json": 1, "token: s3cret": 2}
    QUEUE = []
    TAGS = set()
    LATER = collections.deque()
    COUNTS = collections.Counter()
    LONG = list(range(5000))
    name = "app"


    class Engine:
        instance = None
        limit = 1

        def __init__(self):
            self.pool = []

        @classmethod
        def get(cls):
            if cls.instance is None:
                cls.instance = cls()
            return cls.instance


    engine = Engine()


    class Local(threading.local):
        def __init__(self):
            self.drained = False


    local = Local()


    class Flagged:
        __ready__ = False  # as if Python knew the name


    class Broken:
        def __eq__(self, other):
            raise RuntimeError


    broken = Broken()


    @functools.lru_cache
    def cached(number):
        return number


    def gather(item, into=[]):
        into.append(item)
        return into


    class Planner:
        def __init__(self, engine=Engine()):
            self.engine = engine

        @staticmethod
        def plan(steps=[]):
            steps.append(1)


    def run():
        return name
"""
HEAD = "import app\nimport pytest\n\nSHARED = []\n\n\n"


def cells(folder: Path, text: str, *arguments: str) -> dict[str, list[str]]:
    """What is left changed, with the last parts of the node ids of those who left it so."""
    evidence = observed(folder, {"app.py": APP, "test_it.py": HEAD + text}, *arguments)
    return {cell.path: [test.rpartition("::")[2] for test in cell.tests] for cell in evidence.cells}


PLACES: list[tuple[str, str | None]] = [
    ("app.name = 'x'", "app.name"),
    ("app.added = 1", "app.added"),
    ("del app.name", "app.name"),
    ("app.run = lambda: 'fake'", "app.run"),
    ("app.HANDLERS['json'] = 2", 'app.HANDLERS["json"]'),
    ("app.HANDLERS['xml'] = 2", 'app.HANDLERS["xml"]'),
    ("del app.HANDLERS['json']", 'app.HANDLERS["json"]'),
    ("app.HANDLERS['token: s3cret'] = 3", "app.HANDLERS[…]"),
    ("app.QUEUE.append(1)", "app.QUEUE"),
    ("app.TAGS.add(1)", "app.TAGS"),
    ("app.LATER.append(1)", "app.LATER"),
    ("app.COUNTS['a'] += 1", 'app.COUNTS["a"]'),
    ("app.LONG.append(1)", "app.LONG"),
    ("app.Engine.limit = 2", "app.Engine.limit"),
    ("app.Engine.get()", "app.Engine.instance"),
    ("app.engine.pool.append(1)", "app.engine.pool"),
    ("app.engine.added = 1", "app.engine.added"),
    ("app.broken = app.Broken()", "app.broken"),
    ("app.local.drained = True", "app.local.drained"),
    ("app.cached(1)", None),
    ("app.gather(1)", "app.gather()"),
    ("app.Planner().engine.pool.append(1)", "app.Planner.__init__().pool"),
    ("app.Planner.plan()", "app.Planner.plan()"),
    ("SHARED.append(1)", "test_it.py::SHARED"),
    ("test_it.attribute = 1", None),
    ("app.Flagged.__ready__ = True", "app.Flagged.__ready__"),
    ("app.Flagged.__doc__ = 'other'", None),
    ("app.__another__ = True", None),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[str]]]:
    """The cells that the tests of each file leave changed, in one run of all: each file has a module of its own."""
    files: dict[str, str] = {}
    for number, (statement, _) in enumerate(PLACES):
        text = f"def test_it():\n    {statement}\n\n\ndef test_other():\n    assert app\n"
        files |= {f"app_{number}.py": APP, f"test_{number}.py": re.sub(r"\bapp\b(?!')", f"app_{number}", HEAD + text)}
    found: dict[str, dict[str, list[str]]] = {name: {} for name in files}
    for cell in observed(tmp_path_factory.mktemp("places"), files).cells:
        for file, _, test in (node.partition("::") for node in cell.tests):
            found[file].setdefault(cell.path, []).append(test)
    return found


@pytest.mark.parametrize("number", range(len(PLACES)), ids=[statement for statement, _ in PLACES])
def test_each_place(places: dict[str, dict[str, list[str]]], number: int) -> None:
    path = (PLACES[number][1] or "").replace("app.", f"app_{number}.").replace("test_it.py", f"test_{number}.py")
    assert places[f"test_{number}.py"] == ({path: ["test_it"]} if path else {})


def test_kinds(tmp_path: Path) -> None:
    """What a fixture must know to restore it: all kinds, "" for what no short one restores."""
    statements = [
        *("app.name = 'x'", "app.added = 1", "del app.run", "app.HANDLERS['json'] = 2", "app.QUEUE.append(1)"),
        *("app.TAGS.add(1)", "app.LATER.append(1)", "app.COUNTS['a'] += 1", "app.Engine.get()", "app.LONG.append(1)"),
        *("app.engine.pool.append(1)", "app.gather(1)", "app.HANDLERS['json'] = [app.QUEUE]"),
    ]
    text = "".join(f"def test_{i}():\n    {each}\n\n\n" for i, each in enumerate(statements))
    text += "def test_replaces():\n    app.TAGS = set()\n\n\nimport logging\n\n\n"
    text += "def test_logs():\n    logging.getLogger('a').setLevel(10)\n    app.nested = [[]]\n\n\n"
    text += "def test_inside():\n    app.nested[0].append(1)\n"
    evidence = observed(tmp_path, {"app.py": APP, "test_it.py": HEAD + text})
    assert {cell.path: cell.kinds for cell in evidence.cells} == {
        "app.name": ("plain",),
        "app.added": ("new",),
        "app.run": ("",),
        'app.HANDLERS["json"]': ("dict",),
        "app.QUEUE": ("list",),
        "app.TAGS": ("set", "value"),
        "app.LATER": ("deque",),
        'app.COUNTS["a"]': ("dict",),
        "app.Engine.instance": ("plain",),
        "app.LONG": ("",),
        "app.engine.pool": ("list",),
        "app.gather()": ("list",),
        'logging.getLogger("a").level': ("",),
        "app.nested": ("new",),
        "app.nested[0]": ("list",),
    }
    assert from_json(to_json(evidence)) == evidence


def test_each_test_is_told_and_what_is_reached_later(tmp_path: Path) -> None:
    text = """
class TestX:
    graph = {}

    def test_one(self):
        self.graph["a"] = [1]

    def test_two(self):
        self.graph["a"].append(2)


def test_three():
    app.Engine.get()


def test_four():
    app.Engine.get().pool.append(4)


def test_five():
    app.QUEUE.append(5)


def test_six():
    app.QUEUE.append(6)
"""
    assert cells(tmp_path, text) == {
        'test_it.py::TestX.graph["a"]': ["test_one", "test_two"],
        "app.Engine.instance": ["test_three"],
        "app.Engine.instance.pool": ["test_four"],
        "app.QUEUE": ["test_five", "test_six"],
    }


def test_what_is_put_back_is_not_left(tmp_path: Path) -> None:
    text = """
def test_monkeypatch(monkeypatch):
    monkeypatch.setattr(app, "name", "x")
    monkeypatch.setitem(app.HANDLERS, "json", 2)
    monkeypatch.setattr(app.Engine, "limit", 2)


@pytest.fixture
def queued():
    app.QUEUE.append(1)
    yield
    app.QUEUE.clear()


def test_fixture(queued):
    app.TAGS.add(1)
    app.TAGS.remove(1)


def test_the_same():
    app.name = "".join(["a", "p", "p"])


class TestAround:
    @classmethod
    def setup_class(cls):
        app.added = 1
        app.LATER.append(1)

    @classmethod
    def teardown_class(cls):
        del app.added
        app.LATER.clear()

    def test_first(self):
        app.name = "y"

    def test_second(self):
        pass


@pytest.fixture(scope="module", autouse=True)
def wide():
    app.HANDLERS["wide"] = 1
    yield
    del app.HANDLERS["wide"]


def test_imports():
    import colorsys
    assert colorsys
"""
    assert cells(tmp_path, text) == {"app.name": ["test_first"]}


def test_what_two_modules_hold_is_told_by_the_one_that_had_it_first(tmp_path: Path) -> None:
    inner = "ITEMS = []\n\n\nclass Shared:\n    limit = 1\n"
    text = (
        "import outer\nfrom inner import ITEMS, Shared\n\n\ndef test_it():\n    ITEMS.append(1)\n    Shared.limit = 2\n"
    )
    files = {"outer.py": "from inner import ITEMS, Shared\n", "inner.py": inner, "test_it.py": text}
    assert [cell.path for cell in observed(tmp_path, files).cells] == ["inner.ITEMS", "inner.Shared.limit"]


@pytest.mark.parametrize(
    ("statement", "path"),
    [
        ("json.dumps = print", "json.dumps"),
        ("del json.dumps", "json.dumps"),
        ("json.mine = 1", None),
        ("mock.MagicMock.x = 1", "unittest.mock.MagicMock.x"),
        ("Decimal.x = 1", None),  # it is written in C: a TypeError
        ("json.JSONEncoder.item_separator = ';'", "json.encoder.JSONEncoder.item_separator"),
        ("Fraction.limit_denominator = print", "fractions.Fraction.limit_denominator"),
        ("mock.MagicMock().x = 1", None),
        ("mock.patch('json.dumps').start()", "json.dumps"),
        ("with mock.patch('json.dumps'): pass", None),
        ("re.compile('x' * 9); json.loads('{}'); Fraction(1, 3); pathlib.Path('x').exists()", None),
    ],
)
def test_what_is_patched_in_other_packages(tmp_path: Path, statement: str, path: str | None) -> None:
    text = "import json, pathlib, re\nfrom decimal import Decimal\nfrom fractions import Fraction\n"
    text += f"from unittest import mock\n\n\ndef test_it():\n    {statement}\n"
    evidence = observed(tmp_path, {"app.py": APP, "test_it.py": HEAD + text})
    assert {cell.path: cell.places for cell in evidence.cells} == ({path: ("test_it.py:14",)} if path else {})


def test_very_much_in_one_object_is_told_as_that(tmp_path: Path) -> None:
    text = "def test_many():\n    for n in range(30):\n        setattr(app.engine, f'a{n}', n)\n"
    text += "        app.HANDLERS[n] = n\n"
    text += "\n\ndef test_few():\n    app.HANDLERS['json'] = 2\n"
    assert cells(tmp_path, text) == {
        "app.engine": ["test_many"],
        "app.HANDLERS": ["test_many"],
        'app.HANDLERS["json"]': ["test_few"],
    }


def test_what_a_test_does_to_what_its_class_shares(tmp_path: Path) -> None:
    text = """
import unittest


class TestShared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = app.Engine()
        app.name = "of the class"

    @classmethod
    def tearDownClass(cls):
        app.name = "app"

    def test_first(self):
        self.engine.pool.append(1)

    def test_second(self):
        app.name = "of a test"

    def test_third(self):
        pass
"""
    evidence = observed(tmp_path, {"app.py": APP, "test_it.py": HEAD + text})
    assert {cell.path: cell.places for cell in evidence.cells} == {
        "test_it.py::TestShared.engine.pool": ("test_it.py:22",),
        "app.name": ("test_it.py:25",),
    }


def test_what_a_fixture_gives_to_several_tests(tmp_path: Path) -> None:
    """As long as it is set up; what one of each test gives, or one of all tests in a conftest, is not watched."""
    text = """
@pytest.fixture(scope="module")
def engine():
    return app.Engine()


@pytest.fixture(scope="session")
def of_file():
    return []


@pytest.fixture
def own():
    return app.Engine()


class TestShared:
    @pytest.fixture(scope="class", params=["a", "b"])
    def names(self, request):
        yield [request.param]

    def test_names(self, names):
        app.gather("x", names)

    def test_engine(self, engine, own, of_all, of_file):
        own.pool.append(1)
        of_all.pool.append(1)
        engine.pool.append(1)
        of_file.append(1)

    def test_calm(self, engine, names):
        pass


def test_after(engine):
    app.gather(2, engine.pool)


def test_last(engine):
    engine.pool.append(3)  # which no test finds
"""
    conftest = """
        import app
        import pytest


        @pytest.fixture(scope="session")
        def of_all():
            return app.Engine()
    """
    evidence = observed(tmp_path, {"app.py": APP, "conftest.py": conftest, "test_it.py": HEAD + text})
    found = {cell.path: tuple(short(test) for test in cell.tests) for cell in evidence.cells}
    assert found == {
        "test_it.py::TestShared.names": ("test_names[a]", "test_names[b]"),
        "test_it.py::engine.pool": ("test_engine", "test_after"),
        "test_it.py::of_file": ("test_engine",),
    }
    places = {cell.path: cell.places for cell in evidence.cells}
    lines = (HEAD + text).splitlines()
    assert lines[int(places["test_it.py::engine.pool"][0].rpartition(":")[2]) - 1].strip() == "engine.pool.append(1)"


def test_a_tear_down_that_changes_the_value_is_not_told(tmp_path: Path) -> None:
    text = """
@pytest.fixture(scope="class")
def many():
    made = list(range(2000))
    yield made
    made.clear()


@pytest.fixture(scope="class")
def engine():
    made = app.Engine()
    yield made
    made.pool.append(1)


class TestFirst:
    def test_it(self, many, engine):
        pass


def test_after():
    pass
"""
    assert cells(tmp_path, text) == {}


def test_every_writer_among_many_short_tests_beside_a_large_project(tmp_path: Path) -> None:
    """They are looked at several at a time, and told apart in another run."""
    table = "".join(f"TABLE_{n} = {{i: str(i) for i in range(900)}}\n" for n in range(100))
    writes = {3, 4, 50, 51, 52, 199}
    text = "".join(f"def test_{n}():\n    {'app.QUEUE.append(1)' if n in writes else 'pass'}\n\n\n" for n in range(200))
    files = {"app.py": f"QUEUE = []\n{table}", "test_it.py": f"import app\n\n\n{text}"}
    (cell,) = observed(tmp_path, files).cells
    runner = Runner(Options(sparing=True), tmp_path, watching=True)
    runner.run(Planned("given", 0))
    assert "suspects" in {event[0] for event in runner.watched}
    assert cell.path == "app.QUEUE"
    assert {int(test.rpartition("_")[2]) for test in cell.tests} == writes
    assert set(cell.places) == {f"test_it.py:{4 * n + 5}" for n in writes}


def test_a_list_in_the_place_of_another_one(tmp_path: Path) -> None:
    text = "def test_replaces():\n    app.QUEUE = []\n    app.QUEUE.append(1)\n\n\n"
    text += "def test_cleans():\n    app.QUEUE = []\n"
    text += "\n\ndef test_replaces_too():\n    app.TAGS = {1}\n"
    evidence = observed(tmp_path, {"app.py": APP, "test_it.py": HEAD + text})
    assert {cell.path: (len(cell.tests), cell.places, len(cell.cleaners)) for cell in evidence.cells} == {
        "app.QUEUE": (1, ("test_it.py:8",), 1),
        "app.TAGS": (1, ("test_it.py:17",), 0),
    }


def test_what_holds_the_same_in_the_place_of_another_one(tmp_path: Path) -> None:
    app = """
        CACHE, NAMES = {}, []


        class Registry:
            def __init__(self):
                self.items, self.by_name = [], {}


        registry = Registry()
    """
    changes = "    app.CACHE['a'] = 1\n    app.NAMES.append(1)\n    app.registry.items.append(2)\n"
    resets = "    app.CACHE, app.NAMES, app.registry = {}, [], app.Registry()\n"
    text = f"def test_puts_back():\n{changes}{resets}\n\ndef test_leaves():\n{changes}\n\ndef test_cleans():\n{resets}"
    others = "    app.CACHE = {'b': 1}\n    app.registry = app.Registry()\n    app.registry.items = [3]\n"
    text += f"\n\ndef test_others():\n{others}"
    evidence = observed(tmp_path, {"app.py": app, "test_it.py": HEAD + text})
    left = {cell.path: [test.partition("::")[2] for test in cell.tests] for cell in evidence.cells}
    assert left == {
        'app.CACHE["a"]': ["test_leaves"],
        "app.NAMES": ["test_leaves"],
        "app.registry.items": ["test_leaves"],
        "app.CACHE": ["test_others"],
        "app.registry": ["test_others"],
    }


def test_what_pytest_keeps_of_a_failure_is_not_a_leak(tmp_path: Path) -> None:
    assert cells(tmp_path, "import sys\n\n\ndef test_fails():\n    assert not sys\n") == {}


def test_objects_that_compute_what_they_are(tmp_path: Path) -> None:
    lazy = """
        class Lazy:
            @property
            def __class__(self):
                raise RuntimeError("not configured")

            @property
            def __dict__(self):
                raise RuntimeError("not configured")

            def __eq__(self, other):
                raise RuntimeError("not configured")

            __hash__ = object.__hash__


        settings = Lazy()
        TABLE = {settings: settings}
    """
    text = (
        "import lazy, library\n\n\ndef test_it():\n    lazy.settings = lazy.Lazy()\n    lazy.TABLE[lazy.settings] = 1\n"
    )
    text += "    library.settings = library.Lazy()\n    app.name = 'x'\n"
    files = {"app.py": APP, "lazy.py": lazy, "site-packages/library.py": lazy, "test_it.py": HEAD + text}
    evidence = observed(tmp_path, {**files, "pytest.ini": "[pytest]\npythonpath = . site-packages\n"})
    assert {cell.path for cell in evidence.cells} == {"app.name", "lazy.settings", "lazy.TABLE[…]"}


def test_the_option(tmp_path: Path) -> None:
    text = "import json\n\n\ndef test_it():\n    json.mine = 1\n    app.name = 'x'\n"
    assert cells(tmp_path, text) == {"app.name": ["test_it"]}
    done = inside("observe", "--no-heap", "--orders", "given", folder=tmp_path)
    assert (done.returncode, "app.name" in done.stdout) == (0, False)
    done = inside("observe", "--orders", "given", folder=tmp_path)
    assert done.returncode == 1
    assert "  ISO303  1      app.name  test_it.py:12  test_it.py::test_it" in done.stdout.splitlines()


def test_the_report(tmp_path: Path) -> None:
    text = "@pytest.mark.parametrize('n', range(5))\ndef test_it(n):\n    app.QUEUE.append(n)\n"
    evidence: Evidence = observed(tmp_path, {"app.py": APP, "test_it.py": HEAD + text})
    assert from_json(to_json(evidence)) == evidence
    named = [f"test_it.py::test_it[{n}]" for n in range(5)]
    lines = list(report(evidence))
    place = lines.index("State that tests leave changed:")
    assert lines[place + 1 : place + 3] == [
        "  rule    tests  what       changed at    by",
        f"  ISO303  5      app.QUEUE  test_it.py:9  {', '.join(named[:3])} and 2 more",
    ]
    assert ", 1 place left changed, " in summary(evidence)
