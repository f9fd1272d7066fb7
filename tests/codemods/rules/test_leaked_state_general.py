"""ISO303: the general fixture, which puts back whatever is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.codemods.rules.test_leaked_state import PATH, RUN, failures, fix, write

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


# The module, the path, what a test does to it, and what others expect of it.
GENERAL = [
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
]


def test_the_general_fixture(tmp_path: Path) -> None:
    """All of them at once, each in a file of tests and a module of its own."""
    cells = []
    for number, (text, cell, *statements) in enumerate(GENERAL):
        module = f"app{number}"
        pollutes, clean = (re.sub(r"\bapp\b", module, each) for each in statements)
        tests = RUN.format(imports=module, pollutes=pollutes, clean=clean)
        write(tmp_path, {f"{module}.py": text, f"test_{number}.py": re.sub(r"(def test_\w+)", rf"\1_{number}", tests)})
        cells.append(cell.replace("app.", f"{module}."))
    failing = failures(tmp_path)
    names = [f"test_clean{when}_{number}" for number in range(len(GENERAL)) for when in ("", "_again", "_at_the_end")]
    assert [name for name in names if name not in failing] == [f"test_clean_{n}" for n in range(len(GENERAL))]
    write(tmp_path, {PATH: fix("import pytest\n", *cells)})
    assert failures(tmp_path) == set()


@pytest.mark.parametrize(("text", "cell"), [row[:2] for row in GENERAL])
def test_what_only_the_general_fixture_puts_back(tmp_path: Path, text: str, cell: str) -> None:
    write(tmp_path, {"app.py": text, "test_it.py": "import app\n"})
    assert "def restore_state()" in fix("import pytest\n", cell, root=tmp_path)


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
