"""The templates as they stand, each as the conftest of a small suite that pollutes and looks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import fixtures_templates

HERE = Path(fixtures_templates.__file__).parent


def outcomes(folder: Path, template: str, constant: str = "", **files: str) -> dict[str, str]:
    """The outcome of each test of the files, with the template as conftest.py and its list filled in."""
    text = (HERE / f"{template}.py").read_text()
    (folder / "conftest.py").write_text(text.replace(": list[str] = []", f" = {constant}") if constant else text)
    for name, content in files.items():
        (folder / f"{name}.py").write_text(content)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "-v", "-rN", "--tb=short"]
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "ISO_"))}
    # None of what happens to be installed is needed, and it takes half of the time that pytest takes to start.
    environ |= {"ISO_OUTSIDE": "outside", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^\S+?::(\S+) (PASSED|FAILED|ERROR)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    assert set(found.values()) == {"PASSED"}, done.stdout
    return found


ISOLATED = """\
import os, asyncio, unittest
import pytest

@pytest.fixture(scope="module")
def of_module():
    os.environ["ISO_MODULE"] = "module"
    yield
    assert os.environ.pop("ISO_MODULE") == "module"

@pytest.fixture
def forgets():
    os.environ["ISO_FIXTURE"] = "left"

def test_pollutes(forgets):
    os.environ["ISO_NEW"] = "left"
    os.environ["ISO_OTHER"] = "left"
    os.environ["ISO_OUTSIDE"] = "changed"

def test_sees_nothing_of_it():
    assert "ISO_NEW" not in os.environ
    assert "ISO_FIXTURE" not in os.environ
    assert os.environ["ISO_OUTSIDE"] == "outside"

def test_what_is_not_named_stays():
    assert os.environ.pop("ISO_OTHER") == "left"

def test_deletes():
    del os.environ["ISO_OUTSIDE"]

def test_sees_it_again():
    assert os.environ["ISO_OUTSIDE"] == "outside"

def test_monkeypatch_and_a_write_on_top(monkeypatch):
    monkeypatch.setenv("ISO_OUTSIDE", "patched")
    monkeypatch.delenv("ISO_NEW", raising=False)
    os.environ["ISO_NEW"] = "left"

def test_sees_nothing_of_that():
    assert "ISO_NEW" not in os.environ
    assert os.environ["ISO_OUTSIDE"] == "outside"

def test_wider_fixture(of_module):
    assert os.environ["ISO_MODULE"] == "module"
    os.environ["ISO_MODULE"] = "changed"

def test_wider_fixture_again(of_module):
    assert os.environ["ISO_MODULE"] == "module"

def test_the_rest_of_the_environment_is_there():
    assert "PATH" in os.environ
    assert "test_the_rest" in os.environ["PYTEST_CURRENT_TEST"]

class TestCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["ISO_NEW"] = "class"

    @classmethod
    def tearDownClass(cls):
        del os.environ["ISO_NEW"]

    def test_one(self):
        assert os.environ["ISO_NEW"] == "class"
        os.environ["ISO_NEW"] = "one"

    def test_two(self):
        assert os.environ["ISO_NEW"] == "class"
"""


def test_isolate_environment(tmp_path: Path) -> None:
    names = '["ISO_NEW", "ISO_FIXTURE", "ISO_OUTSIDE", "ISO_MODULE"]'
    assert len(outcomes(tmp_path, "isolate_environment", names, test_isolated=ISOLATED)) == 12


POLLUTES = """\
import os, unittest
import pytest

def setUpModule():
    os.environ["ISO_MODULE"] = "set-up"

class TestA(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["ISO_CLASS"] = "A"

    def test_pollutes(self):
        assert os.environ["ISO_MODULE"] == "set-up"
        os.environ["ISO_TEST"] = "left"
        del os.environ["ISO_OUTSIDE"]

    def test_sees_its_class_only(self):
        assert os.environ["ISO_CLASS"] == "A"
        assert "ISO_TEST" not in os.environ
        assert os.environ["ISO_OUTSIDE"] == "outside"

class TestB:
    def test_sees_its_module_only(self):
        assert "ISO_CLASS" not in os.environ
        assert os.environ["ISO_MODULE"] == "set-up"

    def test_writes_nothing_that_does_not_differ(self):
        assert "PYTEST_CURRENT_TEST" in os.environ
"""

SEES = """\
import os, sys

def test_sees_nothing():
    assert not {"ISO_MODULE", "ISO_CLASS", "ISO_TEST"} & set(os.environ)
    assert os.environ["ISO_OUTSIDE"] == "outside"
    assert "test_sees_nothing" in os.environ["PYTEST_CURRENT_TEST"]

written = []
sys.addaudithook(lambda event, args: written.append(args) if event in ("os.putenv", "os.unsetenv") else None)

def test_a():
    os.environ["ISO_A"] = "1"
    written.clear()

def test_b():
    names = [os.fsdecode(args[0]) for args in written]
    assert [n for n in names if n != "PYTEST_CURRENT_TEST"] == ["ISO_A"]
"""


def test_snapshot_environment(tmp_path: Path) -> None:
    assert len(outcomes(tmp_path, "snapshot_environment", test_a_pollutes=POLLUTES, test_b_sees=SEES)) == 7


STAYS = """\
import os, unittest

class TestC(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["ISO_OTHER"] = "class"
        os.environ["ISO_OUTSIDE"] = "class"

    def test_c(self):
        assert os.environ["ISO_OUTSIDE"] == "class"
        os.environ["ISO_OUTSIDE"] = "changed"

    def test_d(self):
        assert os.environ["ISO_OUTSIDE"] == "class"

def test_what_is_not_named_stays():
    assert os.environ["ISO_OTHER"] == "class"
    assert os.environ["ISO_OUTSIDE"] == "outside"
"""


def test_isolate_scopes(tmp_path: Path) -> None:
    names = '["ISO_MODULE", "ISO_CLASS", "ISO_TEST", "ISO_OUTSIDE"]'
    files = {"test_a_pollutes": POLLUTES, "test_b_sees": SEES[: SEES.index("written")], "test_c_stays": STAYS}
    assert len(outcomes(tmp_path, "isolate_scopes", names, **files)) == 8


APPLICATION = """\
import functools, os
imported_in = os.environ.get("PYTEST_CURRENT_TEST", "")
instance = None

@functools.lru_cache(maxsize=None)
def get_config():
    return os.environ.get("ISO_KEY", "default")

class Settings:
    current = None

def get_instance():
    global instance
    if instance is None:
        instance = get_config()
    return instance
"""

CACHED = """\
import sys
import pytest

def test_is_imported_in_the_first_set_up():
    assert "(setup)" in sys.modules["iso_app"].imported_in

@pytest.mark.parametrize("value", ["one", "two"])
def test_reads_its_own(monkeypatch, value):
    import iso_app
    monkeypatch.setenv("ISO_KEY", value)
    assert iso_app.get_config() == value
    assert iso_app.get_instance() == value
    assert iso_app.Settings.current is None
    iso_app.Settings.current = value

def test_reads_the_default():
    import iso_app
    assert iso_app.get_instance() == iso_app.get_config() == "default"
    assert iso_app.Settings.current is None
"""


def test_reset_cached_configuration(tmp_path: Path) -> None:
    paths = '["iso_app.get_config", "iso_app.instance", "iso_app.Settings.current"]'
    assert len(outcomes(tmp_path, "reset_cached_configuration", paths, iso_app=APPLICATION, test_cached=CACHED)) == 4


def test_nothing_to_reset_as_it_stands(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "reset_cached_configuration", test_x="def test_x(): pass\n") == {"test_x": "PASSED"}


LOGGING = """\
import logging

LOGGER = logging.getLogger("app")
HANDLER = logging.NullHandler()

def test_pollutes():
    logging.disable(logging.CRITICAL)
    logging.root.setLevel(logging.ERROR)
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.addHandler(HANDLER)
    LOGGER.addFilter(print)
    LOGGER.propagate = False
    LOGGER.disabled = True
    logging.getLogger("new").setLevel(logging.ERROR)

def test_sees_nothing_of_it():
    assert logging.root.manager.disable == logging.NOTSET
    assert logging.root.level == logging.WARNING
    assert (LOGGER.level, LOGGER.handlers, LOGGER.filters) == (logging.NOTSET, [], [])
    assert LOGGER.propagate and not LOGGER.disabled

def test_a_logger_that_came_into_being_meanwhile_is_left_alone():
    assert logging.getLogger("new").level == logging.ERROR

def test_what_pytest_records_is_there(caplog):
    caplog.set_level(logging.INFO)
    LOGGER.info("one")
    assert [record.message for record in caplog.records] == ["one"]

def test_and_its_level_is_not():
    assert logging.root.level == logging.WARNING
"""


def test_isolate_logging(tmp_path: Path) -> None:
    assert len(outcomes(tmp_path, "isolate_logging", test_logging=LOGGING)) == 5
