"""What MonkeyPatch, mock and Python do to state of other kinds: rows F5 to F14, each seen in a run of pytest.

The suite asserts the facts; the tests here say what isolator makes of each.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

import fixtures_templates
from codemods.context import Context
from isolator.engine.engine import Rewrite, Selection, rewrite

SUITE = """\
import importlib
import logging
import os
import random
import sys
import time
import warnings
from unittest import mock

import pytest
from _pytest.monkeypatch import MonkeyPatch

RECENT = tuple(map(int, pytest.__version__.split(".")[:2])) >= (9, 2)


class Service:
    limit = 3

    @staticmethod
    def call():
        return "called"


def test_F5_an_inherited_attribute_of_an_instance_stays_behind():
    service = Service()
    with MonkeyPatch.context() as m:
        m.setattr(service, "limit", 4)
    assert service.limit == 3
    assert ("limit" in vars(service)) is not RECENT


def test_what_a_class_has_by_its_metaclass_cannot_be_put_back():
    m = MonkeyPatch()
    m.setattr(Service, "__name__", "Other", raising=False)
    with pytest.raises(TypeError):
        m.undo()
    Service.__name__ = "Service"


def test_F6_an_item_that_comes_back_is_the_last():
    items = {"a": 1, "b": 2}
    with MonkeyPatch.context() as m:
        m.delitem(items, "a")
    assert list(items) == ["b", "a"]


def test_raising_false_calls_a_descriptor_all_the_same():
    class Strict:
        def set(self, value):
            raise AttributeError("read-only")

        limit = property(lambda self: 1, set)

    with pytest.raises(AttributeError), MonkeyPatch.context() as m:
        m.setattr(Strict(), "limit", 2, raising=False)


def test_F7_the_attribute_of_a_package_is_not_put_back():
    import xml.dom

    before = xml.dom
    with MonkeyPatch.context() as m:
        m.delitem(sys.modules, "xml.dom")
        importlib.import_module("xml.dom")
    assert sys.modules["xml.dom"] is before
    assert sys.modules["xml"].dom is not before
    sys.modules["xml"].dom = before


@pytest.mark.skipif(sys.platform == "win32", reason="a directory that is in use cannot be deleted there")
def test_F8_out_of_a_directory_that_is_gone(tmp_path):
    here = os.getcwd()
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        with pytest.raises(FileNotFoundError):
            MonkeyPatch().chdir(tmp_path)
    finally:
        os.chdir(here)


def test_F9_a_level_set_without_a_logger_misses_children_of_a_pinned_parent(caplog):
    logging.getLogger("f9").setLevel(logging.ERROR)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("f9.child").debug("one")
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, logger="f9")
    logging.getLogger("f9.child").debug("two")
    assert [record.message for record in caplog.records] == ["two"]


def test_caplog_sets_the_level_of_what_it_records_as_well(caplog):
    caplog.set_level(logging.ERROR, logger="quiet")
    logging.getLogger("loud").warning("lost")
    assert caplog.records == []


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="only where the C library has a zone")
def test_F10_the_zone_stays_until_tzset_runs_again():
    before = time.timezone
    with MonkeyPatch.context() as m:
        m.setenv("TZ", "XYZ+7")
        time.tzset()
    assert time.timezone == 7 * 3600
    time.tzset()
    assert time.timezone == before


def test_F11_a_staticmethod_put_back_by_hand_is_a_function():
    class Mine(Service):
        @staticmethod
        def call():
            return "mine"

    saved = Mine.call
    Mine.call = lambda: "fake"
    Mine.call = saved
    with pytest.raises(TypeError):
        Mine().call()
    Mine.call = staticmethod(saved)
    with MonkeyPatch.context() as m:
        m.setattr(Mine, "call", lambda: "fake")
    assert Mine().call() == "mine"


def test_F12_a_container_put_back_by_assignment_is_another_one():
    holder = mock.Mock(items=[1])
    also = holder.items
    saved = list(holder.items)
    holder.items.append(2)
    holder.items = saved
    assert also == [1, 2]
    also[:] = saved
    assert also == [1]


def test_a_seed_that_is_put_back_leaves_later_tests_what_they_had():
    state = random.getstate()
    random.seed(1)
    random.setstate(state)
    assert random.getstate() == state


def test_stopall_stops_the_patches_of_others():
    other = mock.patch("os.sep", "|")
    other.start()
    mock.patch.stopall()
    assert os.sep != "|"


def test_a_patcher_can_be_stopped_twice():
    patcher = mock.patch("os.sep", "|")
    patcher.start()
    patcher.stop()
    patcher.stop()
    assert os.sep != "|"


def test_F14_a():
    warnings.simplefilter("ignore")
    print("to be captured")
    sys.stdout = None


def test_F14_b():
    assert sys.stdout is not None
    assert warnings.filters[0][0] != "ignore" or warnings.filters[0][2] is not Warning


LATE = []


@pytest.fixture
def late():
    yield
    LATE.append(Service.limit)


def test_an_early_monkeypatch_outlives_the_tear_downs_of_others_a(monkeypatch, late):
    monkeypatch.setattr(Service, "limit", 9)


def test_an_early_monkeypatch_outlives_the_tear_downs_of_others_b(late, monkeypatch):
    monkeypatch.setattr(Service, "limit", 9)


def test_an_early_monkeypatch_outlives_the_tear_downs_of_others_c():
    assert LATE == [9, 3]
"""


def test_facts(tmp_path: Path) -> None:
    (tmp_path / "test_facts.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:randomly", "--tb=short"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = dict(re.findall(r"^\S+?::(\S+) (PASSED|FAILED|ERROR|SKIPPED)", done.stdout, re.MULTILINE))
    assert found.keys() == set(re.findall(r"^def (test_\w+)", SUITE, re.MULTILINE))
    assert set(found.values()) <= {"PASSED", "SKIPPED"}, done.stdout


def made(text: str) -> Rewrite:
    return rewrite(dedent(text).encode(), "test_it.py", Context(), Selection(select=("ISO4",)))


def test_f9_no_level_is_set_without_its_logger() -> None:
    text = made("import logging\n\n\ndef test_it():\n    logging.getLogger('a').setLevel(10)\n").source.decode()
    assert "logging.getLogger('a').setLevel, logging.getLogger('a').level" in text
    assert "caplog" not in text


def test_f10_a_zone_is_left_to_a_fixture() -> None:
    [finding] = made("import time\n\n\ndef test_it():\n    time.tzset()\n").left
    assert finding.refusal == "no-getter"


def test_f11_a_restoration_that_breaks_a_staticmethod_goes() -> None:
    text = """
        from app import Service


        def test_it():
            saved = Service.call
            Service.call = lambda: "fake"
            try:
                assert Service.call() == "fake"
            finally:
                Service.call = saved
    """
    after = made(text).source.decode()
    assert "saved" not in after
    assert 'monkeypatch.setattr(Service, "call", lambda: "fake"' in after


def test_f12_a_list_is_put_back_in_place() -> None:
    text = made("ITEMS = []\n\n\ndef test_it():\n    ITEMS.append(1)\n").source.decode()
    assert "partial(ITEMS.__setitem__, slice(None), ITEMS[:])" in text


def test_f14_what_pytest_puts_back_is_not_reported() -> None:
    text = "import sys\nimport warnings\n\n\ndef test_it():\n    warnings.simplefilter(1)\n    sys.stdout = None\n"
    assert made(text).left == ()
    assert made(text).fixed == ()


def test_no_template_asks_for_monkeypatch() -> None:
    folder = Path(fixtures_templates.__file__).parent
    for path in folder.glob("[!_]*.py"):
        assert not re.search(r"\bdef \w+\([^)]*monkeypatch|\bmonkeypatch\.", path.read_text()), path.name


def test_nothing_stops_the_patches_of_others() -> None:
    text = "from unittest.mock import patch\n\n\ndef test_it():\n    patch('app.x').start()\n"
    assert "stopall" not in made(text).source.decode()


def test_the_name_of_a_class_is_left_alone() -> None:
    result = made("from app import Service\n\n\ndef test_it():\n    Service.__name__ = 'x'\n    run()\n")
    assert [finding.refusal for finding in result.left] == ["attribute-special"]


@pytest.mark.parametrize("owner", ["service", "Service"])
def test_f5_attributes_are_set_on_what_the_test_names(owner: str) -> None:
    text = f"from app import service, Service\n\n\ndef test_it():\n    {owner}.limit = 1\n    assert run()\n"
    assert f'monkeypatch.setattr({owner}, "limit", 1, raising=False)' in made(text).source.decode().replace("'", '"')
