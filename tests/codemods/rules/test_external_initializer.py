"""ISO201: what is written for each kind of test, and that it runs; what is left alone, and why."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest

from codemods.context import Context, Initializer
from codemods.python.source import Source
from codemods.rules.external_initializer import CODEMOD

HANDLER = Initializer("core.handler.Handler.__init__", returns="None", imports=("core.agent",))
CACHE = Initializer(
    "core.handler.Cache.get_instance",
    argument="mock_cache",
    configure=(("return_value.check.return_value", '{"allowed": False}'), ("return_value.size", "1")),
    imports=("core.agent",),
)

HANDLER_PATCH = '@patch("core.handler.Handler.__init__", return_value=None)'
CACHE_PATCH = '@patch("core.handler.Cache.get_instance")'

CORE = {
    "core/__init__.py": "",
    "core/handler.py": """
        class Handler:
            def __init__(self):
                raise ConnectionError("network")

        class Cache:
            @classmethod
            def get_instance(cls):
                raise ConnectionError("network")
        """,
    "core/agent.py": """
        import time

        from core.handler import Cache, Handler

        class Agent:
            def __init__(self, name):
                self.name, self.born = name, time.time()
                self.handler, self.cache = Handler(), Cache.get_instance()

            def allowed(self):
                return self.cache.check()["allowed"]
        """,
    "conftest.py": """
        import pytest

        @pytest.fixture
        def name():
            return "ada"
        """,
}


@dataclass(frozen=True)
class Case:
    """A file before and after; every test in it fails before and passes after."""

    name: str
    before: str
    after: str


FUNCTION = Case(
    "function",
    """
    from core.agent import Agent


    def test_allowed(name):
        assert not Agent(name).allowed()
    """,
    f"""
    from unittest.mock import patch

    from core.agent import Agent


    {HANDLER_PATCH}
    {CACHE_PATCH}
    def test_allowed(mock_cache, mock_handler_init, name):
        mock_cache.return_value.check.return_value = {{"allowed": False}}
        mock_cache.return_value.size = 1
        assert not Agent(name).allowed()
    """,
)

METHOD = Case(
    "method",
    """
    from unittest import mock

    import core.agent


    class TestAgent:
        # What a student may do
        def test_allowed(self):
            \"\"\"Nothing.\"\"\"
            # made here
            agent = core.agent.Agent("ada")  # not in a fixture

            assert not agent.allowed()

        def test_name(self): assert core.agent.Agent("ada").name == "ada"
    """,
    f"""
    from unittest import mock

    import core.agent


    class TestAgent:
        # What a student may do
        {HANDLER_PATCH.replace("patch", "mock.patch")}
        {CACHE_PATCH.replace("patch", "mock.patch")}
        def test_allowed(self, mock_cache, mock_handler_init):
            \"\"\"Nothing.\"\"\"
            mock_cache.return_value.check.return_value = {{"allowed": False}}
            mock_cache.return_value.size = 1
            # made here
            agent = core.agent.Agent("ada")  # not in a fixture

            assert not agent.allowed()

        {HANDLER_PATCH.replace("patch", "mock.patch")}
        {CACHE_PATCH.replace("patch", "mock.patch")}
        def test_name(self, mock_cache, mock_handler_init):
            mock_cache.return_value.check.return_value = {{"allowed": False}}
            mock_cache.return_value.size = 1
            assert core.agent.Agent("ada").name == "ada"
    """,
)

OTHER_DECORATORS = Case(
    "other_decorators",
    """
    from unittest.mock import patch

    import pytest

    from core.agent import Agent


    @patch("core.agent.time.time", return_value=7)
    class TestAgent:
        @pytest.mark.parametrize("size", [1, 2])
        @patch("os.getcwd")
        @patch.object(Agent, "allowed")
        @patch.dict("os.environ", {"A": "1"})
        def test_born(
            self,
            mock_allowed,
            mock_getcwd,
            mock_time,
            size,
            name,
        ):
            agent = Agent(name)
            assert (agent.allowed(), agent.born, size) == (mock_allowed.return_value, 7, size)
    """,
    f"""
    from unittest.mock import patch

    import pytest

    from core.agent import Agent


    @patch("core.agent.time.time", return_value=7)
    class TestAgent:
        {HANDLER_PATCH}
        {CACHE_PATCH}
        @pytest.mark.parametrize("size", [1, 2])
        @patch("os.getcwd")
        @patch.object(Agent, "allowed")
        @patch.dict("os.environ", {{"A": "1"}})
        def test_born(
            self,
            mock_allowed,
            mock_getcwd,
            mock_cache,
            mock_handler_init,
            mock_time,
            size,
            name,
        ):
            mock_cache.return_value.check.return_value = {{"allowed": False}}
            mock_cache.return_value.size = 1
            agent = Agent(name)
            assert (agent.allowed(), agent.born, size) == (mock_allowed.return_value, 7, size)
    """,
)

ASYNC = Case(
    "asynchronous",
    """
    import pytest

    from core.agent import Agent


    @pytest.mark.asyncio
    async def test_allowed(*, name: str) -> None:
        assert not Agent(name).allowed()
    """,
    f"""
    from unittest.mock import MagicMock, patch

    import pytest

    from core.agent import Agent


    {HANDLER_PATCH}
    {CACHE_PATCH}
    @pytest.mark.asyncio
    async def test_allowed(
        mock_cache: MagicMock, mock_handler_init: MagicMock, *, name: str
    ) -> None:
        mock_cache.return_value.check.return_value = {{"allowed": False}}
        mock_cache.return_value.size = 1
        assert not Agent(name).allowed()
    """,
)

TESTCASE = Case(
    "testcase",
    """
    import unittest
    import unittest.mock as um

    from core import agent


    class Agents(unittest.TestCase):
        def test_allowed(self):
            assert not agent.Agent("ada").allowed()


    class AsyncAgents(unittest.IsolatedAsyncioTestCase):
        @um.patch("os.getcwd")
        async def test_allowed(self, mock_getcwd, last=None):
            assert not agent.Agent("ada").allowed()
    """,
    f"""
    import unittest
    import unittest.mock as um

    from core import agent


    class Agents(unittest.TestCase):
        {HANDLER_PATCH.replace("patch", "um.patch")}
        {CACHE_PATCH.replace("patch", "um.patch")}
        def test_allowed(self, mock_cache, mock_handler_init):
            mock_cache.return_value.check.return_value = {{"allowed": False}}
            mock_cache.return_value.size = 1
            assert not agent.Agent("ada").allowed()


    class AsyncAgents(unittest.IsolatedAsyncioTestCase):
        {HANDLER_PATCH.replace("patch", "um.patch")}
        {CACHE_PATCH.replace("patch", "um.patch")}
        @um.patch("os.getcwd")
        async def test_allowed(self, mock_getcwd, mock_cache, mock_handler_init, last=None):
            mock_cache.return_value.check.return_value = {{"allowed": False}}
            mock_cache.return_value.size = 1
            assert not agent.Agent("ada").allowed()
    """,
)

GIVEN = Case(
    "given",
    """
    from hypothesis import given, settings, strategies

    from core.agent import Agent


    @settings(max_examples=3)
    @given(strategies.integers(), strategies.text())
    def test_name(number, word):
        assert Agent(word).name == word and number == int(number)
    """,
    f"""
    from unittest.mock import patch

    from hypothesis import given, settings, strategies

    from core.agent import Agent


    {HANDLER_PATCH}
    {CACHE_PATCH}
    @settings(max_examples=3)
    @given(strategies.integers(), strategies.text())
    def test_name(mock_cache, mock_handler_init, number, word):
        mock_cache.return_value.check.return_value = {{"allowed": False}}
        mock_cache.return_value.size = 1
        assert Agent(word).name == word and number == int(number)
    """,
)

PARTLY_PATCHED = Case(
    "partly_patched",
    """
    from unittest.mock import patch

    import pytest

    from core.agent import Agent
    from core.handler import Handler


    @pytest.fixture
    def no_handler():
        with patch.object(Handler, '__init__', return_value=None):
            yield


    def test_allowed(
        no_handler
    ):
        assert not Agent('ada').allowed()
    """,
    """
    from unittest.mock import patch

    import pytest

    from core.agent import Agent
    from core.handler import Handler


    @pytest.fixture
    def no_handler():
        with patch.object(Handler, '__init__', return_value=None):
            yield


    @patch('core.handler.Cache.get_instance')
    def test_allowed(
        mock_cache,
        no_handler
    ):
        mock_cache.return_value.check.return_value = {"allowed": False}
        mock_cache.return_value.size = 1
        assert not Agent('ada').allowed()
    """,
)

CASES = [FUNCTION, METHOD, OTHER_DECORATORS, ASYNC, TESTCASE, GIVEN, PARTLY_PATCHED]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    write(root, CORE)
    return root


def context_of(root: Path, *initializers: Initializer) -> Context:
    return Context(root=root, source_roots=(root,), initializers=initializers)


def fix(text: str, context: Context) -> str:
    """The file with every safe fix, as the engine applies them."""
    source = Source(text, "tests/test_agent.py")
    matches = [m for m in CODEMOD.find(source, context) if m.finding.fix == "safe"]
    assert CODEMOD.apply is not None
    return CODEMOD.apply(source, context, matches) if matches else text


def text_of(block: str) -> str:
    return dedent(block).lstrip("\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_rewrites_to_exactly_this_and_then_no_more(case: Case, newline: str, project: Path) -> None:
    context = context_of(project, HANDLER, CACHE)
    after = fix(text_of(case.before).replace("\n", newline), context)
    assert after == text_of(case.after).replace("\n", newline)
    assert CODEMOD.find(Source(after, "tests/test_agent.py"), context) == []


def test_every_test_fails_before_and_passes_after(project: Path) -> None:
    context = context_of(project, HANDLER, CACHE)
    for case in CASES:
        before = text_of(case.before)
        write(project, {f"before/test_{case.name}.py": before})
        (project / "after").mkdir(exist_ok=True)
        (project / f"after/test_{case.name}.py").write_bytes(fix(before.replace("\n", "\r\n"), context).encode())
    outcomes = run(project)
    before_ids = {name for name, outcome in outcomes.items() if name.startswith("before") and outcome == "failed"}
    after_ids = {name for name, outcome in outcomes.items() if name.startswith("after") and outcome == "passed"}
    assert len(before_ids) >= len(CASES)
    assert {name.replace("before", "after", 1) for name in before_ids} == after_ids
    assert len(outcomes) == len(before_ids) + len(after_ids)


def run(root: Path) -> dict[str, str]:
    """What pytest says of every test below ``before`` and ``after``."""
    report = root / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
    subprocess.run([*command, f"--junitxml={report}", "before", "after"], cwd=root, check=False, capture_output=True)
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        broken = case.find("failure") is not None or case.find("error") is not None
        outcomes[f"{case.get('classname')}::{case.get('name')}"] = "failed" if broken else "passed"
    return outcomes
