"""Objects that tests share, and what becomes of them: each fails before in one order, and in none after."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    """The paths, below the file's own, of what makes tests fail; the file before and after."""

    cells: tuple[str, ...]
    before: str
    after: str


CASES: dict[str, Case] = {}


def case(name: str, cells: str, before: str, after: str) -> None:
    CASES[name] = Case(tuple(cells.split()), before, after)


case(
    "class body",
    "TestGraph.graph",
    """\
class TestGraph:
    graph = []

    def test_add(self):
        self.graph.append("a")
        assert len(self.graph) == 1

    def test_empty(self):
        assert self.graph == []
""",
    """\
class TestGraph:
    def setup_method(self):
        self.graph = []

    def test_add(self):
        self.graph.append("a")
        assert len(self.graph) == 1

    def test_empty(self):
        assert self.graph == []
""",
)
case(
    "class body among others, with comments",
    'TestGraph.graph TestGraph.other["a"]',
    '''\
SIZE = 2


class TestGraph:
    """Graphs."""

    # How many there are.
    size: int = 1
    # What is in it,
    # with its text.
    graph = dict(
        a="""\\
    b""",
        n=[size, *(SIZE for _ in range(2))],
    )  # kept  \t

    other: dict = dict(a=1)
    name = "a"

    # The first one.
    def test_add(self) -> None:
        assert self.graph == {"a": "    b", "n": [1, 2, 2]}
        self.graph["b"] = self.other.pop(self.name)

    def test_empty(self) -> None:
        assert "b" not in self.graph and self.other == {"a": 1} and self.size == 1
        self.graph["b"] = 1
''',
    '''\
SIZE = 2


class TestGraph:
    """Graphs."""

    # How many there are.
    size: int = 1

    name = "a"

    def setup_method(self) -> None:
        # What is in it,
        # with its text.
        self.graph = dict(
            a="""\\
    b""",
            n=[self.size, *(SIZE for _ in range(2))],
        )  # kept  \t
        self.other: dict = dict(a=1)

    # The first one.
    def test_add(self) -> None:
        assert self.graph == {"a": "    b", "n": [1, 2, 2]}
        self.graph["b"] = self.other.pop(self.name)

    def test_empty(self) -> None:
        assert "b" not in self.graph and self.other == {"a": 1} and self.size == 1
        self.graph["b"] = 1
''',
)
case(
    "class body, with what is made of it",
    "TestGraph.graph TestGraph.names",
    """\
class TestGraph:
    graph = []
    names = {"graph": graph}
    both = [graph, names]

    def test_add(self):
        self.graph.append("a")
        self.names["a"] = 1
        assert self.both == [["a"], {"graph": ["a"], "a": 1}]

    def test_empty(self):
        assert self.both == [[], {"graph": []}]
""",
    """\
class TestGraph:
    def setup_method(self):
        self.graph = []
        self.names = {"graph": self.graph}
        self.both = [self.graph, self.names]

    def test_add(self):
        self.graph.append("a")
        self.names["a"] = 1
        assert self.both == [["a"], {"graph": ["a"], "a": 1}]

    def test_empty(self):
        assert self.both == [[], {"graph": []}]
""",
)
case(
    "a set-up that is there",
    "TestGraph.graph",
    '''\
import unittest


class TestGraph(unittest.TestCase):
    graph = {}

    def setUp(this):
        """Fill it."""
        # The first.
        this.graph["a"] = len(this.graph)

    def test_add(self):
        self.graph["b"] = 1
        self.assertEqual(self.graph["a"], 0)

    def test_empty(self):
        self.assertEqual(self.graph, {"a": 0})
''',
    '''\
import unittest


class TestGraph(unittest.TestCase):
    def setUp(this):
        """Fill it."""
        this.graph = {}
        # The first.
        this.graph["a"] = len(this.graph)

    def test_add(self):
        self.graph["b"] = 1
        self.assertEqual(self.graph["a"], 0)

    def test_empty(self):
        self.assertEqual(self.graph, {"a": 0})
''',
)
case(
    "a base with a set-up",
    "TestGraph.graph",
    """\
from unittest import TestCase


class Base(TestCase):
    def setUp(self):
        self.graph.append(0)


class TestGraph(Base):
    graph = []

    def test_add(self):
        self.assertEqual(self.graph, [0])

    def test_empty(self):
        self.assertEqual(self.graph, [0])
""",
    """\
from unittest import TestCase


class Base(TestCase):
    def setUp(self):
        self.graph.append(0)


class TestGraph(Base):
    def setUp(self):
        self.graph = []
        super().setUp()

    def test_add(self):
        self.assertEqual(self.graph, [0])

    def test_empty(self):
        self.assertEqual(self.graph, [0])
""",
)
case(
    "a base with a set-up of pytest's, that takes the method",
    "TestGraph.graph",
    """\
class Base:
    def setup_method(self, method):
        self.graph.append(method.__name__)


class TestGraph(Base):
    name = "graph"
    graph = []
    def test_add(self):
        assert self.graph == ["test_add"]

    def test_empty(self):
        assert self.graph == ["test_empty"]
""",
    """\
class Base:
    def setup_method(self, method):
        self.graph.append(method.__name__)


class TestGraph(Base):
    name = "graph"

    def setup_method(self, method):
        self.graph = []
        super().setup_method(method)

    def test_add(self):
        assert self.graph == ["test_add"]

    def test_empty(self):
        assert self.graph == ["test_empty"]
""",
)
case(
    "setUpClass with its tear-down",
    "TestGraph.graph",
    """\
from unittest import TestCase


class TestGraph(TestCase):
    name = "a"

    @classmethod
    def setUpClass(cls):
        super(TestGraph, cls).setUpClass()
        cls.graph = {cls.name: 1}  # cls
        cls.addClassCleanup(lambda: cls.graph.clear())

    @classmethod
    def tearDownClass(cls) -> None:
        cls.graph.clear()
        super().tearDownClass()

    def test_add(self):
        self.graph["b"] = 1
        self.assertEqual(len(self.graph), 2)

    def test_empty(self):
        self.assertEqual(self.graph, {"a": 1})
""",
    """\
from unittest import TestCase


class TestGraph(TestCase):
    name = "a"

    def setUp(self):
        super(TestGraph, self).setUp()
        self.graph = {self.name: 1}  # cls
        self.addCleanup(lambda: self.graph.clear())

    def tearDown(self) -> None:
        self.graph.clear()
        super().tearDown()

    def test_add(self):
        self.graph["b"] = 1
        self.assertEqual(len(self.graph), 2)

    def test_empty(self):
        self.assertEqual(self.graph, {"a": 1})
""",
)
case(
    "setup_class",
    "TestGraph.graph",
    """\
class TestGraph:
    def setup_class(klass):
        klass.graph = []

    def test_add(self):
        self.graph.append(1)
        assert self.graph == [1]

    def test_empty(self):
        assert self.graph == []
""",
    """\
class TestGraph:
    def setup_method(self):
        self.graph = []

    def test_add(self):
        self.graph.append(1)
        assert self.graph == [1]

    def test_empty(self):
        assert self.graph == []
""",
)
case(
    "setup_class whose parameter is called self",
    "TestGraph.graph",
    """\
class TestGraph:
    @classmethod
    def setup_class(self):
        self.graph = []

    @classmethod
    def teardown_class(self):
        pass

    def test_add(self):
        self.graph.append(1)
        assert self.graph == [1]

    def test_empty(self):
        assert self.graph == []
""",
    """\
class TestGraph:
    def setup_method(self):
        self.graph = []

    def teardown_method(self):
        pass

    def test_add(self):
        self.graph.append(1)
        assert self.graph == [1]

    def test_empty(self):
        assert self.graph == []
""",
)
case(
    "module level, with what is made of it",
    "queue client.seen",
    """\
import collections

queue = collections.deque(
    [0],
    maxlen=3,
)
other = {"b": 1}
client: dict = (
    {
        "queue": queue, "size": len(queue)}
)  # of it


def put(item):
    queue.append(item)


# The first one.
def test_add():
    put(1)
    assert list(queue) == [0, 1] and client["queue"] is queue


class TestEmpty:
    def test_empty(self):
        client["seen"] = other
        assert list(queue) == [0] and client == {"queue": queue, "size": 1, "seen": {"b": 1}}
""",
    """\
import collections

import pytest

queue = collections.deque(
    [0],
    maxlen=3,
)
other = {"b": 1}
client: dict = (
    {
        "queue": queue, "size": len(queue)}
)  # of it


@pytest.fixture(autouse=True)
def _new_queue():
    \"\"\"Recreate queue and client for each test.\"\"\"
    global queue, client
    queue = collections.deque(
        [0],
        maxlen=3,
    )
    client = (
        {
            "queue": queue, "size": len(queue)}
    )


def put(item):
    queue.append(item)


# The first one.
def test_add():
    put(1)
    assert list(queue) == [0, 1] and client["queue"] is queue


class TestEmpty:
    def test_empty(self):
        client["seen"] = other
        assert list(queue) == [0] and client == {"queue": queue, "size": 1, "seen": {"b": 1}}
""",
)
case(
    "module level, a number that tests count up, below an import of pytest's fixture",
    "COUNT",
    """\
from unittest import TestCase

from pytest import fixture

COUNT = 0

@fixture(autouse=True)
def counted() -> None:
    global COUNT
    COUNT += 1


class TestCount(TestCase):
    def test_one(self) -> None:
        self.assertEqual(COUNT, 1)

    def test_two(self) -> None:
        self.assertEqual(COUNT, 1)
""",
    """\
from unittest import TestCase

from pytest import fixture

COUNT = 0


@fixture(autouse=True)
def _new_count() -> None:
    \"\"\"Recreate COUNT for each test.\"\"\"
    global COUNT
    COUNT = 0


@fixture(autouse=True)
def counted() -> None:
    global COUNT
    COUNT += 1


class TestCount(TestCase):
    def test_one(self) -> None:
        self.assertEqual(COUNT, 1)

    def test_two(self) -> None:
        self.assertEqual(COUNT, 1)
""",
)
case(
    "fixtures of wide scopes",
    "",
    """\
import types

import pytest


@pytest.fixture(scope="module")
def users():
    return ["root"]


@pytest.fixture(  # for all of them
    autouse=True, scope="class"
)
def client():
    made = types.SimpleNamespace(token=None)
    yield made
    assert made.token


def test_add(users, client):
    assert client.token is None
    client.token = "a"
    users.append("b")
    assert len(users) == 2


def test_empty(users, client):
    assert users == ["root"]
    assert client.token is None
    client.token = "b"
    users.append("c")
""",
    """\
import types

import pytest


@pytest.fixture
def users():
    return ["root"]


@pytest.fixture(autouse=True)
def client():
    made = types.SimpleNamespace(token=None)
    yield made
    assert made.token


def test_add(users, client):
    assert client.token is None
    client.token = "a"
    users.append("b")
    assert len(users) == 2


def test_empty(users, client):
    assert users == ["root"]
    assert client.token is None
    client.token = "b"
    users.append("c")
""",
)
case(
    "fixtures whose value other code changes",
    "router.routes TestMore.names seen",
    """\
import pytest


class Router:
    def __init__(self):
        self.routes = set()

    def register(self, name):
        self.routes.add(name)


def add(names):
    names.append("x")


@pytest.fixture(scope="module")
def router():
    return Router()


def test_registers(router):
    router.register("a")
    assert router.routes == {"a"}


def test_begins_empty(router):
    assert not router.routes


@pytest.fixture(scope="session")
def seen():
    return []


def test_sees(seen):
    add(seen)
    assert seen == ["x"]


def test_sees_none(seen):
    assert seen == []


class TestMore:
    @pytest.fixture(scope="class")
    def names(self):
        names = []
        yield names

    def test_adds(self, names):
        add(names)
        assert "x" in names

    def test_none(self, names):
        assert names == []
""",
    """\
import pytest


class Router:
    def __init__(self):
        self.routes = set()

    def register(self, name):
        self.routes.add(name)


def add(names):
    names.append("x")


@pytest.fixture
def router():
    return Router()


def test_registers(router):
    router.register("a")
    assert router.routes == {"a"}


def test_begins_empty(router):
    assert not router.routes


@pytest.fixture
def seen():
    return []


def test_sees(seen):
    add(seen)
    assert seen == ["x"]


def test_sees_none(seen):
    assert seen == []


class TestMore:
    @pytest.fixture
    def names(self):
        names = []
        yield names

    def test_adds(self, names):
        add(names)
        assert "x" in names

    def test_none(self, names):
        assert names == []
""",
)
