"""ISO303: which state gets a short fixture, and that the general one deals with all other."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD
from tests.codemods.rules.test_leaked_state import CONTEXT, PATH, failures, fix, run, write

OBJECTS = """
import dataclasses


class Slots:
    __slots__ = ("jobs", "name", "unset")

    def __init__(self):
        self.jobs, self.name = [], "a"


class Refusing:
    def __init__(self):
        vars(self).update(jobs=[], name="a")

    def __setattr__(self, name, value):
        raise TypeError(name)

    __delattr__ = __setattr__


@dataclasses.dataclass(frozen=True)
class Frozen:
    jobs: list = dataclasses.field(default_factory=list)
    name: str = "a"


class Base:
    name, jobs = "a", []

    @property
    def computed(self):
        return vars(self).setdefault("_computed", 1 / 0)


class Derived(Base):
    pass


class Meta(type):
    def __setattr__(cls, name, value):
        raise TypeError(name)

    __delattr__ = __setattr__


class Sealed(metaclass=Meta):
    name, jobs = "a", []


class Lazy:
    def __getattr__(self, name):
        raise RuntimeError(name)


def __getattr__(name):
    raise ImportError(name)


slots, refusing, frozen, derived, lazy = Slots(), Refusing(), Frozen(), Derived(), Lazy()
"""
CONTAINERS = """
import collections
import weakref


class Item:
    pass


ITEMS = [Item(), Item()]
NESTED, LISTS, BY = {"a": [1], "b": {"c": {1}}}, [[1]], collections.defaultdict(list, a=[1])
ORDERED = collections.OrderedDict(a=[], b=[])
WEAK_VALUES, WEAK_KEYS = weakref.WeakValueDictionary(a=ITEMS[0]), weakref.WeakKeyDictionary({ITEMS[0]: 1})
WEAK_SET = weakref.WeakSet(ITEMS[:1])
USER, USERS, CHAIN = collections.UserDict(a=1), collections.UserList([1]), collections.ChainMap({}, {"a": 1})
CIRCLE = {"a": []}
CIRCLE["self"] = CIRCLE
HELD = NESTED["a"]
"""


@pytest.mark.parametrize(
    ("app", "cell", "pollutes", "clean"),
    [
        (OBJECTS, "app.slots.jobs", "app.slots.jobs.append(1)", "app.slots.jobs == []"),
        (OBJECTS, "app.slots.name", "app.slots.name = 'b'", "app.slots.name == 'a'"),
        (OBJECTS, "app.slots.unset", "app.slots.unset = 1", "not hasattr(app.slots, 'unset')"),
        (OBJECTS, "app.refusing.jobs", "app.refusing.jobs.append(1)", "app.refusing.jobs == []"),
        (OBJECTS, "app.refusing.name", "vars(app.refusing)['name'] = 1", "app.refusing.name == 'a'"),
        (OBJECTS, "app.refusing.new", "vars(app.refusing)['new'] = 1", "'new' not in vars(app.refusing)"),
        (OBJECTS, "app.frozen.name", "object.__setattr__(app.frozen, 'name', 1)", "app.frozen.name == 'a'"),
        (OBJECTS, "app.derived.name", "app.derived.name = 'b'", "app.derived.name == 'a' == app.Base.name"),
        (
            OBJECTS,
            "app.Derived.name",
            "app.Derived.name = 'b'",
            "app.Derived.name == 'a' and len(vars(app.Derived)) < 5",
        ),
        (OBJECTS, "app.Derived.jobs", "app.derived.jobs.append(1)", "app.Derived.jobs == []"),
        (OBJECTS, "app.derived._computed", "vars(app.derived)['_computed'] = 1", "not vars(app.derived)"),
        (OBJECTS, "app.Sealed.name", "type.__setattr__(app.Sealed, 'name', 1)", "app.Sealed.name == 'a'"),
        (OBJECTS, "app.Sealed.new", "type.__setattr__(app.Sealed, 'new', 1)", "not hasattr(app.Sealed, 'new')"),
        (OBJECTS, "app.Sealed.jobs", "app.Sealed.jobs.append(1)", "app.Sealed.jobs == []"),
        (OBJECTS, "app.lazy", "app.lazy = 1", "app.lazy != 1"),
        (OBJECTS, "app.made", "app.made = 1", "'made' not in vars(app)"),
        (CONTAINERS, 'app.NESTED["a"]', "app.HELD.append(2)", "app.NESTED['a'] == [1] and app.NESTED['a'] is app.HELD"),
        (CONTAINERS, 'app.NESTED["b"]["c"]', "app.NESTED['b']['c'].add(2)", "app.NESTED['b'] == {'c': {1}}"),
        (
            CONTAINERS,
            'app.NESTED["a"]',
            "del app.NESTED['a'][:], app.NESTED['a']",
            "app.NESTED['a'] == [1] == app.HELD",
        ),
        (CONTAINERS, "app.LISTS[0]", "app.LISTS[0].append(2)", "app.LISTS == [[1]]"),
        (
            CONTAINERS,
            'app.BY["a"]',
            "app.BY['a'].append(2); app.BY['b']",
            "app.BY == {'a': [1]} and app.BY.default_factory",
        ),
        (CONTAINERS, "app.ORDERED", "app.ORDERED.move_to_end('a')", "[*app.ORDERED] == ['a', 'b']"),
        (CONTAINERS, "app.WEAK_VALUES", "app.WEAK_VALUES['b'] = app.ITEMS[1]", "[*app.WEAK_VALUES] == ['a']"),
        (CONTAINERS, "app.WEAK_KEYS", "app.WEAK_KEYS.clear()", "len(app.WEAK_KEYS) == 1"),
        (CONTAINERS, "app.WEAK_SET", "app.WEAK_SET.update(app.ITEMS)", "len(app.WEAK_SET) == 1"),
        (CONTAINERS, "app.USER", "app.USER['b'] = 1", "app.USER == {'a': 1}"),
        (CONTAINERS, "app.USERS", "app.USERS.append(2)", "app.USERS == [1]"),
        (CONTAINERS, "app.CHAIN.maps", "app.CHAIN['b'] = 1; app.CHAIN.maps.pop()", "app.CHAIN.maps == [{}, {'a': 1}]"),
        (CONTAINERS, "app.CIRCLE", "app.CIRCLE['b'] = 1", "[*app.CIRCLE] == ['a', 'self']"),
    ],
)
def test_the_general_fixture(tmp_path: Path, app: str, cell: str, pollutes: str, clean: str) -> None:
    assert "def restore_state()" in run(tmp_path, app, cell, pollutes, clean)


@pytest.mark.parametrize(
    "cell",
    [
        "app.derived.computed",
        "app.lazy.x.y",
        "app.None_.x",
        "app.missing.y.z()",
        "app.Derived()",
        "app.lazy.x",
        "nothing.x",
    ],
)
def test_what_is_not_there_is_left_alone(tmp_path: Path, cell: str) -> None:
    write(tmp_path, {"app.py": f"{OBJECTS}None_ = None\n", "test_it.py": "import app\n\n\ndef test_it():\n    pass\n"})
    write(tmp_path, {PATH: fix("import pytest\n", cell, root=tmp_path)})
    assert failures(tmp_path) == set()


def test_another_package(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "installed/schedule/__init__.py": "class Scheduler:\n    def __init__(self):\n        self.jobs = []\n\n\n"
            "default_scheduler = Scheduler()\n"
        },
    )
    cell, pollutes = "schedule.default_scheduler.jobs", "app.schedule.default_scheduler.jobs.append(1)"
    tests = "import app\n\n\ndef test_a():\n    {0}\n\n\ndef test_b():\n    {0}\n    assert len({1}) == 1\n"
    write(
        tmp_path,
        {"app.py": "import schedule\n", "test_it.py": tests.format(pollutes, "app.schedule.default_scheduler.jobs")},
    )
    assert failures(tmp_path) == {"test_b"}
    write(tmp_path, {PATH: fix("import pytest\n", cell, root=tmp_path)})
    assert failures(tmp_path) == set()


DB = """
import app.base


class Engine(app.base.Engine):
    pool, other = [], None

    def __init__(self):
        self.size = 1


class Plain:
    def __init__(self):
        self.size = 1
        self.by = {}

    def bind(self, other):
        self.size = other.size


engine = Engine()
DEEP = {'a': []}
LATER = {}
single = Plain()
names: dict[str, list[str]] = {}
counts = {}
counts.setdefault("a", []).append(1)
if engine:
    LATER = {}
handlers = {}
others = {}
more = {}
"""


@pytest.mark.parametrize(
    ("cells", "short"),
    [
        (("app.db.handlers",), True),
        (("app.db.single.by", "app.db.single.size"), True),
        (("app.db.handlers", "app.db.others", "app.db.more"), True),
        (("app.db.handlers", "app.db.others", "app.db.more", "app.db.single.by"), False),
        (("app.db.handlers", "app.db.unknown"), False),
        (("app.db.Engine.pool",), False),  # app.base is not known
        (("app.db.engine.size",), False),
        (("app.db.DEEP",), False),
        (("app.db.LATER",), False),  # made twice
        (("app.db.counts",), False),
        (("app.db.names",), False),
        (("app.db.single",), False),  # nothing binds it anew: it is what it holds
        (("app.db.Plain.size",), False),  # an attribute of objects
        (("app.late.handlers",), False),  # no test imports it at its top
        (("app.config.handlers",), False),  # the package has something else of that name
        (("app.config.Config.by",), True),
    ],
)
def test_choices(tmp_path: Path, cells: tuple[str, ...], short: bool) -> None:
    files = {
        "app/__init__.py": "from app.config import config\n",
        "app/config.py": "class Config:\n    by = {}\n\n\nconfig = Config()\nhandlers = {}\n",
        "app/db.py": DB,
        "app/late.py": "handlers = {}\n",
        "tests/test_a.py": "import app.db\n\n\ndef test_a():\n    import app.late\n",
        "tests/test_b.py": "import pytest\n\npytest.importorskip('nothing')\nimport app.late\n",
    }
    write(tmp_path, files)
    after = fix("import pytest\n", *cells, root=tmp_path)
    assert ("def restore_state(" in after) is not short
    assert after.count("@pytest.fixture") == (len(cells) if short else 1)
    compile(after, PATH, "exec")


SEEN = """
import other


class Meta(type):
    def __new__(mcls, name, bases, attributes):
        return super().__new__(mcls, name, bases, attributes)


class Config(metaclass=Meta):
    registry = []
    current = None


class Tracer(other.Tracer):
    __made = None

    def __init__(self):
        self.spans = other.made()


tracer = Tracer()
NAMES, MORE = [], []
names = []
by = {}
later = None
made = other.made()
"""


@pytest.mark.parametrize(
    ("kinds", "body"),
    [
        ({"app.Config.registry": "list"}, "saved = list(Config.registry)\n    yield\n    Config.registry[:] = saved"),
        ({"app.Config.current": "value"}, "saved = Config.current\n    yield\n    Config.current = saved"),
        ({"app.Tracer._Tracer__made": "value"}, "saved = Tracer._Tracer__made"),
        ({"app.tracer.spans": "deque"}, "tracer.spans.clear()\n    tracer.spans.extend(saved)"),
        ({"app.made": "set"}, "saved = set(app.made)"),
        ({"app.made": "value"}, "saved = app.made\n    yield\n    app.made = saved"),
        ({"app.names": "list"}, "app.names[:] = saved"),
        ({"app.names": "value"}, "names = app.names\n    saved = list(names)\n    yield"),
        ({'app.by["a"]': "dict", 'app.by["b"]': "dict"}, "saved = dict(app.by)"),
        ({'app.by["a"]': "dict", 'app.by["b"]': "list"}, None),  # a list in the dict
        ({'app.by["a"]["b"]': "dict"}, None),
        ({'app.by["a"]': "value"}, None),  # an object in the dict
        ({"app.later": "list"}, None),  # None at first
        ({"app.later": "value"}, "saved = app.later"),
        ({"app.NAMES": "list"}, None),  # not made by a statement of its own
        ({"app.unknown": "list"}, None),
    ],
)
def test_what_was_seen(tmp_path: Path, kinds: dict[str, str], body: str | None) -> None:
    write(tmp_path, {"app.py": SEEN, "test_it.py": "import app\n"})
    after = fix("import pytest\n", *kinds, root=tmp_path, kinds=kinds)
    assert (body or "def restore_state(") in after
    assert ("def restore_state(" in after) is (body is None)


def test_what_the_conftest_imports_is_used(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "from ._conf import Config\n",
        "app/_conf.py": "class Config:\n    registry = []\n\n\nDEFAULTS = {}\n",
        "test_it.py": "",
    }
    write(tmp_path, files)
    before = "import pytest\n\nimport app._conf as conf\nfrom app import Config as Settings\n"
    after = fix(before, "app._conf.Config.registry", "app._conf.DEFAULTS", root=tmp_path)
    assert (
        after
        == f'''from collections.abc import Iterator

{before}

@pytest.fixture(autouse=True)
def restore_registry() -> Iterator[None]:
    """Put back what tests leave in app._conf.Config.registry."""
    saved = list(Settings.registry)
    yield
    Settings.registry[:] = saved


@pytest.fixture(autouse=True)
def restore_defaults() -> Iterator[None]:
    """Put back what tests leave in app._conf.DEFAULTS."""
    saved = dict(conf.DEFAULTS)
    yield
    conf.DEFAULTS.clear()
    conf.DEFAULTS.update(saved)
'''
    )


@pytest.mark.parametrize(
    ("body", "covers"),
    [
        ("saved = list(app.NAMES)\n    yield\n    app.NAMES[:] = saved", True),
        ("names = app.NAMES\n    yield\n    names.clear()", True),
        ("yield\n    assert app.NAMES == []", False),
        ("app.NAMES.clear()\n    yield", False),
        ("app.NAMES.clear()", False),
        ("yield\n    app.OTHER.clear()", False),
    ],
)
def test_a_fixture_of_the_project(tmp_path: Path, body: str, covers: bool) -> None:
    write(tmp_path, {"app.py": "NAMES = []\nOTHER = []\n"})
    before = f"import pytest\n\nimport app\n\n\n@pytest.fixture(autouse=True)\ndef clean():\n    {body}\n"
    assert (fix(before, "app.NAMES", root=tmp_path) == before) is covers


def test_two_of_a_name(tmp_path: Path) -> None:
    write(
        tmp_path, {"app.py": "class A:\n    names = []\n\n\nclass B:\n    names = []\n", "test_it.py": "import app\n"}
    )
    after = fix("import pytest\n", "app.A.names", "app.B.names", root=tmp_path)
    assert after.count("def restore_names(") == after.count("def restore_b_names(") == 1


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "names = []\n", "test_it.py": "import app\n"})
    text = "import pytest\n\nrestore_names = restore_app_names = 1\n"
    source = Source(text, PATH)
    context = CONTEXT.__class__(leaked=("app.names",), fixture=CONTEXT.fixture, root=tmp_path, source_roots=(tmp_path,))
    (match,) = CODEMOD.find(source, context)
    assert (match.finding.refusal, match.finding.fix) == ("name-taken", None)
