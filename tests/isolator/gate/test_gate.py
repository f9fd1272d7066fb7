"""``-p isolator.gate``: the test that leaves state changed fails, with words that say what to do; nobody else does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.isolator.gate.suites import ROOT, SECRET, Ran, run, write
from tests.isolator.inside import inside

LEAKS = f"""\
import asyncio
import logging
import os
import pathlib
import signal
import sys
import types

import pytest

from app import registry


def test_environment():
    os.environ["TOKEN"] = "{SECRET}"


def test_environment_again():
    os.environ["TOKEN"] = "{SECRET}"


def test_unset():
    os.environ.pop("HOME", None)


def test_cwd(tmp_path):
    os.chdir(tmp_path)


def test_sys_path():
    sys.path.append("/nowhere")


def test_sys_modules():
    sys.modules["made_up"] = types.ModuleType("made_up")


def test_level():
    logging.getLogger("app").setLevel(10)


def test_handlers():
    logging.getLogger().addHandler(logging.StreamHandler())


def test_registry():
    registry.configure("{SECRET} {SECRET}")


def test_list():
    registry.NAMES.append("{SECRET}")


def test_singleton():
    registry.settings.debug = "{SECRET}"


def test_class():
    registry.Settings.level = 2


def test_global():
    registry.CLIENT = object()


def test_patched_library():
    pathlib.Path.home = lambda: None


def test_file():
    pathlib.Path(__file__).with_name("left.txt").write_text("{SECRET}")


def test_event_loop():
    asyncio.set_event_loop_policy(type("Own", (asyncio.DefaultEventLoopPolicy,), {{}})())


def test_signal():
    signal.signal(signal.SIGTERM, lambda *_: None)


@pytest.mark.xfail
def test_expected_to_fail():
    registry.HANDLERS["xfail"] = 1
    raise ValueError


def test_that_fails():
    registry.HANDLERS["fails"] = 1
    raise ValueError


@pytest.fixture
def broken():
    yield
    registry.HANDLERS["broken"] = 1
    raise ValueError


def test_broken(broken):
    pass


@pytest.mark.skipif(True, reason="not here")
def test_skipped():
    pass


def test_cleaner():
    registry.NAMES.clear()
    registry.HANDLERS.clear()


def test_caches():
    assert registry.load(1) == 1
    assert registry.settings.url


def test_put_back(monkeypatch, tmp_path, capsys, caplog, recwarn):
    monkeypatch.setenv("TOKEN", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "CLIENT", 1)
    monkeypatch.setitem(registry.HANDLERS, "x", 1)
    caplog.set_level(10)
    (tmp_path / "x").write_text("x")
    asyncio.run(asyncio.sleep(0))


def test_innocent():
    assert "TOKEN" in os.environ
"""
CELLS = {
    "test_environment": 'os.environ["TOKEN"] (environment)',
    "test_environment_again": 'os.environ["TOKEN"] (environment)',
    "test_unset": 'os.environ["HOME"] (environment)',
    "test_cwd": "os.getcwd() (process)",
    "test_sys_path": "sys.path (process)",
    "test_sys_modules": 'sys.modules["made_up"] (heap)',
    "test_level": 'logging.getLogger("app").level (loggers)',
    "test_handlers": "logging.root.handlers (loggers)",
    "test_registry": "app.registry.HANDLERS[…] (heap)",
    "test_list": "app.registry.NAMES (heap)",
    "test_singleton": "app.registry.settings.debug (heap)",
    "test_class": "app.registry.Settings.level (heap)",
    "test_global": "app.registry.CLIENT (heap)",
    "test_patched_library": f"{Path.__module__}.Path.home (heap)",
    "test_file": "./left.txt (files)",
    "test_event_loop": "asyncio.get_event_loop_policy() (process)",
    "test_signal": "signal.getsignal(SIGTERM) (process)",
    "test_expected_to_fail": 'app.registry.HANDLERS["xfail"] (heap)',
    "test_that_fails": 'app.registry.HANDLERS["fails"] (heap)',
}
SCOPES = """\
import os
import unittest

import pytest

from app import registry


@pytest.fixture(scope="module")
def wide():
    os.environ["WIDE"] = "1"
    registry.HANDLERS["wide"] = 1
    os.chdir("/")
    yield


@pytest.fixture(scope="module")
def tidy():
    os.environ["TIDY"] = "1"
    registry.HANDLERS["tidy"] = 1
    yield
    del os.environ["TIDY"]
    del registry.HANDLERS["tidy"]


@pytest.fixture(scope="session")
def session():
    os.environ["SESSION"] = "1"
    registry.HANDLERS["session"] = 1


class TestXunit:
    @classmethod
    def setup_class(cls):
        cls.own = 1
        registry.CLIENT = 1

    def test_first(self):
        pass

    def test_last(self):
        pass


class TestUnittest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["CLASS"] = "1"

    @classmethod
    def tearDownClass(cls):
        del os.environ["CLASS"]

    def test_unittest(self):
        pass


def test_uses(wide, tidy, session):
    pass


def test_at_the_end(wide, tidy):
    pass
"""


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = write(tmp_path_factory.mktemp("leaks") / "suite", LEAKS)
    return run(folder, "--isolator-gate-exact")


@pytest.mark.parametrize("test", CELLS)
def test_each_kind_of_leak(leaks: Ran, test: str) -> None:
    first, *told = leaks.errors[test].splitlines()
    cell, line = CELLS[test], LEAKS[: LEAKS.index(f"def {test}(")].count("\n") + 2
    place = "" if test == "test_registry" else f", changed at test_it.py:{line}"

    assert first == f"state is left changed: {cell.partition(' (')[0]}"
    assert [line for line in told if line.startswith("  ")] == [f"  {cell}{place}"]
    assert told[-1].startswith("To allow it: ")
    assert len([line for line in told if line.startswith("To fix it: ")]) == 1


def test_what_is_said_to_fix_it_does(leaks: Ran, tmp_path: Path) -> None:
    told = {line for error in leaks.errors.values() for line in error.splitlines() if line.startswith("To fix it: ")}
    commands = {line for line in told if "isolator fix --write test_it.py" in line}
    settings = [
        found[1] for found in map(re.compile(r"add (.*\]) to \[tool.isolator\]").search, told - commands) if found
    ]
    states = ", ".join(line.removeprefix("leaked-state = [").removesuffix("]") for line in settings)
    folder = write(tmp_path / "suite", LEAKS, f"\n[tool.isolator]\nleaked-state = [{states}]\n")

    assert commands == {"To fix it: isolator fix --write test_it.py"}
    assert len(told) == len(settings) + 1
    assert inside("fix", "--write", folder=folder).returncode in (0, 1)

    assert {*run(folder, "--isolator-gate-exact").errors} == {"test_broken"}


def test_nobody_else_fails_and_no_value_is_told(leaks: Ran) -> None:
    assert leaks.code == 1
    assert {*leaks.errors} == {*CELLS, "test_broken"}
    assert SECRET not in leaks.out
    assert len(leaks.section) == 1
    assert leaks.section[0].startswith(f"{len(CELLS) + 1} tests leave state changed; to accept what is there now, run")


def test_a_tear_down_that_fails_by_itself_says_it_too(leaks: Ran) -> None:
    assert "ValueError" in leaks.errors["test_broken"]
    assert "- isolator gate -" in leaks.out
    assert '  app.registry.HANDLERS["broken"] (heap)' in leaks.out


def test_what_code_under_test_changes_is_named_for_the_settings(leaks: Ran) -> None:
    advice = (
        'To fix it: add leaked-state = ["app.registry.HANDLERS"] to [tool.isolator], and run `isolator fix --write`'
    )

    assert advice in leaks.errors["test_registry"]
    assert "To see the line that changes it: isolator observe -- test_it.py" in leaks.errors["test_registry"]
    assert "isolator observe" not in leaks.errors["test_environment"]


def test_set_up_for_several_tests_is_judged_at_its_own_end(tmp_path: Path) -> None:
    done = run(write(tmp_path / "suite", SCOPES), "--isolator-gate-exact")

    assert {*done.errors} == {"test_last", "test_at_the_end"}
    assert (
        "  app.registry.CLIENT (heap), changed at test_it.py:36, by the fixture `setup_class` of test_it.py::TestXunit"
        in done.errors["test_last"]
    )
    told = [line for line in done.errors["test_at_the_end"].splitlines() if "by the fixture" in line]
    assert sorted(told) == [
        '  app.registry.HANDLERS["wide"] (heap), changed at test_it.py:12, by the fixture `wide` of test_it.py',
        '  os.environ["WIDE"] (environment), changed at test_it.py:11, by the fixture `wide` of test_it.py',
        "  os.getcwd() (process), changed at test_it.py:13, by the fixture `wide` of test_it.py",
    ]


BETWEEN = """\
import os

import pytest


@pytest.fixture(scope="module", autouse=True)
def wide():
    yield
    del os.environ["BETWEEN"]


def test_leaks():
    os.environ["LEFT"] = "1"


def test_innocent():
    assert os.environ["BETWEEN"] == "test_it.py::test_leaks"


def test_puts_back(monkeypatch):
    monkeypatch.setenv("LEFT", "2")


def test_last():
    pass
"""
PLUGIN = """\
import os


def pytest_runtest_logfinish(nodeid):
    os.environ["BETWEEN"] = nodeid
"""


def test_who_writes_a_variable_alone_is_named_whatever_is_written_between_the_tests(tmp_path: Path) -> None:
    done = run(write(tmp_path / "suite", BETWEEN, conftest=PLUGIN))

    told = {test: error.splitlines()[0].rpartition(": ")[2] for test, error in done.errors.items()}
    assert told == {"test_leaks": 'os.environ["LEFT"]'}


@pytest.mark.usefixtures("named_plugins")
def test_workers_of_xdist_check_their_own_tests(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", LEAKS)

    done = run(folder, "--isolator-gate-exact", "-n", "2")

    assert {*done.errors} >= {"test_environment", "test_registry", "test_cwd", "test_signal", "test_expected_to_fail"}
    assert "test_innocent" not in done.errors
    assert "tests leave state changed" in done.section[0]


FEW = """\
import os

from app import registry


def test_clean():
    assert registry.load(1) == 1


def test_leaks():
    os.environ["MODE"] = "1"
    registry.configure("json")
"""


def test_a_clean_suite_passes_in_silence(tmp_path: Path) -> None:
    done = run(write(tmp_path / "suite", FEW.partition("def test_leaks")[0]))

    assert (done.code, done.section) == (0, [])


def test_a_warning_makes_nothing_fail(tmp_path: Path) -> None:
    folder = write(tmp_path / "suite", FEW, "isolator_gate = 'warn'\n")

    done = run(folder, "-W", "error")

    assert done.code == 0
    assert done.section == [
        'warning: test_it.py::test_leaks leaves os.environ["MODE"] changed (test_it.py:11)',
        'warning: test_it.py::test_leaks leaves app.registry.HANDLERS["json"] changed',
    ]
    assert run(folder, "--isolator-gate=fail").code == 1
    assert run(folder, "--isolator-gate=off").section == []


def test_what_is_allowed_or_not_watched_makes_nothing_fail(tmp_path: Path) -> None:
    allow = '{ cell = "app.registry.*", reason = "plugins register once" }'
    folder = write(tmp_path / "suite", FEW, f"\n[tool.isolator.gate]\nallow = [{allow}]\n")

    done = run(folder)
    told = [line for line in done.errors["test_leaks"].splitlines() if line.startswith("  ")]

    assert told == ['  os.environ["MODE"] (environment), changed at test_it.py:11']
    assert run(folder, "--isolator-gate-watch=heap,process").code == 0


@pytest.mark.parametrize(
    ("settings", "words", "problem"),
    [
        ('allow = [{ cell = "a.b" }]', (), "tool.isolator.gate.allow #1.reason: is missing; expected the reason why"),
        ('allow = [{ cell = "a.b", reason = "" }]', (), "tool.isolator.gate.allow #1.reason: expected the reason why"),
        ("alow = []", (), "tool.isolator.gate.alow: is not a known key; did you mean 'allow'?"),
        ('watch = ["memory"]', (), 'tool.isolator.gate.watch: expected an array in which each is "environment", '),
        ("", ("--isolator-gate-watch=memory",), "--isolator-gate-watch: expected some of environment, heap, process"),
    ],
)
def test_settings_that_make_no_sense(tmp_path: Path, settings: str, words: tuple[str, ...], problem: str) -> None:
    done = run(write(tmp_path / "suite", FEW, f"\n[tool.isolator.gate]\n{settings}\n"), *words)

    assert done.code == 4
    assert problem in done.out


def test_tests_too_short_for_a_look_after_each_are_named_together(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "suite",
        FEW + "\n\ndef test_after():\n    pass\n",
        conftest="import isolator.gate.state\n\nisolator.gate.state.SHARE = 0\n",
    )

    done = run(folder, "--isolator-gate-watch=heap")

    told = done.errors["test_after"]
    names = "test_it.py::test_leaks, test_it.py::test_after"
    assert f"by this test or one right before it (too short to be checked one by one): {names}" in told
    assert {*run(folder, "--isolator-gate-exact", "--isolator-gate-watch=heap").errors} == {"test_leaks"}


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'click', 'libcst', 'jinja2', 'pathspec', 'tomlkit', 'sqlite3'}"
    modules = "isolator.gate.gate, isolator.gate.plan, isolator.gate.summary"

    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {modules}; print(sorted({heavy} & {{*sys.modules}}))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"


AFTER = """\
import gc, os, pytest
from isolator.pytest_runs.plugin.environ.taps import Taps

for _ in range(2):
    assert pytest.main(["-q", "-p", "no:cacheprovider", "-p", "isolator.gate"]) == 0
taps = [each for each in gc.get_objects() if type(each) is Taps]
before = [each.written for each in taps]
os.environ["AFTER"] = "1"
assert len(taps) == 2 and [each.written for each in taps] == before
assert all(each.watch.recorder is None for each in taps)
"""


def test_nothing_is_watched_after_a_run_though_the_audit_hook_stays(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_it():\n    pass\n")

    done = subprocess.run(
        [sys.executable, "-c", AFTER],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.returncode) == ("", 0)
