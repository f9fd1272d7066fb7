"""``isolator deflake`` on the project of ``isolator demo``: the smallest change, as the documentation shows it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from isolator.commands.demo import copy_example
from tests.isolator.inside import inside

ROOT = Path(__file__).parents[3]
# What stays, each with the test that fails without it.
NEEDED = {
    "conftest.py::ISO302": "test_configuration_is_shared fails after test_production_uses_the_key_given",
    "conftest.py::ISO303": "test_agents_begin_without_tools fails after test_registered_tool_is_offered",
    "test_conversation.py::TestMessages": "test_begins_empty fails after test_message_is_kept",
    "test_conversation.py::test_export": "test_nothing_is_exported_unasked fails after test_export",
    "test_conversation.py::test_greets_in_the_language_of_the_deployment": (
        "test_greets_in_english fails after test_greets_in_the_language_of_the_deployment"
    ),
    "test_database.py::test_record_outlives_the_connection": (
        "test_default_file fails after test_record_outlives_the_connection"
    ),
    "test_deployment.py::test_key_of_the_deployment_is_used": (
        "test_default_secret_key_in_development fails after test_key_of_the_deployment_is_used"
    ),
    "test_usage.py::test_price_of_a_contract": "test_list_price fails after test_price_of_a_contract",
}
KINDS = ["ISO102", "ISO103", "ISO302", "ISO303", "ISO402", "ISO403", "ISO408", "ISO409"]
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
def restore_tools():
    """Put back what tests leave in core.tools.TOOLS."""
    from core import tools

    saved = dict(tools.TOOLS)
    yield
    tools.TOOLS.clear()
    tools.TOOLS.update(saved)


@pytest.fixture(autouse=True)
def restore_meter():
    """Put back what tests leave in core.usage._meter."""
    from core import usage

    saved = usage._meter
    yield
    usage._meter = saved
'''


def deflake(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return inside("deflake", "--seed", "1", "--yes", *words, folder=folder)


def contents(folder: Path) -> dict[str, str]:
    """The files of tests, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in (folder / "tests").glob("*.py")}


def test_the_example_without_any_settings(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "example")
    settings = folder / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text[: text.index("[tool.isolator]")], encoding="utf-8")
    done = deflake(folder, "--output-format", "json")
    code, found = done.returncode, json.loads(done.stdout)
    assert code == 0, {k: v for k, v in found["tests"].items() if v["after"] != "stable"}
    assert sum(ends["before"] == "victim" for ends in found["tests"].values()) == 9
    assert {ends["after"] for ends in found["tests"].values()} == {"stable"}
    assert sorted(finding["code"] for finding in found["fixes"]) == KINDS
    assert {name: re.sub(r"tests/\S*::", "", how) for name, how in found["needed"].items()} == {
        f"tests/{name}": how for name, how in NEEDED.items()
    }
    assert {finding["code"] for finding in found["unneeded"]} == {"ISO101", "ISO103", "ISO104"}
    assert (found["taken_back"], found["left"]) == ([], [])
    assert found["pytest_runs"] <= 32


def test_the_example_and_what_the_documentation_shows_of_it(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "example")
    before = contents(folder)
    done = deflake(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.splitlines()
    for page in ("README.md", "docs/reference/deflake.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        (shown,) = re.findall(r"^```text\n(mended .*?)^```", text, re.MULTILINE | re.DOTALL)
        assert [line for line in shown.splitlines() if line not in printed] == [], page
    rewritten = [number for number, line in enumerate(printed) if line.startswith("rewritten ")]
    assert sorted(printed[number].split()[2] for number in rewritten) == KINDS
    assert all(printed[number + 1].startswith("            without it ") for number in rewritten)
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
