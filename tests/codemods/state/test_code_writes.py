"""What the code in a block may write decides whether ``patch.dict`` may go (rows E1 to E3, E5).

Each case is a folder with a module of code under test, a conftest and a test file. Refused cases are also rewritten by
force and run: the variable that they are refused for is left behind then, and is not before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from codemods.context import Context
from codemods.suite.conftests import read_conftests
from isolator.engine.engine import Rewrite, Selection, rewrite

CODE = """
import os


def start():
    os.environ["TOKEN"] = "1"


def start_another():
    os.environ["OTHER"] = "1"


def look():
    return os.environ.get("TOKEN")


class Client:
    def configure(self):
        start()

    def close(self):
        pass
"""
HEAD = """\
import os
from unittest.mock import patch

import pytest
from APP import Client, look, start, start_another

"""
NAMED = """
@pytest.fixture(autouse=True)
def isolate():
    saved = {name: os.environ.get(name) for name in ["TOKEN", "A"]}
    yield
    for name, value in saved.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
"""


@dataclass(frozen=True)
class Case:
    """``left`` is the variable that a rewrite would leave behind: none where it is made.

    ``said`` is what the refusal calls it, where that is not its name.
    """

    name: str
    test: str
    left: str = ""
    conftest: str = ""
    unittest: bool = False
    said: str = ""

    @property
    def text(self) -> str:
        return (HEAD + "\n" + dedent(self.test).strip("\n") + "\n").replace("APP", f"app_{self.name}")


REFUSED = [
    Case(
        "block",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                start()
        """,
        "TOKEN",
    ),
    Case(
        "decorator",
        """
        @patch.dict(os.environ, {"A": "1"})
        def test_it():
            assert not start()
        """,
        "TOKEN",
    ),
    Case(
        "decorator_with_a_mock",
        """
        @patch("os.getcwd")
        @patch.dict("os.environ", A="1")
        def test_it(getcwd):
            start()
        """,
        "TOKEN",
    ),
    Case(
        "string_target_and_more_items",
        """
        def test_it():
            with patch("os.getcwd"), patch.dict("os.environ", A="1"), patch("os.getpid"):
                start()
        """,
        "TOKEN",
    ),
    Case(
        "method_of_something_unknown",
        """
        def make():
            return [Client()]


        def test_it():
            client = make()[0]
            with patch.dict(os.environ, {"A": "1"}):
                client.configure()
        """,
        "TOKEN",
    ),
    Case(
        "fixture_of_the_conftest",
        """
        def test_it(client):
            with patch.dict(os.environ, {"A": "1"}):
                client.configure()
        """,
        "TOKEN",
        conftest="""
        from APP import Client


        @pytest.fixture
        def client():
            return Client()
        """,
    ),
    Case(
        "passed_on",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                list(map(lambda f: f(), [start]))
        """,
        "TOKEN",
    ),
    Case(
        "another_variable_than_the_block_sets",
        """
        def test_it():
            with patch.dict(os.environ, {"TOKEN": "0"}):
                start()
                start_another()
        """,
        "OTHER",
    ),
    Case(
        "variable_that_is_only_removed",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                os.environ.pop("TOKEN", None)
                start()
        """,
        "TOKEN",
    ),
    Case(
        "variable_that_is_set_later",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                start()
                os.environ["TOKEN"] = "2"
        """,
        "TOKEN",
    ),
    Case(
        "emptied_and_set_by_code",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}, clear=True):
                start()
        """,
        "TOKEN",
    ),
    Case(
        "fixture_around_the_test",
        """
        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_it(env):
            start()
        """,
        "TOKEN",
    ),
    Case(
        "manager_that_an_autouse_fixture_enters",
        """
        import unittest
        from contextlib import contextmanager


        @contextmanager
        def setting(name, text):
            with patch.dict(os.environ, {name: text}):
                yield


        @pytest.fixture(autouse=True)
        def env():
            with setting("A", "1"):
                yield


        class TestIt(unittest.TestCase):
            @patch.dict(os.environ, {"TOKEN": "1"})
            def test_it(self):
                patcher = patch.dict(os.environ, {"TOKEN": "2"})
                patcher.start()
                self.addCleanup(patcher.stop)
        """,
        "TOKEN",
        said="variables",
    ),
    Case(
        "registered_below_a_decorator",
        """
        import unittest


        @pytest.fixture(autouse=True)
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        class TestIt(unittest.TestCase):
            @patch.dict(os.environ, {"A": "2"})
            def test_it(self):
                self.addCleanup(start)
        """,
        "TOKEN",
    ),
    Case(
        "autouse_fixture_in_a_class",
        """
        class TestIt:
            @pytest.fixture(autouse=True)
            def env(self):
                with patch.dict(os.environ, {"A": "1"}):
                    yield

            def test_it(self):
                Client().configure()
        """,
        "TOKEN",
    ),
    Case(
        "fixture_around_another_fixture",
        """
        @pytest.fixture(autouse=True)
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        @pytest.fixture
        def started():
            start()


        def test_it(started):
            assert look()
        """,
        "TOKEN",
    ),
    Case(
        "started_patcher",
        """
        def test_it():
            patcher = patch.dict(os.environ, {"A": "1"})
            patcher.start()
            start()
            patcher.stop()
        """,
        "TOKEN",
    ),
    Case(
        "stack",
        """
        from contextlib import ExitStack


        def test_it():
            with ExitStack() as stack:
                stack.enter_context(patch.dict(os.environ, {"A": "1"}))
                start()
        """,
        "TOKEN",
    ),
    Case(
        "set_up_and_tear_down",
        """
        class TestIt:
            def setup_method(self):
                self.patcher = patch.dict(os.environ, {"A": "1"})
                self.patcher.start()

            def teardown_method(self):
                self.patcher.stop()

            def test_it(self):
                start()
        """,
        "TOKEN",
    ),
    Case(
        "helper_of_the_file",
        """
        def helper():
            os.environ["TOKEN"] = "1"


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                helper()
        """,
        "TOKEN",
    ),
    Case(
        "helper_below_an_autouse_fixture",
        """
        @pytest.fixture(autouse=True)
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def helper():
            os.environ.setdefault("TOKEN", "1")


        def test_it():
            helper()
        """,
        "TOKEN",
    ),
    Case(
        "helper_of_the_conftest",
        """
        from conftest import helper


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                helper()
        """,
        "TOKEN",
        conftest="""
        @pytest.fixture
        def unused():
            pass


        def helper():
            os.environ["TOKEN"] = "1"
        """,
    ),
    Case(
        "method_of_a_helper_class",
        """
        class Helper:
            def go(self):
                os.environ["TOKEN"] = "1"


        @pytest.fixture
        def helper():
            return Helper()


        def test_it(helper):
            with patch.dict(os.environ, {"A": "1"}):
                helper.go()
        """,
        "TOKEN",
    ),
    Case(
        "test_case_that_is_converted",
        """
        from unittest import TestCase


        class TestIt(TestCase):
            def set(self):
                setattr(self, "x", os.environ.setdefault("TOKEN", "1"))

            def test_it(self):
                with patch.dict(os.environ, {"A": "1"}):
                    self.set()
        """,
        "TOKEN",
        unittest=True,
    ),
    Case(
        "another_variable_is_isolated",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                start_another()
        """,
        "OTHER",
        conftest=NAMED,
    ),
]
CONVERTED = [
    Case(
        "reads_only",
        """
        def test_it():
            with patch.dict(os.environ, {"TOKEN": "1"}):
                assert look() == "1"
        """,
    ),
    Case(
        "same_variable",
        """
        def test_it():
            with patch.dict(os.environ, {"TOKEN": "0", "A": "1"}):
                Client().configure()
                assert look() == "1"
        """,
    ),
    Case(
        "same_variable_by_constant",
        """
        NAME = "TOKEN"


        @patch.dict(os.environ, {NAME: "0"})
        def test_it():
            start()
        """,
    ),
    Case(
        "writes_outside_of_the_block",
        """
        @pytest.fixture
        def token():
            start()
            yield
            del os.environ["TOKEN"]


        def test_it(token):
            with patch.dict(os.environ, {"A": "1"}):
                assert look()
        """,
    ),
    Case(
        "fixture_that_other_tests_have",
        """
        @pytest.fixture
        def env():
            with patch.dict(os.environ, {"A": "1"}):
                yield


        def test_it(env):
            look()


        def test_other(monkeypatch):
            monkeypatch.setenv("TOKEN", "0")
            start()
        """,
    ),
    Case(
        "isolated_by_name",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                start()
        """,
        conftest=NAMED,
    ),
    Case(
        "isolated_by_a_snapshot",
        """
        @patch.dict(os.environ, {"A": "1"})
        def test_it():
            start()
            start_another()
        """,
        conftest="""
        from contextlib import contextmanager


        @contextmanager
        def restored():
            saved = dict(os.environ)
            try:
                yield
            finally:
                for name in {*saved, *os.environ} - {"PYTEST_CURRENT_TEST"}:
                    if name in saved:
                        os.environ[name] = saved[name]
                    else:
                        os.environ.pop(name, None)


        @pytest.fixture(autouse=True)
        def snapshot_environment():
            with restored():
                yield
        """,
    ),
    Case(
        "asserts_all_there_is",
        """
        def test_it():
            with patch.dict(os.environ, {"A": "1"}, clear=True):
                start()
                assert os.environ == {"A": "1", "TOKEN": "1"}
        """,
    ),
    Case(
        "helper_that_restores",
        """
        def helper():
            saved = os.environ.get("TOKEN")
            os.environ["TOKEN"] = "1"
            try:
                return look()
            finally:
                if saved is None:
                    os.environ.pop("TOKEN")
                else:
                    os.environ["TOKEN"] = saved


        def test_it():
            with patch.dict(os.environ, {"A": "1"}):
                helper()
        """,
    ),
]
# At the end of each test: which variables are not what they were, in the test's file.
PLUGIN = """
import json, os, pathlib

KEPT, LEFT, OUT = dict(os.environ), {}, pathlib.Path(__file__).with_name("left.json")


def pytest_runtest_logfinish(nodeid, location):
    names = {n for n in {*KEPT, *os.environ} if KEPT.get(n) != os.environ.get(n) and not n.startswith("PYTEST")}
    LEFT.setdefault(nodeid.split("::")[0].rpartition("/")[2][5:-3], set()).update(names)
    for name in names:
        os.environ.pop(name, None)


def pytest_sessionfinish(session, exitstatus):
    OUT.write_text(json.dumps([int(exitstatus), {k: sorted(v) for k, v in LEFT.items()}]))
"""


def build(folder: Path, case: Case) -> Path:
    """The case's folder; its test file is yet to be written."""
    home = folder / case.name
    home.mkdir(parents=True)
    (home / f"app_{case.name}.py").write_text(CODE, encoding="utf-8")
    conftest = f"import os\n\nimport pytest\n\n{dedent(case.conftest)}".replace("APP", f"app_{case.name}")
    (home / "conftest.py").write_text(conftest, encoding="utf-8")
    return home


def fixed(folder: Path, case: Case, *, proving: bool = False) -> Rewrite:
    home = folder / case.name
    context = Context(
        root=home,
        source_roots=(home,),
        conftests=tuple(read_conftests([home])),
        unittest="convert" if case.unittest else "keep",
        proving=proving,
    )
    result = rewrite(case.text.encode(), f"test_{case.name}.py", context, Selection())
    assert result.error is None
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects")
    for case in (*REFUSED, *CONVERTED):
        build(folder, case)
    return folder


def run(folder: Path, texts: dict[str, bytes]) -> dict[str, list[str]]:
    """The variables that the tests of each case leave behind; all tests pass."""
    for name, text in texts.items():
        (folder / name / f"test_{name}.py").write_bytes(text)
    (folder / "leaving.py").write_text(PLUGIN, encoding="utf-8")
    # A conftest that is imported by its name needs a run of its own.
    alone = [name for name, text in texts.items() if b"from conftest" in text]
    left: dict[str, list[str]] = {}
    for names in filter(None, (alone, sorted(texts.keys() - {*alone}))):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "leaving", "-p", "no:cacheprovider", *names]
        environment |= {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        status, found = json.loads((folder / "left.json").read_text(encoding="utf-8"))
        assert status == 0, done.stdout
        left |= found
    return left


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(folder: Path, case: Case) -> None:
    result = fixed(folder, case)
    assert result.source.decode() == case.text
    (finding,) = [finding for finding in result.left if finding.refusal == "code-writes"]
    assert f"writes {case.said or case.left}, and only patch.dict undoes that" in finding.message
    if case.said:  # it is not known which, so all are restored
        assert 'template = "snapshot_environment"' in finding.message
    else:
        assert f'"{case.left}"' in finding.message.partition("critical-env = [")[2]


@pytest.mark.parametrize("case", CONVERTED, ids=lambda case: case.name)
def test_converted(folder: Path, case: Case) -> None:
    result = fixed(folder, case)
    assert b"monkeypatch" in result.source and b"patch.dict" not in result.source
    assert not [finding for finding in result.left if finding.code == "ISO101"]


def test_refusals_are_needed(folder: Path) -> None:
    """By force, each would leave its variable behind, which it does not as it is."""
    before = run(folder, {case.name: case.text.encode() for case in REFUSED})
    assert before == {case.name: [] for case in REFUSED}
    forced = run(folder, {case.name: fixed(folder, case, proving=True).source for case in REFUSED})
    assert forced == {case.name: [case.left] for case in REFUSED}


def test_conversions_leave_nothing_behind(folder: Path) -> None:
    for texts in (
        {case.name: case.text.encode() for case in CONVERTED},
        {case.name: fixed(folder, case).source for case in CONVERTED},
    ):
        assert run(folder, texts) == {case.name: [] for case in CONVERTED}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_place_of_the_write_is_told(folder: Path, case: Case) -> None:
    messages = [finding.message for finding in fixed(folder, case).left if finding.refusal == "code-writes"]
    place = messages[0].partition("not fixed: ")[2].partition(", which")[0]
    file, _, line = place.partition(":")
    texts = {f"test_{case.name}.py": case.text, f"app_{case.name}.py": CODE}
    texts["conftest.py"] = (folder / case.name / "conftest.py").read_text(encoding="utf-8")
    assert f'"{case.left}"' in texts[file].split("\n")[int(line) - 1]
