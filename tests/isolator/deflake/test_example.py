"""``isolator deflake`` on the project of ``isolator demo``: the smallest change, as the documentation shows it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from isolator.commands.demo import copy_example
from tests.isolator.inside import inside

ROOT = Path(__file__).parents[3]
# What stays, each with the test that fails without it.
NEEDED = {
    ("ISO102", "test_default_secret_key_in_development fails after test_key_of_the_deployment_is_used"),
    ("ISO103", "test_default_file fails after test_record_outlives_the_connection"),
    ("ISO302", "test_configuration_is_shared fails after test_production_uses_the_key_given"),
    ("ISO303", "test_agents_begin_without_tools fails after test_registered_tool_is_offered"),
    ("ISO303", "test_nothing_is_used_at_first fails after test_tokens_are_counted"),
    ("ISO402", "test_greets_in_english fails after test_greets_in_the_language_of_the_deployment"),
    ("ISO403", "test_list_price fails after test_price_of_a_contract"),
    ("ISO408", "test_begins_empty fails after test_message_is_kept"),
    ("ISO409", "test_nothing_is_exported_unasked fails after test_export"),
}
EDITS = {
    "test_conversation.py": [
        (
            "    conversation = Conversation()\n\n    def test_begins",
            "    def setup_method(self):\n        self.conversation = Conversation()\n\n    def test_begins",
        ),
        ("language_of_the_deployment():", "language_of_the_deployment(monkeypatch):"),
        ("Conversation.language = 'de'", "monkeypatch.setattr(Conversation, 'language', 'de')"),
        ("def test_export():\n", "def test_export(tmp_path, monkeypatch):\n    monkeypatch.chdir(tmp_path)\n"),
    ],
    "test_usage.py": [
        ("test_price_of_a_contract():", "test_price_of_a_contract(monkeypatch):"),
        ("PRICES['mistral'] = 0.5", "monkeypatch.setitem(PRICES, 'mistral', 0.5)"),
    ],
    "test_deployment.py": [
        ("import os\n\n", ""),
        ("is_used():", "is_used(monkeypatch):"),
        (
            "os.environ['SECRET_KEY'] = 'key-of-the-deployment'",
            "monkeypatch.setenv('SECRET_KEY', 'key-of-the-deployment')",
        ),
    ],
}
FIXTURES = '''

@pytest.fixture(autouse=True)
def reset_config():
    """Restore core.security_config._config after each test."""
    from core import security_config

    saved = security_config._config
    yield
    security_config._config = saved


@pytest.fixture(autouse=True)
def restore_tools():
    """Restore core.tools.TOOLS after each test."""
    from core import tools

    saved = dict(tools.TOOLS)
    yield
    tools.TOOLS.clear()
    tools.TOOLS.update(saved)


@pytest.fixture(autouse=True)
def restore_meter():
    """Restore core.usage._meter after each test."""
    from core import usage

    saved = usage._meter
    yield
    usage._meter = saved
'''


def deflake(folder: Path) -> subprocess.CompletedProcess[str]:
    return inside("deflake", "--seed", "1", "--yes", folder=folder)


def contents(folder: Path) -> dict[str, str]:
    """The files of tests, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "tests").glob("*.py")}


def without_settings(folder: Path) -> Path:
    """The project, which says nothing of itself."""
    settings = copy_example(folder) / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text[: text.index("[tool.isolator]")], encoding="utf-8")
    return folder


@pytest.mark.slow
def test_the_example_without_any_settings(tmp_path: Path) -> None:
    folder = without_settings(tmp_path / "example")
    before = contents(folder)
    done = deflake(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 tests not stable before, 0 after (30 stable); 9 findings fixed; " in done.stderr.splitlines()[-1]
    assert float(done.stderr.rpartition(" runs of pytest")[0].rpartition(" ")[2]) <= 32
    needed = re.findall(r"^rewritten \S* +\S+: (ISO\d+) .*\n +without it (.*)", done.stdout, re.MULTILINE)
    assert {(code, re.sub(r"tests/\S*::", "", how)) for code, how in needed} == NEEDED
    assert len(re.findall(r"^rewritten ", done.stdout, re.MULTILINE)) == len(NEEDED)
    unneeded = re.findall(r"^not needed .*: (ISO\d+) ", done.stdout, re.MULTILINE)
    assert set(unneeded) == {"ISO101", "ISO103", "ISO104"}
    for page in ("README.md", "docs/reference/deflake.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        (shown,) = re.findall(r"^```text\n(fixed .*?)^```", text, re.MULTILINE | re.DOTALL)
        assert [line for line in shown.splitlines() if line not in done.stdout.splitlines()] == [], page

    after = contents(folder)
    changed = {"conftest.py", "test_conversation.py", "test_database.py", "test_deployment.py", "test_usage.py"}
    assert {name for name in after if after[name] != before[name]} == changed
    for name, edits in EDITS.items():
        expected = before[name]
        for old, new in edits:
            assert expected.count(old) == 1
            expected = expected.replace(old, new)
        assert after[name] == expected
    assert after["conftest.py"].endswith(FIXTURES)

    again = deflake(folder)
    assert (again.returncode, again.stdout) == (0, "")
    assert contents(folder) == after
