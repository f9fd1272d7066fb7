"""Which state ``isolator deflake`` names as the cause, and whose, on suites that depend on their order in many ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from isolator.evidence.observe import watch
from isolator.pytest_runs.model import Test
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.run.leftovers import leftovers
from isolator.pytest_runs.run.running import Runner
from isolator.pytest_runs.verdicts import judge_all
from isolator.repair.causes.explaining import Causes
from tests.isolator.confirm.suites import write
from tests.isolator.deflake.test_deflake import deflake, report

APP = """
    import functools

    REGISTRY = {}
    NAMES = []
    level = None
    loaded = False


    class Engine:
        _instance = None
        size = 1

        @classmethod
        def get(cls):
            if cls._instance is None:
                cls._instance = cls()
            return cls._instance

        def __init__(self):
            self.pool = []


    def register(name, into={}):
        into[name] = True
        REGISTRY[name] = True
        return len(into)


    def closed():
        kept = []

        def remember(value):
            kept.append(value)
            return len(kept)

        return remember


    remember = closed()


    @functools.lru_cache(None)
    def cached(n):
        return NAMES + [n]


    def load():
        global loaded
        loaded = True


    class Table:
        @functools.lru_cache(1)
        def __getitem__(self, name):
            return [*NAMES, name]


    TABLE = Table()
    TABLE["a"]


    class Shelf(dict):
        def __iter__(self):
            raise RuntimeError("nobody is to ask")

        __setitem__ = __delitem__ = clear = __iter__


    class Queue(list):
        clear = extend = Shelf.__iter__


    SHELF, QUEUE = Shelf(), Queue()
"""
VICTIMS = [
    ("app.register('x')", "assert app.REGISTRY == {}", 'app.REGISTRY["x"]', "app.py:25"),
    ("app.register('x')", "assert app.register('y') == 1", 'app.register()["x"]', "app.py:24"),
    ("app.NAMES.append(1)", "assert app.NAMES == []", "app.NAMES", "test_it.py:15"),
    ("app.load()", "assert not app.loaded", "app.loaded", "app.py:49"),
    ("app.cached(1)", "app.NAMES[:] = [2]; assert app.cached(1) == [2, 1]", "app.cached", "test_it.py:15"),
    # A cache on a method with such a name, and full from the beginning.
    ("app.TABLE['b']", "app.NAMES[:] = [2]; assert len(app.TABLE['b']) == 2", "app.Table.__getitem__", "test_it.py:15"),
    ("app.SHELF.update(x=1)", "assert len(app.SHELF) == 0", 'app.SHELF["x"]', "test_it.py:15"),
    ("app.QUEUE.append(1)", "assert len(app.QUEUE) == 0", "app.QUEUE", "test_it.py:15"),
    ("app.Engine.get().pool.append(1)", "assert app.Engine.get().pool == []", "app.Engine._instance", "app.py:16"),
    ("app.Engine.size = 2", "assert app.Engine.size == 1", "app.Engine.size", "test_it.py:15"),
    ("SHARED.append(1)", "assert SHARED == []", "test_it.py::SHARED", "test_it.py:15"),
    (
        "logging.getLogger('a').setLevel(10)",
        "assert logging.getLogger('a').level == 0",
        'logging.getLogger("a").level',
        "test_it.py:15",
    ),
    (
        "logging.getLogger('a').addHandler(H)",
        "assert not logging.getLogger('a').handlers",
        'logging.getLogger("a").handlers',
        "test_it.py:15",
    ),
    ("logging.disable(50)", "assert logging.root.isEnabledFor(50)", "logging.root.manager.disable", "test_it.py:15"),
    ("open('made', 'w').close()", "assert not os.path.exists('made')", "./made", "test_it.py:15"),
    ("open('sub/x.txt', 'a').write('x')", "assert open('sub/x.txt').read() == ''", "./sub/x.txt", "test_it.py:15"),
    ("shutil.move('sub', 'elsewhere')", "assert os.path.exists('sub/x.txt')", "./sub", "test_it.py:15"),
    ("DB.execute('insert into t values (1)')", "assert not DB.execute('select * from t').fetchall()", "./x.db", ""),
    ("os.chdir('sub')", "assert os.path.exists('app.py')", "os.getcwd()", "test_it.py:15"),
    ("sys.path.insert(0, 'x')", "assert 'x' not in sys.path", "sys.path", "test_it.py:15"),
    ("del sys.modules['app']", "assert 'app' in sys.modules", 'sys.modules["app"]', "test_it.py:15"),
    (
        "sys.setrecursionlimit(5000)",
        "assert sys.getrecursionlimit() == 1000",
        "sys.getrecursionlimit()",
        "test_it.py:15",
    ),
    (
        "socket.setdefaulttimeout(1)",
        "assert socket.getdefaulttimeout() is None",
        "socket.getdefaulttimeout()",
        "test_it.py:15",
    ),
    (
        "asyncio.run(asyncio.sleep(0))",
        "asyncio.get_event_loop_policy().get_event_loop()",
        "asyncio.get_event_loop()",
        "test_it.py:15",
    ),
    (
        "signal.signal(signal.SIGTERM, print)",
        "assert signal.getsignal(signal.SIGTERM) is not print",
        "signal.getsignal(SIGTERM)",
        "test_it.py:15",
    ),
]
HEAD = """import asyncio, logging, os, shutil, signal, socket, sqlite3, sys
import app

SHARED = []
H = logging.StreamHandler()
DB = sqlite3.connect("x.db", isolation_level=None)
DB.execute("create table if not exists t (a)")


def test_first():
    assert app


"""


def committed(folder: Path) -> Path:
    """The folder as a repository of git, which puts back what a run leaves."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True)
    return folder


def suite(folder: Path, text: str) -> Path:
    """A project with these tests."""
    files = {"pytest.ini": "[pytest]\npythonpath = .\n", "app.py": APP, "sub/x.txt": ""}
    write(folder, {**files, "test_it.py": HEAD + text})
    return folder


# One of each way to hold state; others like them are run by hand.
FEW = ('app.REGISTRY["x"]', "test_it.py::SHARED", "./made")
EACH = [pytest.param(*victim, marks=[pytest.mark.slow] * (victim[2] not in FEW), id=victim[2]) for victim in VICTIMS]


@pytest.mark.parametrize(("polluting", "failing", "cell", "place"), EACH)
def test_victims(tmp_path: Path, polluting: str, failing: str, cell: str, place: str) -> None:
    if "get_event_loop" in failing and sys.version_info >= (3, 14):
        pytest.skip("a loop is no longer made by asking for it")
    text = f"def test_polluter():\n    {polluting}\n    app.other = 1\n\n\ndef test_victim():\n    {failing}\n"
    committed(suite(tmp_path, text))
    found = explained(tmp_path, "test_it.py::test_victim")
    assert found.partner == "test_it.py::test_polluter"
    assert (found.cells, found.places) == ((cell,), (place,))


def explained(folder: Path, victim: str) -> Test:
    """What the experiments find of a victim, without the runs by which deflake judges and proves."""
    runner = Runner(Options(orders=("given", "reversed"), seed=1), folder, watching=True)
    runs, evidence = watch(runner, lambda _: None)
    assert judge_all(runs)[victim].verdict == "order-dependent"
    runner.watching = False
    with leftovers(folder, (), lambda _: None) as files:
        runner.leftovers = files
        test = Test("order-dependent", (), role="victim")
        return Causes(runner, runs, evidence, lambda _: None).explain_all({victim: test})[victim]


@pytest.mark.slow
def test_a_library_is_looked_into_where_nothing_else_explains_it(tmp_path: Path) -> None:
    text = "def test_polluter():\n    import library\n    library.JOBS.append(1)\n    app.other = 1\n\n\n"
    text += "def test_victim():\n    import library\n    assert library.JOBS == []\n"
    suite(tmp_path, "import library\n\n\n" + text)
    write(tmp_path, {"site-packages/library.py": "JOBS = []\n"})
    write(tmp_path, {"pytest.ini": "[pytest]\npythonpath = . site-packages\n"})
    _, done = report(tmp_path, "--select", "ISO1")
    assert done["tests"]["test_it.py::test_victim"]["cells"] == ["library.JOBS"]


@pytest.mark.slow
def test_a_module_that_is_imported_first_is_looked_into_last(tmp_path: Path) -> None:
    text = "def test_polluter():\n    import late\n    app.other = 1\n\n\n"
    text += "def test_victim():\n    app.other = 2\n    assert 'late' not in sys.modules\n"
    suite(tmp_path, text)
    write(tmp_path, {"late.py": "x = 1\n"})
    _, done = report(tmp_path, "--select", "ISO1")
    found = done["tests"]["test_it.py::test_victim"]
    assert (found["cells"], found["places"]) == (['sys.modules["late"]'], ["test_it.py:15"])


CLEANED = """
def test_cleans():
    app.NAMES.clear()


def test_pollutes():
    app.NAMES.append(1)


def test_cleans_again():
    app.NAMES.clear()


def test_suffers():
    assert app.NAMES == []


"""


SEEDS = ["1", pytest.param("2", marks=pytest.mark.slow), pytest.param("3", marks=pytest.mark.slow)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_victim_that_others_clean_up_for_in_most_orders(tmp_path: Path, seed: str) -> None:
    cleaners = "".join(f"def test_cleans_{n}():\n    app.NAMES.clear()\n\n\n" for n in range(9))
    text = CLEANED + cleaners
    code, done = report(suite(tmp_path, text), "--select", "ISO1", "--seed", seed)
    found = done["tests"]["test_it.py::test_suffers"]
    assert (code, found["before"], found["after"], found["cells"]) == (1, "victim", "victim", ["app.NAMES"])
    assert found["partner"] == "test_it.py::test_pollutes"


@pytest.mark.slow
def test_many_with_the_same_cause_cost_little_more_than_one(tmp_path: Path) -> None:
    victims = "".join(f"def test_victim_{n}():\n    assert app.NAMES == []\n\n\n" for n in range(12))
    needs = "".join(f"def test_needs_{n}():\n    assert app.REGISTRY['{n}']\n\n\n" for n in range(12))
    sets = "".join(f"def test_sets_{n}():\n    app.register('{n}')\n\n\n" for n in range(12))
    text = f"def test_polluter():\n    app.NAMES.append(1)\n\n\n{victims}{sets}{needs}"
    _, done = report(suite(tmp_path, text), "--select", "ISO1")
    for n in range(12):
        victim, brittle = (done["tests"][f"test_it.py::test_{what}_{n}"] for what in ("victim", "needs"))
        assert (victim["after"], victim["partner"]) == ("victim", "test_it.py::test_polluter")
        assert (victim["cells"], victim["places"]) == (["app.NAMES"], ["test_it.py:15"])
        assert (brittle["after"], brittle["places"]) == ("brittle", ["app.py:25"])
        assert brittle["cells"] in (["app.REGISTRY"], [f'app.REGISTRY["{n}"]'])
    assert done["pytest_runs"] <= 20


def test_brittle(tmp_path: Path) -> None:
    text = "def test_sets():\n    app.load()\n\n\ndef test_needs():\n    assert app.loaded\n"
    done = deflake(suite(tmp_path, text), "--yes")
    told = (
        "left        test_it.py::test_needs: brittle: fails unless test_it.py::test_sets runs first, which leaves "
        "app.loaded (app.py:49) changed"
    )
    assert told in done.stdout.splitlines()


@pytest.mark.slow
def test_brittle_unless_two_tests_run_first(tmp_path: Path) -> None:
    text = "def test_one():\n    app.load()\n\n\ndef test_two():\n    app.level = 1\n\n\n"
    text += "def test_needs():\n    assert app.loaded and app.level\n"
    done = deflake(suite(tmp_path, text), "--yes", "--select", "ISO1")
    told = "brittle: fails unless other tests run first, which leave app.loaded (app.py:49) changed"
    assert f"left        test_it.py::test_needs: {told}" in done.stdout.splitlines()


@pytest.mark.parametrize("seed", ["1", pytest.param(str(2**32 - 1), marks=pytest.mark.slow)])
def test_brittle_though_it_passes_in_every_order(tmp_path: Path, seed: str) -> None:
    loads = "".join(f"def test_loads_{n}():\n    app.load()\n\n\n" for n in range(9))
    text = f"{loads}def test_needs():\n    assert app.loaded\n\n\n{loads.replace('loads_', 'loads_again_')}"
    code, done = report(suite(tmp_path, text), "--select", "ISO1", "--seed", seed)
    found = done["tests"].pop("test_it.py::test_needs")
    assert (code, found["before"], found["after"], found["cells"]) == (1, "brittle", "brittle", ["app.loaded"])
    assert {test["before"] for test in done["tests"].values()} == {"stable"}
    assert {test["after"] for test in done["tests"].values()} == {"stable"}


def test_a_second_time(tmp_path: Path) -> None:
    text = "def test_once():\n    app.other = 1\n    assert app.NAMES == []\n    app.NAMES.append(1)\n"
    done = deflake(suite(tmp_path, text), "--yes", "--select", "ISO1")
    assert (
        "left        test_it.py::test_once: nio, because it leaves app.NAMES (test_it.py:17) changed"
        in done.stdout.splitlines()
    )


@pytest.mark.slow
def test_what_fails_the_second_time_may_be_a_victim_too(tmp_path: Path) -> None:
    """In the orders of the suite another test cleans up in between."""
    text = "def test_pollutes():\n    app.NAMES.append(1)\n\n\ndef test_cleans():\n    app.NAMES.clear()\n\n\n"
    text += "def test_once():\n    assert app.NAMES == []\n    app.NAMES.append(1)\n\n\n"
    text += "def test_cleans_too():\n    app.NAMES.clear()\n\n\ndef test_last():\n    app.NAMES.append(2)\n"
    _, done = report(suite(tmp_path, text), "--select", "ISO1")
    found = done["tests"]["test_it.py::test_once"]
    assert (found["after"], found["cells"]) == ("victim", ["app.NAMES"])


@pytest.mark.slow
def test_what_cannot_be_shown_again_has_no_cause(tmp_path: Path) -> None:
    """After the others it fails the second time, by itself it does not."""
    text = "def test_later():\n    app.other = object()\n    app.NAMES.append(1)\n    assert len(app.NAMES) != 3\n\n\n"
    text += "def test_earlier():\n    app.NAMES.clear()\n    app.NAMES.append(1)\n"
    _, done = report(suite(tmp_path, text), "--select", "ISO1")
    assert done["tests"]["test_it.py::test_later"] == {"before": "nio", "after": "nio"}


@pytest.mark.slow
def test_two_cells_that_matter_together(tmp_path: Path) -> None:
    text = "def test_polluter():\n    app.load()\n    app.level = 1\n    app.other = 1\n\n\n"
    text += "def test_victim():\n    assert not app.loaded\n    assert app.level is None\n"
    _, done = report(suite(tmp_path, text), "--select", "ISO1")
    assert done["tests"]["test_it.py::test_victim"]["cells"] == ["app.level", "app.loaded"]


def test_what_is_not_watched(tmp_path: Path) -> None:
    text = "def test_polluter():\n    app.remember(1)\n\n\ndef test_victim():\n    assert app.remember(2) == 1\n"
    done = deflake(suite(tmp_path, text), "--yes", "--no-twice")
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("left  ") and "victim:" in line)
    assert line == (
        "left        test_it.py::test_victim: victim of test_it.py::test_polluter, through something that isolator "
        "does not watch: perhaps a service, or state kept in C"
    )
