"""ISO201 patches where the code under test looks an initializer up, and ISO203 has nothing to say of it then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context, Initializer
from codemods.python.source import Source
from codemods.rule import Finding
from codemods.rules import patch_target_bypassed
from isolator.engine.engine import Rewrite, Selection, check, rewrite

PATH = "test_api.py"
CLIENT = Initializer("core.agent.get_client", imports=("core.api", "core.cli"), configure=(("return_value", "'up'"),))
AGENT = "def get_client():\n    raise RuntimeError('the network')\n"
USER = "from core.agent import get_client\n\n\ndef status():\n    return get_client()\n"
TEST = "from core import {}\n\n\ndef test_status():\n    assert {}.status() == 'up'\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "core").mkdir()
    for name, text in {"__init__": "", "agent": AGENT, "api": USER, "cli": USER}.items():
        (tmp_path / "core" / f"{name}.py").write_text(text)
    return tmp_path


def fixed(text: str, root: Path) -> Rewrite:
    context = Context(root=root, source_roots=(root,), initializers=(CLIENT,))
    return rewrite(text.encode(), PATH, context, Selection(("ISO2",)))


def found(text: str, root: Path) -> tuple[Finding, ...]:
    context = Context(root=root, source_roots=(root,), initializers=(CLIENT,))
    return check(text.encode(), PATH, context, Selection(("ISO2",))).left


def passes(text: str, root: Path) -> bool:
    (root / PATH).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", PATH]
    return subprocess.run(command, cwd=root, capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("without_plugins")
def test_it_is_patched_where_one_module_took_it_by_name(root: Path) -> None:
    before = TEST.format("api", "api")
    assert not passes(before, root)

    result = fixed(before, root)

    after = (
        "from unittest.mock import patch\n"
        "\n"
        "from core import api\n"
        "\n"
        "\n"
        "@patch('core.api.get_client')\n"
        "def test_status(mock_get_client):\n"
        "    mock_get_client.return_value = 'up'\n"
        "    assert api.status() == 'up'\n"
    )
    assert result.error is None
    assert result.source.decode() == after
    assert [finding.code for finding in result.fixed] == ["ISO201", "ISO203"]
    assert result.left == ()
    assert passes(result.source.decode(), root)
    assert found(result.source.decode(), root) == ()
    assert fixed(result.source.decode(), root).source == result.source


def test_several_modules_are_a_refusal_with_their_names(root: Path) -> None:
    text = (
        "import core.api\nimport core.cli\n\n\ndef test_status():\n    assert core.api.status() == core.cli.status()\n"
    )

    result = fixed(text, root)

    assert result.source == text.encode()
    assert [(f.code, f.refusal) for f in result.left] == [("ISO201", "looked-up-elsewhere"), ("ISO203", None)]
    assert "core.api.get_client and core.cli.get_client" in result.left[1].message


def test_a_target_of_the_settings_that_is_not_patched_where_it_is_looked_up_is_still_reported(root: Path) -> None:
    context = Context(root=root, source_roots=(root,), initializers=(CLIENT,))
    source = Source(TEST.format("api", "api"), PATH)
    assert len(patch_target_bypassed.find(source, context)) == 1


def test_only_what_the_patch_makes_effective_counts_as_fixed(root: Path) -> None:
    """Of two that a test bypasses, one can be patched; the other one is still reported afterwards."""
    (root / "core" / "agent.py").write_text(f"{AGENT}\n\ndef get_cache():\n    return {{}}\n")
    user = "from core.agent import get_cache\n\n\ndef size():\n    return len(get_cache())\n"
    (root / "core" / "api.py").write_text(f"{USER}\n\n{user}")
    (root / "core" / "cli.py").write_text(user)
    cache = Initializer("core.agent.get_cache", imports=("core.api",))
    context = Context(root=root, source_roots=(root,), initializers=(CLIENT, cache))
    text = "from core import api, cli\n\n\ndef test_status():\n    assert api.status() == 'up'\n"
    selection = Selection(("ISO2",))

    made = rewrite(text.encode(), PATH, context, selection)

    assert [(f.code, f.message.count("get_client") > 0) for f in made.fixed] == [("ISO201", True), ("ISO203", True)]
    assert [(f.code, f.refusal) for f in made.left] == [("ISO201", "looked-up-elsewhere"), ("ISO203", None)]
    assert [f.message for f in check(made.source, PATH, context, selection).left] == [f.message for f in made.left]
