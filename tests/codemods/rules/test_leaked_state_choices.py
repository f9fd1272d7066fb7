"""ISO303: which state gets a short fixture, and what is left to the general one or to the project."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD
from isolator.engine import engine
from isolator.engine.engine import Selection
from isolator.guard.compare import differences
from tests.codemods.rules.test_leaked_state import CONTEXT, PATH, failures, fix, write

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


KINDS = """
import functools
import threading


def go():
    pass


class Described:
    def __get__(self, instance, owner):
        return 1


class Plain:
    pass


class Above:
    @property
    def prop(self):
        return 1

    @prop.setter
    def prop(self, value):
        pass


class Kinds(Above):
    static = staticmethod(go)
    cached = functools.cached_property(go)
    described = Described()
    lock = threading.Lock()
    plain = Plain()
    pair = (1, 2)

    def __init__(self):
        self.prop = 1
        self.size = 1

    @classmethod
    def bind(cls, other):
        cls.static = cls.cached = cls.described = cls.lock = cls.plain = cls.pair = other


kinds = Kinds()
kinds.prop = kinds.size = 2
"""


@pytest.mark.parametrize(
    ("cells", "short"),
    [
        (("app.db.handlers",), True),
        (("app.db.single.by", "app.db.single.size"), True),
        (("app.db.handlers", "app.db.others", "app.db.more"), True),
        (("app.db.handlers", "app.db.others", "app.db.more", "app.db.single.by"), True),
        (("app.db.Engine.pool",), False),  # app.base is not known
        (("app.db.engine.size",), False),
        (("app.db.DEEP",), False),
        (("app.db.LATER",), False),  # made twice
        (("app.db.counts",), False),
        (("app.db.names",), False),
        (("app.db.single",), False),  # nothing assigns it again: only its contents change
        (("app.db.Plain.size",), False),  # an attribute of objects
        (("app.late.handlers",), False),  # no test imports it at its top
        (("app.config.handlers",), False),  # the package has something else of that name
        (("app.config.Config.by",), True),
        (("app.kinds.Kinds.static",), False),  # the class gives a function, and would be given one
        (("app.kinds.Kinds.cached",), False),
        (("app.kinds.Kinds.described",), False),
        (("app.kinds.Kinds.lock", "app.kinds.Kinds.plain", "app.kinds.Kinds.pair"), True),
        (("app.kinds.kinds.prop",), False),
        (("app.kinds.kinds.size",), True),
        (("app.hidden.handlers",), False),  # a module that is something else when it is imported
    ],
)
def test_choices(tmp_path: Path, cells: tuple[str, ...], short: bool) -> None:
    files = {
        "app/__init__.py": "from app.config import config\n",
        "app/config.py": "class Config:\n    by = {}\n\n\nconfig = Config()\nhandlers = {}\n",
        "app/db.py": DB,
        "app/late.py": "handlers = {}\n",
        "app/kinds.py": KINDS,
        "app/hidden.py": "import sys\n\nhandlers = {}\nsys.modules[__name__] = object()\n",
        "tests/test_a.py": "import app.db, app.kinds, app.hidden\n\n\ndef test_a():\n    import app.late\n",
        "tests/test_b.py": "import pytest\n\npytest.importorskip('nothing')\nimport app.late\n",
    }
    write(tmp_path, files)
    after = fix("import pytest\n", *cells, root=tmp_path)
    assert ("def restore_state(" in after) is not short
    assert after.count("@pytest.fixture") == (len(cells) if short else 1)
    compile(after, PATH, "exec")


def test_where_the_general_one_is_needed_it_is_for_all(tmp_path: Path) -> None:
    """Each can be left out by itself: without the general one the short one is what there is."""
    write(tmp_path, {"app.py": "handlers = {}\n", "test_it.py": "import app\n"})
    context = replace(CONTEXT, leaked=("app.handlers", "app.unknown"), root=tmp_path, source_roots=(tmp_path,))
    found = {
        name: engine.rewrite(b"", PATH, context, Selection(without=frozenset({f"{PATH}::{name}"}))).source.decode()
        for name in ("nothing", "restore_handlers", "restore_state")
    }
    assert '_LEAKED_STATE = ["app.handlers", "app.unknown"]\n' in found["nothing"]
    assert '_LEAKED_STATE = ["app.unknown"]\n' in found["restore_handlers"]
    assert re.findall(r"def (\w+)", found["restore_state"]) == ["restore_handlers"]
    assert engine.rewrite(found["nothing"].encode(), PATH, context, Selection()).source.decode() == found["nothing"]


SUPPORT = """
import functools

_names = []
tags = {"a": 1}
_error = None
count = 0


def fail(error):
    global _error, _names
    _error, _names = error, [error]


@functools.cache
def get():
    return count
"""
USES = """
from app import support


def test_a():
    assert support._error is None and support._names == [] and support.tags == {"a": 1}
    assert support.count == support.get() == 0
    support.fail("x")
    support.tags.clear()
    support.count += 1
    support.get.cache_clear()
    support.get()


def test_b():
    test_a()
"""
TOGETHER = '''\
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def restore_support() -> Iterator[None]:
    """Restore app.support after each test."""
    from app import support

    names = support._names
    saved_names = list(names)
    saved_tags = dict(support.tags)
    saved_error = support._error
    saved_count = support.count
    yield
    names[:] = saved_names
    support._names = names
    support.tags.clear()
    support.tags.update(saved_tags)
    support._error = saved_error
    support.count = saved_count
    support.get.cache_clear()
'''


def test_many_of_one_module_are_put_back_together(tmp_path: Path) -> None:
    write(tmp_path, {"app/__init__.py": "", "app/support.py": SUPPORT, "test_it.py": USES, PATH: ""})
    assert failures(tmp_path) == {"test_b"}
    cells = [f"app.support.{name}" for name in ("_names", "tags", "_error", "count", "get")]
    after = fix("", *cells, root=tmp_path)
    assert after == TOGETHER
    write(tmp_path, {PATH: after})
    assert failures(tmp_path) == set()
    three = fix("", *cells[:3], root=tmp_path)
    assert re.findall(r"def (\w+)", three) == ["restore_names", "restore_tags", "restore_error"]


def test_many_of_one_file_of_tests(tmp_path: Path) -> None:
    names = ("a", "b", "c", "d")
    text = "".join(f"{name} = [1]\n" for name in names)
    text += "\n\ndef test_it():\n    assert a == b == c == d == [1]\n    for each in a, b, c, d:\n"
    text += "        each.append(2)\n\n\ntest_again = test_it\n"
    write(tmp_path, {"test_it.py": text})
    assert failures(tmp_path) == {"test_again"}
    context = replace(CONTEXT, leaked=tuple(f"test_it.py::{each}" for each in names), root=tmp_path)
    source = Source(text, "test_it.py")
    (match,) = CODEMOD.find(source, context)
    assert match.finding.fixture == "_restore_file"
    assert CODEMOD.apply is not None
    write(tmp_path, {"test_it.py": CODEMOD.apply(source, context, [match])})
    assert failures(tmp_path) == set()


@pytest.mark.parametrize(("number", "short"), [(12, True), (13, False)])
def test_of_many_a_list_is_shorter(tmp_path: Path, number: int, short: bool) -> None:
    modules = {f"app{n}.py": "names = []\n" for n in range(number)}
    tests = "".join(f"import app{n}\n" for n in range(number))
    write(tmp_path, {**modules, "test_it.py": tests})
    after = fix("import pytest\n", *(f"app{n}.names" for n in range(number)), root=tmp_path)
    assert ("def restore_state(" in after) is not short
    assert after.count("@pytest.fixture") == (number if short else 1)


SEEN = """
import other
import sys

HERE = sys.modules[__name__]


class Meta(type):
    def __new__(mcls, name, bases, attributes):
        return super().__new__(mcls, name, bases, attributes)


class Config(metaclass=Meta):
    registry = []
    current = None


class Slotted:
    __slots__ = ("added", "__dict__")


class Tracer(other.Tracer):
    __made = None

    def __init__(self):
        self.spans = other.made()

    def clear(self):
        self.cleared = []


tracer = Tracer()
slotted = Slotted()
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
        ({'app.by["a"]': "dict", 'app.by["b"]': "list"}, "saved[key][:] = content"),  # a list in the dict
        ({'app.by["b"]': "set"}, "inner = {key: set(value) for key, value in saved.items() if isinstance(value, set)}"),
        ({'app.by["a"]["b"]': "dict"}, "saved[key].clear()\n        saved[key].update(content)"),
        ({'app.by["a"]["b"]': "list"}, None),  # a list in a dict in the dict
        ({'app.by["a"]["b"]["c"]': "dict"}, None),
        ({'app.by["a"]': "list", 'app.by["b"]': "set"}, None),
        ({'app.by["a"]': "deque"}, None),
        ({"app.by[1]": "list"}, None),  # it may be a list
        ({"app.by[1]": "list", "app.by[2]": "dict"}, "saved[key][:] = content"),
        ({'app.by["a"].size': "value"}, None),  # an object in the dict
        ({"app.by": "value", 'app.by["a"]': "dict"}, "by = app.by\n    saved = dict(by)\n    yield\n    by.clear()"),
        ({"app.Config.made": "new"}, 'saved = dict(vars(Config))\n    yield\n    if "made" in saved:'),
        ({"app.Config.made": "new"}, 'elif "made" in vars(Config):\n        del Config.made'),
        ({"app.added": "new"}, 'elif "added" in vars(app):\n        del app.added'),
        ({"app.tracer.added": "new"}, "saved = dict(vars(tracer))"),
        ({"app.slotted.added": "new"}, None),
        ({"app.made.added": "new"}, None),  # what it is an object of is not known
        ({"app.made.items": "list"}, "saved = list(made.items)\n    yield\n    made.items[:] = saved"),
        ({"app.made.items": "value"}, None),
        ({"app.made.__items": "list"}, None),
        ({"app.tracer.cleared": "list"}, "saved = list(tracer.cleared)"),
        ({"app.added": "new", 'app.added["a"]': "dict"}, None),
        ({"app.later": "list"}, None),  # None at first
        ({"app.later": "value"}, "saved = app.later"),
        ({"app.later": "plain", 'app.later["a"]["b"]': "dict"}, "saved = app.later\n    yield\n    app.later = saved"),
        ({"app.by": "plain"}, None),  # a dict in the source
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
    """Restore app._conf.Config.registry after each test."""
    saved = list(Settings.registry)
    yield
    Settings.registry[:] = saved


@pytest.fixture(autouse=True)
def restore_defaults() -> Iterator[None]:
    """Restore app._conf.DEFAULTS after each test."""
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
    assert after.count("def restore_a_names(") == after.count("def restore_b_names(") == 1


def test_two_of_a_name_in_classes_of_a_name(tmp_path: Path) -> None:
    text = "class A:\n    names = []\n"
    write(tmp_path, {"app/one.py": text, "app/two.py": text, "test_it.py": "import app.one, app.two\n"})
    after = fix("import pytest\n", "app.one.A.names", "app.two.A.names", root=tmp_path)
    assert re.findall(r"def (\w+)", after) == ["restore_app_one_a_names", "restore_app_two_a_names"]


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "names = []\n", "test_it.py": "import app\n"})
    text = "import pytest\n\nrestore_names = restore_app_names = 1\n"
    source = Source(text, PATH)
    context = replace(CONTEXT, leaked=("app.names",), root=tmp_path, source_roots=(tmp_path,))
    (match,) = CODEMOD.find(source, context)
    assert (match.finding.refusal, match.finding.fix) == ("name-taken", None)


def test_the_guard_welcomes_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "names = []\n", "test_it.py": "import app\n"})
    before = "import pytest\n"
    context = replace(CONTEXT, leaked=("app.names",), root=tmp_path, source_roots=(tmp_path,))
    templates = CODEMOD.adds(Source(before, PATH), context).templates
    after = fix(before, "app.names", root=tmp_path)
    assert differences(before, after, additions=True, templates=templates) is None
    for old, new in [
        ("list(app.names)", "[]"),
        ("app.names[:]", "app.other[:]"),
        ("(autouse=True)", ""),
        ("yield", "yield 1"),
    ]:
        assert differences(before, after.replace(old, new), additions=True, templates=templates) is not None
