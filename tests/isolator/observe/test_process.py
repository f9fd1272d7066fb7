"""What a run that is watched shows of what tests leave changed in the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.isolator.observe.suites import observed

HEAD = "import contextvars, decimal, io, locale, logging, os, random, signal, socket, sys, threading, time, types\n"
HEAD += "import pytest\n\nVARIABLE = contextvars.ContextVar('variable')\n\n\n"


def cells(folder: Path, text: str, *arguments: str) -> dict[str, list[str]]:
    """What is left changed, with the last parts of the node ids of those who left it so."""
    evidence = observed(folder, {"sub/x.txt": "", "test_it.py": HEAD + text}, *arguments)
    return {cell.path: [test.rpartition("::")[2] for test in cell.tests] for cell in evidence.cells}


PLACES: list[tuple[str, str | None]] = [
    ("os.chdir('sub')", "os.getcwd()"),
    ("sys.path.append('x')", "sys.path"),
    ("sys.argv = ['x']", "sys.argv"),
    ("sys.stdout = io.StringIO()", None),  # pytest's capture puts its own there again
    ("sys.displayhook = print", "sys.displayhook"),
    ("sys.excepthook = print", "sys.excepthook"),
    ("sys.setrecursionlimit(5000)", "sys.getrecursionlimit()"),
    ("sys.modules['json'] = io", 'sys.modules["json"]'),
    ("del sys.modules['json']", 'sys.modules["json"]'),
    ("import wave", None),
    ("sys.modules['made_up'] = types.ModuleType('made_up')", 'sys.modules["made_up"]'),
    ("logging.getLogger('a.b').setLevel(10)", 'logging.getLogger("a.b").level'),
    ("logging.getLogger('a').propagate = False", 'logging.getLogger("a").propagate'),
    ("logging.getLogger('a').addFilter(print)", 'logging.getLogger("a").filters'),
    ("logging.root.addHandler(logging.StreamHandler())", "logging.root.handlers"),
    ("logging.getLogger('a').addHandler(logging.NullHandler())", None),
    ("logging.getLogger('a')", None),
    ("logging.disable()", "logging.root.manager.disable"),
    ("signal.signal(signal.SIGTERM, print)", "signal.getsignal(SIGTERM)"),
    ("socket.setdefaulttimeout(3)", "socket.getdefaulttimeout()"),
    ("os.umask(0o077)", "os.umask()"),
    ("decimal.getcontext().prec = 5", "decimal.getcontext().prec"),
    ("decimal.getcontext().traps[decimal.Inexact] = True", "decimal.getcontext().traps"),
    ("decimal.Decimal(1) / 3", None),
    ("VARIABLE.set(1)", 'contextvars.copy_context()["variable"]'),
    ("VARIABLE.reset(VARIABLE.set(1))", None),
    ("threading.Thread(target=time.sleep, args=(1,)).start()", 'threading.enumerate()["sleep"]'),
    ("threading.Thread(target=time.sleep, args=(1,), name='worker').start()", 'threading.enumerate()["worker"]'),
    ("threading.Thread(target=print).run()", None),
    (
        "threading.Thread(target=time.sleep, args=(1,), name='a worker 5').start()",
        'threading.enumerate()["a-worker-N"]',
    ),
    ("random.seed(1)", None),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The cells that each of these statements leaves changed, in one run of all, by the names of their tests."""
    tests = (f"def test_{n}():\n    import json\n    {statement}\n\n\n" for n, (statement, _) in enumerate(PLACES))
    found: dict[str, list[str]] = {}
    text = "".join(tests) + "def test_other():\n    pass\n"
    for path, names in cells(tmp_path_factory.mktemp("places"), text).items():
        for name in names:
            found.setdefault(name, []).append(path)
    return found


@pytest.mark.parametrize("number", range(len(PLACES)), ids=[statement for statement, _ in PLACES])
def test_each_place(places: dict[str, list[str]], number: int) -> None:
    path = PLACES[number][1]
    assert places.get(f"test_{number}", []) == ([path] if path else [])


def test_a_stream_where_pytest_captures_none(tmp_path: Path) -> None:
    assert cells(tmp_path, "def test_it():\n    sys.stdout = io.StringIO()\n", "-s") == {"sys.stdout": ["test_it"]}


@pytest.mark.usefixtures("named_plugins")
@pytest.mark.parametrize("arguments", [(), ("-s",), ("--capture=sys",), ("-n", "1"), ("-p", "no:logging")])
def test_what_pytest_puts_back_is_not_left(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    text = """
import asyncio, unittest, warnings


def test_paths(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "argv", [])


def test_output(capsys, capfd=None):
    print("x")
    assert capsys.readouterr().out


def test_log(request):
    if request.config.pluginmanager.hasplugin("logging-plugin"):
        request.getfixturevalue("caplog").set_level(10, "a")
    logging.getLogger("a").warning("x")


def test_warns():
    with pytest.warns(UserWarning):
        warnings.warn("x")


def test_loop():
    asyncio.run(asyncio.sleep(0))


class TestCase(unittest.TestCase):
    def test_logs(self):
        with self.assertLogs("a"):
            logging.getLogger("a").error("x")


@pytest.fixture(scope="module", autouse=True)
def wide():
    before = os.getcwd()
    os.chdir("sub")
    logging.getLogger("wide").setLevel(10)
    yield
    os.chdir(before)
    logging.getLogger("wide").setLevel(0)
"""
    assert cells(tmp_path, text, *arguments) == {}
