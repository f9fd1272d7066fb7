"""The example without its settings: evidence says all that they said of the tests, and the tests are fixed by it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from isolator.commands.demo import EXAMPLE
from isolator.evidence.model import Assumed, Cache, Cause, Cell, Edge, Evidence, Initializer, Leak
from tests.isolator.evidence.watched import RUNS, contents, ends, fixed, keep

CONFIG = "tests/test_security_config.py::TestSecurityConfig::"
VICTIM = f"{CONFIG}test_default_secret_key_in_development"
POLLUTER = "tests/test_deployment.py::test_key_of_the_deployment_is_used"
READING = ("core/security_config.py", 19)
AGENTS = tuple(
    f"tests/test_agent_governance_runtime.py::TestAgentGovernanceRuntime::{name}"
    for name in ("test_student_may_not_delete", "test_student_may_only_read[draft]", "test_student_may_only_read[send]")
)
# What only experiments show: what the test fails because of, and who leaves it changed.
STATE = (
    (
        "test_tools.py::test_agents_begin_without_tools",
        "core.tools.TOOLS",
        "test_tools.py::test_registered_tool_is_offered",
    ),
    ("test_usage.py::test_nothing_is_used_at_first", "core.usage._meter", "test_usage.py::test_tokens_are_counted"),
    (
        "test_conversation.py::TestMessages::test_begins_empty",
        "tests/test_conversation.py::TestMessages.conversation.messages",
        "test_conversation.py::TestMessages::test_message_is_kept",
    ),
    (
        "test_conversation.py::test_nothing_is_exported_unasked",
        "./transcript.txt",
        "test_conversation.py::test_export",
    ),
)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example with pytest's settings only."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache", "*.db"))
    settings = (folder / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(settings[: settings.index("[tool.isolator]")])
    return folder


def test_example(example: Path) -> None:
    before, was = ends(example), contents(example)
    assert before[VICTIM] == ("failed", "passed")
    seen = Evidence(
        RUNS,
        dict(before),
        leaks=(
            Leak("SECRET_KEY", POLLUTER, "tests/test_deployment.py", 9, "test_key_of_the_deployment_is_used", "call"),
        ),
        edges=(Edge(POLLUTER, VICTIM, "SECRET_KEY", *READING),),
        assumed=tuple(Assumed(VICTIM, "SECRET_KEY", state, *READING) for state in ("set", "unset")),
        caches=(
            Cache(
                "core.security_config._config",
                "global",
                READING[0],
                17,
                ("SECRET_KEY",),
                (f"{CONFIG}test_production_uses_the_key_given",),
            ),
        ),
        initializers=(
            Initializer(
                "core.llm.byok_handler.BYOKHandler.__init__",
                "socket.connect",
                "core/llm/byok_handler.py",
                17,
                AGENTS,
                2.0,
            ),
        ),
        cells=tuple(Cell(path, (f"tests/{polluter}",), ("",)) for _, path, polluter in STATE),
        causes=tuple(Cause(f"tests/{victim}", (path,)) for victim, path, _ in STATE),
    )
    keep(example, seen)

    fixed(example, "--accept-initializers", "--unsafe-fixes")

    now = contents(example)
    changed = {name for name in now if now[name] != was.get(name)}
    assert changed == {
        f"tests/{name}.py"
        for name in (
            "conftest",
            "test_agent_governance_runtime",
            "test_conversation",
            "test_database",
            "test_deployment",
            "test_security_config",
            "test_usage",
        )
    }
    assert now["tests/test_deployment.py"] == was["tests/test_deployment.py"].replace(
        "used()", "used(monkeypatch)"
    ).replace(
        "os.environ['SECRET_KEY'] = 'key-of-the-deployment'",
        "monkeypatch.setenv('SECRET_KEY', 'key-of-the-deployment')",
    ).replace("import os\n\n", "")
    start = 'in_development(self, monkeypatch):\n        """A development machine needs no key."""\n        '
    assert f"{start}monkeypatch.delenv('SECRET_KEY', raising=False)\n" in now["tests/test_security_config.py"]
    assert "    security_config._config = saved\n" in now["tests/conftest.py"]
    assert all(name not in now["tests/conftest.py"] for name in ("_CACHED_CONFIGURATION", "_LEAKED_STATE"))
    agents = now["tests/test_agent_governance_runtime.py"]
    assert (
        re.findall(r"(@patch\('core.llm.byok.*\n)", agents)
        == ["@patch('core.llm.byok_handler.BYOKHandler.__init__', return_value=None)\n"] * 2
    )
    after = ends(example)
    assert list(after) == list(before)
    victims = [test for test, (given, other) in after.items() if given != other]
    assert victims == []
    assert after[VICTIM] == ("passed", "passed")
