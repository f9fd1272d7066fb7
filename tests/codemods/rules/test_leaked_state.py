"""ISO303: what a conftest looks like with the state put back, and that it then is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

import fixtures_templates
from codemods.context import Context, Fixture
from codemods.python.source import Source
from codemods.rules.leaked_state import CODEMOD, RULE
from isolator.guard.compare import differences

PATH = "conftest.py"
_RUNS = count(10_000)  # what was found of a source tree is kept for a run
CONTEXT = Context(leaked=('app.registry.HANDLERS["json"]',), fixture=Fixture(PATH))
REGISTRY, BEFORE, AFTER = re.findall(r"```python\n(.*?)```", RULE.doc, re.DOTALL)
TEMPLATE = Path(fixtures_templates.__file__).with_name("restore_state.py").read_text()


def fix(text: str, *leaked: str, root: Path | None = None, kinds: dict[str, str] | None = None) -> str:
    source, context = Source(text, PATH), replace(CONTEXT, leaked=leaked, kinds=tuple((kinds or {}).items()))
    if root is not None:
        context = replace(context, root=root, source_roots=(root,), run=next(_RUNS))
    found = CODEMOD.find(source, context)
    assert {(m.finding.code, m.finding.fix, m.finding.refusal) for m in found} <= {("ISO303", "safe", None)}
    assert CODEMOD.apply is not None
    after = CODEMOD.apply(source, context, found)
    assert CODEMOD.find(Source(after, PATH), context) == []
    assert CODEMOD.apply(Source(after, PATH), context, []) == after
    added = CODEMOD.adds(source, context)
    assert differences(text, after, additions=True, templates=added.templates) is None
    return after


def failures(folder: Path) -> set[str]:
    """The tests that fail; an error is none."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short"]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(folder / "installed")}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    found = set(re.findall(r"^FAILED \S+::(\w+)", done.stdout, re.MULTILINE))
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    assert "\nERROR " not in done.stdout, done.stdout
    return found


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_the_page_shows_what_happens(tmp_path: Path) -> None:
    tests = "from app.registry import HANDLERS, register\n\n\ndef test_it():\n    register('json', 1)\n"
    write(tmp_path, {"app/registry.py": REGISTRY, "app/__init__.py": "", "test_it.py": tests})
    assert fix(BEFORE, 'app.registry.HANDLERS["json"]', root=tmp_path) == AFTER
    assert all(f"- `{refusal.code}`" in RULE.doc for refusal in RULE.refusals)


def test_the_list_is_completed() -> None:
    before = fix("import pytest\n", "app.registry.HANDLERS")
    assert TEMPLATE.partition("_CONTAINERS")[2] == before.partition("_CONTAINERS")[2]
    after = fix(before, "app.registry.HANDLERS", "app.db.Engine._instance")
    assert after == before.replace('HANDLERS"]', 'HANDLERS", "app.db.Engine._instance"]')


@pytest.mark.parametrize(
    ("cell", "name", "listed"),
    [
        ("app.cached", "restore_state", '["app.cached"]'),
        ("app.gather()[0]", "restore_state", '["app.gather()"]'),
        ("tests/test_a.py::CASES", "restore_state", '["tests/test_a.py::CASES"]'),
        ("schedule.default_scheduler.jobs", "restore_state", '["schedule.default_scheduler.jobs"]'),
        ('logging.getLogger("app").level', "restore_loggers", '["app"]'),
        ("logging.root.handlers", "restore_loggers", '["root"]'),
        ("./data/out", "restore_files", '["data/out"]'),
        ("logging.root.manager.disable", "isolate_logging", None),
        ("asyncio.get_event_loop()", "new_event_loop", None),
        ("sqlalchemy.orm.close_all_sessions()", "close_connections", None),
    ],
)
def test_each_kind(cell: str, name: str, listed: str | None) -> None:
    after = fix("import pytest\n", cell)
    assert f"def {name}(" in after
    assert listed is None or f" = {listed}\n" in after


@pytest.mark.parametrize(
    "cell",
    [
        "os.umask()",
        "sys.modules",
        'sys.modules["app"]',
        "~/x",
        "./../x",
        "/etc/x",
        "…/x",
        'os.environ["A"]',
        "app",
        'app["x"]',
    ],
)
def test_what_no_fixture_puts_back(cell: str) -> None:
    assert fix("import pytest\n", cell) == "import pytest\n"


def test_a_name_that_is_taken() -> None:
    source = Source("import pytest\n\n_LEAKED_STATE = 1\n", PATH)
    (match,) = CODEMOD.find(source, CONTEXT)
    assert match.finding.refusal == "name-taken"


APP = """
import collections
import functools


class Engine:
    instance = None

    @classmethod
    def get(cls):
        if cls.instance is None:
            cls.instance = cls()
        return cls.instance


REGISTRY, NAMES, TAGS, LATER = {"a": 1}, ["a"], {"a"}, collections.deque(["a"])
HELD = NAMES
name = "app"


def gather(item, into=[]):
    into.append(item)
    return into


@functools.lru_cache(None)
def cached():
    return name
"""
TESTS = """
import app

CASES = []


def test_clean_{0}():
    assert app.REGISTRY == {{"a": 1}} and app.NAMES == ["a"] and app.TAGS == {{"a"}} and list(app.LATER) == ["a"]
    assert app.NAMES is app.HELD and app.name == "app" and app.Engine.instance is None and CASES == []
    assert app.gather(1) == [1] and app.cached() == "app" and "added" not in vars(app)


def test_pollutes_{0}():
    app.REGISTRY["b"] = app.added = 2
    app.NAMES = app.NAMES + ["b"]
    app.HELD.append("c")
    app.TAGS.clear()
    app.LATER.append("b")
    app.name = "other"
    app.cached()
    app.Engine.get()
    app.gather(2)
    CASES.append(1)


test_clean_again_{0} = test_clean_{0}
"""


@pytest.mark.parametrize("order", ["test_x.py test_y.py", "test_y.py test_x.py", "test_y.py"])
def test_everything_is_put_back(tmp_path: Path, order: str) -> None:
    names = ["REGISTRY", "NAMES", "HELD", "TAGS", "LATER", "name", "added", "Engine.instance", "gather()", "cached"]
    cells = [*(f"app.{name}" for name in names), "test_x.py::CASES", "test_y.py::CASES"]
    (tmp_path / "app.py").write_text(APP)
    for name in ("x", "y"):
        (tmp_path / f"test_{name}.py").write_text(TESTS.format(name))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *order.split()]
    (tmp_path / "conftest.py").write_text("import pytest\n")
    before = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert before.returncode == 1
    (tmp_path / "conftest.py").write_text(fix("import pytest\n", *cells))
    after = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert after.returncode == 0, after.stdout


RUN = """
import {imports}


def test_clean():
    assert {clean}


def test_pollutes():
    {pollutes}


def test_clean_again():
    assert {clean}


def test_pollutes_again():
    {pollutes}


def test_clean_at_the_end():
    assert {clean}
"""


def run(folder: Path, app: str, cell: str, pollutes: str, clean: str) -> str:
    """The conftest that puts the cell back, after which tests pass that fail before."""
    tests = RUN.format(imports=cell.partition(".")[0], pollutes=pollutes, clean=clean)
    write(folder, {"app.py": app, "test_it.py": tests, PATH: "import pytest\n"})
    failing = failures(folder)
    assert "test_clean" not in failing
    assert {"test_clean_again", "test_clean_at_the_end"} <= failing
    conftest = fix("import pytest\n", cell, root=folder)
    write(folder, {PATH: conftest})
    assert failures(folder) == set()
    return conftest


SINGLETON = """
class Engine:
    _instance = None

    @classmethod
    def get(cls):
        if cls._instance is None:
            cls._instance = cls()
        return cls._instance
"""
PRIVATE = """
class Engine:
    __made = None

    @staticmethod
    def get():
        Engine.__made = Engine.__made or Engine()
        return Engine.__made

    def is_made():
        return Engine.__made is not None
"""
SCHEDULER = """
import threading


class Scheduler(threading.local):
    def __init__(self):
        self.jobs: list = []
        self.runs = 0


    def run(self):
        self.runs += 1


default = Scheduler()
"""
CACHES = """
import functools

NAME = "a"


@functools.cache
def cached():
    return NAME


class Issue:
    @classmethod
    @functools.lru_cache(maxsize=1)
    def trackers(cls):
        return NAME
"""


@pytest.mark.parametrize(
    ("app", "cell", "pollutes", "clean", "fixture"),
    [
        (
            "HANDLERS = {'a': 1}\nHELD = HANDLERS\n",
            'app.HANDLERS["b"]',
            "app.HELD['b'] = 1",
            "app.HANDLERS == {'a': 1} and app.HANDLERS is app.HELD",
            """restore_handlers() -> Iterator[None]:
    \"\"\"Restore app.HANDLERS after each test.\"\"\"
    import app

    saved = dict(app.HANDLERS)
    yield
    app.HANDLERS.clear()
    app.HANDLERS.update(saved)
""",
        ),
        (
            "NAMES = ['a']\n",
            "app.NAMES",
            "app.NAMES.append('b')",
            "app.NAMES == ['a']",
            """restore_names() -> Iterator[None]:
    \"\"\"Restore app.NAMES after each test.\"\"\"
    import app

    saved = list(app.NAMES)
    yield
    app.NAMES[:] = saved
""",
        ),
        (
            "class Tags:\n    all_tags = set()\n",
            "app.Tags.all_tags",
            "app.Tags.all_tags.add('b')",
            "app.Tags.all_tags == set()",
            """restore_all_tags() -> Iterator[None]:
    \"\"\"Restore app.Tags.all_tags after each test.\"\"\"
    from app import Tags

    saved = set(Tags.all_tags)
    yield
    Tags.all_tags.clear()
    Tags.all_tags.update(saved)
""",
        ),
        (
            "from collections import deque\nLATER = deque('ab', 2)\n",
            "app.LATER",
            "app.LATER.append('c')",
            "list(app.LATER) == ['a', 'b']",
            """restore_later() -> Iterator[None]:
    \"\"\"Restore app.LATER after each test.\"\"\"
    import app

    saved = list(app.LATER)
    yield
    app.LATER.clear()
    app.LATER.extend(saved)
""",
        ),
        (
            "import collections\nCOUNTS = collections.Counter('aa')\n",
            'app.COUNTS["a"]',
            "app.COUNTS.update('ab')",
            "app.COUNTS == {'a': 2}",
            """restore_counts() -> Iterator[None]:
    \"\"\"Restore app.COUNTS after each test.\"\"\"
    import app

    saved = dict(app.COUNTS)
    yield
    app.COUNTS.clear()
    app.COUNTS.update(saved)
""",
        ),
        (
            "_listeners = []\nHELD = _listeners\n\n\ndef clear():\n    global _listeners\n    _listeners = [1]\n",
            "app._listeners",
            "app._listeners.append(1); app.clear()",
            "app._listeners == [] and app._listeners is app.HELD",
            """restore_listeners() -> Iterator[None]:
    \"\"\"Restore app._listeners after each test.\"\"\"
    import app

    listeners = app._listeners
    saved = list(listeners)
    yield
    listeners[:] = saved
    app._listeners = listeners
""",
        ),
        (
            SINGLETON,
            "app.Engine._instance",
            "app.Engine.get()",
            "app.Engine._instance is None",
            """restore_engine_instance() -> Iterator[None]:
    \"\"\"Restore app.Engine._instance after each test.\"\"\"
    from app import Engine

    saved = Engine._instance
    yield
    Engine._instance = saved
""",
        ),
        (
            PRIVATE,
            "app.Engine.__made",
            "app.Engine.get()",
            "not app.Engine.is_made()",
            """restore_made() -> Iterator[None]:
    \"\"\"Restore app.Engine._Engine__made after each test.\"\"\"
    from app import Engine

    saved = Engine._Engine__made
    yield
    Engine._Engine__made = saved
""",
        ),
        (
            SCHEDULER,
            "app.default.jobs",
            "app.default.jobs.append(1)",
            "app.default.jobs == []",
            """restore_jobs() -> Iterator[None]:
    \"\"\"Restore app.default.jobs after each test.\"\"\"
    from app import default

    saved = list(default.jobs)
    yield
    default.jobs[:] = saved
""",
        ),
        (
            SCHEDULER,
            "app.default.runs",
            "app.default.run()",
            "app.default.runs == 0",
            """restore_runs() -> Iterator[None]:
    \"\"\"Restore app.default.runs after each test.\"\"\"
    from app import default

    saved = default.runs
    yield
    default.runs = saved
""",
        ),
        (
            CACHES,
            "app.cached",
            "app.cached.cache_clear(); app.NAME = 'b'; app.cached(); app.NAME = 'a'",
            "app.cached() == 'a'",
            """clear_cached_cache() -> Iterator[None]:
    \"\"\"Empty the cache of app.cached, which tests fill.\"\"\"
    import app

    yield
    app.cached.cache_clear()
""",
        ),
        (
            CACHES,
            "app.Issue.trackers",
            "app.Issue.trackers.cache_clear(); app.NAME = 'b'; app.Issue.trackers(); app.NAME = 'a'",
            "app.Issue.trackers() == 'a'",
            """clear_trackers_cache() -> Iterator[None]:
    \"\"\"Empty the cache of app.Issue.trackers, which tests fill.\"\"\"
    from app import Issue

    yield
    Issue.trackers.cache_clear()
""",
        ),
        (
            "def gather(item, into=[], last=None):\n    into.append(item)\n    return into\n",
            "app.gather()",
            "app.gather(1)",
            "app.gather.__defaults__ == ([], None)",
            """restore_gather_defaults() -> Iterator[None]:
    \"\"\"Restore the default of app.gather after each test.\"\"\"
    import app

    gather = app.gather.__defaults__[0]
    saved = list(gather)
    yield
    gather[:] = saved
""",
        ),
        (
            "class All:\n    def __init__(self, *, by={}):\n        self.by = by\n",
            "app.All.__init__()",
            "app.All().by['a'] = 1",
            "app.All().by == {}",
            """restore_all_defaults() -> Iterator[None]:
    \"\"\"Restore the default of app.All.__init__ after each test.\"\"\"
    from app import All

    held = All.__init__.__kwdefaults__["by"]
    saved = dict(held)
    yield
    held.clear()
    held.update(saved)
""",
        ),
    ],
)
def test_short_fixtures(tmp_path: Path, app: str, cell: str, pollutes: str, clean: str, fixture: str) -> None:
    conftest = run(tmp_path, app, cell, pollutes, clean)
    assert (
        conftest
        == f"from collections.abc import Iterator\n\nimport pytest\n\n\n@pytest.fixture(autouse=True)\ndef {fixture}"
    )


LOOPS = """
    import asyncio

    SEEN = []


    async def serve(connected):
        async def wait(reader, writer):
            await reader.read()
            connected.set_result(None)
            writer.close()

        return await asyncio.start_server(wait, "127.0.0.1", 0)


    async def leave():
        server = await serve(asyncio.get_running_loop().create_future())
        port = server.sockets[0].getsockname()[1]
        await asyncio.open_connection("127.0.0.1", port)
        SEEN.append(asyncio.ensure_future(asyncio.sleep(60)))
        await asyncio.sleep(0.01)


    def test_runs():
        asyncio.run(asyncio.sleep(0))


    def test_asks():
        loop = asyncio.get_event_loop()
        loop.run_until_complete(leave())
        SEEN.append(loop)


    def test_closed():
        assert not SEEN or (SEEN[0].cancelled() and SEEN[1].is_closed())
        asyncio.get_event_loop().close()


    def test_asks_again():
        asyncio.get_event_loop().run_until_complete(asyncio.sleep(0))
"""


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there the policy makes no loop, and the tests fail anyway")
def test_event_loops(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": textwrap.dedent(LOOPS)})
    assert failures(tmp_path) == {"test_asks", "test_closed", "test_asks_again"}
    write(tmp_path, {"conftest.py": fix("import pytest\n", "asyncio.get_event_loop()")})
    assert failures(tmp_path) == set()


CONNECTIONS = """
    import os
    from sqlalchemy import create_engine, text
    from sqlalchemy.orm import Session

    memory, file = create_engine("sqlite://"), create_engine("sqlite:///made.db")
    session = Session(file)


    def test_makes():
        with memory.begin() as connection:
            connection.execute(text("create table items (name text)"))
        session.execute(text("create table items (name text)"))
        os.remove("made.db")


    def test_is_closed():
        assert not session.in_transaction()
        assert file.pool.checkedin() == file.pool.checkedout() == 0


    def test_keeps_what_is_in_memory():
        with memory.begin() as connection:
            assert connection.execute(text("select count(*) from items")).scalar() == 0
"""


def test_connections(tmp_path: Path) -> None:
    write(tmp_path, {"test_it.py": textwrap.dedent(CONNECTIONS)})
    assert failures(tmp_path) == {"test_is_closed"}
    write(tmp_path, {"conftest.py": fix("import pytest\n", "sqlalchemy.orm.close_all_sessions()")})
    assert failures(tmp_path) == set()


def test_all_of_them_in_one_conftest() -> None:
    paths = [f"app.x{n}" for n in range(4)]
    others = ("sys.path", "logging.root.level", "./x", "logging.root.manager.disable", "asyncio.get_event_loop()")
    connections = "sqlalchemy.orm.close_all_sessions()"
    after = fix("import pytest\n", *paths, *others, connections)
    assert after.count("@pytest.fixture(autouse=True)") == 2 + len(others)


def test_a_name_that_tests_make_and_containers_in_a_dict(tmp_path: Path) -> None:
    """The first is removed after each test; the others hold what they held, and are still the same."""
    app = """
class Node:
    @classmethod
    def parser(cls):
        if not hasattr(cls, "_parser"):
            cls._parser = cls.__name__
        return cls._parser


class Leaf(Node):
    pass


OUTPUT = {"version": "", "failures": [], "by": {}}
FAILURES = OUTPUT["failures"]
"""
    tests = """
import app


def test_pollutes():
    assert app.Node.parser() == "Node"
    app.OUTPUT["version"] = "1"
    app.OUTPUT["failures"].append("x")
    app.OUTPUT["new"] = app.OUTPUT["failures"] = []


def test_parser():
    assert app.Leaf.parser() == "Leaf"


def test_output():
    assert app.OUTPUT == {"version": "", "failures": [], "by": {}}


def test_output_again():
    assert app.OUTPUT["failures"] is app.FAILURES
"""
    write(tmp_path, {"app.py": app, "test_app.py": tests})
    assert failures(tmp_path) == {"test_parser", "test_output", "test_output_again"}
    kinds = {"app.Node._parser": "new", 'app.OUTPUT["version"]': "dict", 'app.OUTPUT["failures"]': "list"}
    after = fix("import pytest\n", *kinds, root=tmp_path, kinds=kinds)
    assert after == textwrap.dedent(
        '''\
        from collections.abc import Iterator

        import pytest


        @pytest.fixture(autouse=True)
        def restore_parser() -> Iterator[None]:
            """Restore app.Node._parser after each test."""
            from app import Node

            saved = dict(vars(Node))
            yield
            if "_parser" in saved:
                Node._parser = saved["_parser"]
            elif "_parser" in vars(Node):
                del Node._parser


        @pytest.fixture(autouse=True)
        def restore_output() -> Iterator[None]:
            """Restore app.OUTPUT after each test."""
            import app

            saved = dict(app.OUTPUT)
            inner = {
                key: list(value) for key, value in saved.items() if isinstance(value, list)
            }
            yield
            app.OUTPUT.clear()
            app.OUTPUT.update(saved)
            for key, content in inner.items():
                saved[key][:] = content
        '''
    )
    write(tmp_path, {"conftest.py": after})
    assert failures(tmp_path) == set()
