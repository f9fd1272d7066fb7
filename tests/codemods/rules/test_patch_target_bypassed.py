"""ISO203: patches of a definition that the code under test does not look at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context, Initializer
from codemods.python.source import Source
from codemods.rule import Finding
from codemods.rules.patch_target_bypassed import CODEMOD

PATH = "tests/test_api.py"
CORE = {
    "core/__init__.py": "from core.agent import get_client\n",
    "core/agent.py": """
def get_client():
    return "real"

class Agent:
    def ask(self): return "real"

settings = Agent()
""",
    "core/api.py": """
from core.agent import get_client

def status(): return get_client()
""",
    "core/renamed.py": """
from core import get_client as client
from core.agent import Agent, settings

def status(): return client()
def ask(): return Agent().ask() + settings.ask()
""",
    "core/front.py": "from core.api import status\n",
    "core/late.py": """
from typing import TYPE_CHECKING
import core.agent

if TYPE_CHECKING:
    from core.agent import get_client

def status():
    from core.agent import get_client
    return get_client() + core.agent.get_client()
""",
    "core/only_hints.py": """
from core.agent import Agent

def ask(agent: Agent) -> Agent: return agent.ask()
""",
    "core/own.py": """
def now(): return "real"
def later(): return now()
def earlier(): return now()
""",
    "core/clock.py": """
from core.own import now

def show(): return now()
""",
    "core/clocks.py": """
from core.own import later, now

def show(): return now() + later()
""",
}
BYPASSED = {
    "a function": ("from core import api", "core.agent.get_client", "core.api.get_client"),
    "the module itself": ("import core.api", "core.agent.get_client", "core.api.get_client"),
    "what it defines": ("from core.api import status", "core.agent.get_client", "core.api.get_client"),
    "what another one re-exports": ("from core.front import status", "core.agent.get_client", "core.api.get_client"),
    "another name": ("import core.renamed", "core.agent.get_client", "core.renamed.client"),
    "a re-export": ("import core.renamed", "core.get_client", "core.renamed.client"),
    "a class": ("from core.renamed import ask", "core.agent.Agent", "core.renamed.Agent"),
    "an instance": ("from core.renamed import ask", "core.agent.settings", "core.renamed.settings"),
    "the definition is used at home too": ("from core.clock import show", "core.own.now", "core.clock.now"),
}
EFFECTIVE = {
    "the reference itself": ("from core import api", "core.api.get_client"),
    "an attribute of a class": ("from core.renamed import ask", "core.agent.Agent.ask"),
    "looked up when it is called": ("import core.late", "core.agent.get_client"),
    "used in annotations only": ("import core.only_hints", "core.agent.Agent"),
    "re-exported only": ("import core", "core.agent.get_client"),
    "the module that defines it": ("import core.agent", "core.agent.get_client"),
    "the test calls its home": ("from core.clock import show\nfrom core.own import later", "core.own.now"),
    "the module calls its home": ("from core.clocks import show", "core.own.now"),
    "not in the tree": ("import core.api", "os.getcwd"),
    "not there": ("import core.api", "core.agent.get_clent"),
    "another module looks it up": ("import core.api, core.late", "core.agent.get_client"),
    "imported in the test": ("def helper():\n    import core.api", "core.agent.get_client"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in CORE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def text_of(imports: str, target: str) -> str:
    return f'from unittest.mock import patch\n\n{imports}\n\n\n@patch("{target}")\ndef test_api(mock_it): ...\n'


def found(text: str, root: Path, *initializers: Initializer, tests: tuple[str, ...] | None = None) -> list[Finding]:
    context = Context(root=root, source_roots=(root,), initializers=initializers)
    findings = [match.finding for match in CODEMOD.find(Source(text, PATH, tests), context)]
    assert CODEMOD.may_apply(text.encode(), PATH, context) or not findings
    return findings


@pytest.mark.parametrize(("imports", "target", "instead"), BYPASSED.values(), ids=BYPASSED)
def test_names_the_module_and_the_target_to_patch_instead(imports: str, target: str, instead: str, root: Path) -> None:
    (finding,) = found(text_of(imports, target), root)
    module = instead.rpartition(".")[0]
    assert finding.message == (
        f"patching {target} has no effect in {module}, which imported it by name; patch {instead} instead"
    )
    assert (finding.test, finding.span[:2], finding.fix) == (f"{PATH}::test_api", (6, 8), None)
    assert found(text_of(imports, instead), root) == []


@pytest.mark.parametrize(("imports", "target"), EFFECTIVE.values(), ids=EFFECTIVE)
def test_is_silent_where_the_patch_has_its_effect(imports: str, target: str, root: Path) -> None:
    assert found(text_of(imports, target), root) == []


@pytest.mark.usefixtures("without_plugins")
def test_what_it_says_is_so_at_run_time(root: Path) -> None:
    calls = {
        "core.api": "core.api.status()",
        "core.renamed": "core.renamed.status()",
        "core.late": "core.late.status()",
    }
    lines = ["from unittest.mock import patch", "import core.api, core.renamed, core.late", ""]
    for module, call in calls.items():
        target = "core.agent.get_client"
        bypassed = bool(found(text_of(f"import {module}", target), root))
        lines += [f'@patch("{target}", return_value="fake")', f"def test_{module.replace('.', '_')}(mock_it):"]
        lines += [f'    assert ("real" in {call}) is {bypassed}', ""]
    (root / "test_all.py").write_text("\n".join(lines))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_all.py"]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert "3 passed" in ran.stdout


def test_a_test_that_patches_both_is_right(root: Path) -> None:
    text = text_of("import core.api", "core.agent.get_client").replace(
        "def test_api(", '@patch("core.api.get_client")\ndef test_api(other, '
    )
    assert found(text, root) == []
    assert len(found(text.replace("core.api.get", "core.renamed.get"), root)) == 1


def test_several_modules_are_named_together(root: Path) -> None:
    (finding,) = found(text_of("import core.api\nimport core.renamed", "core.agent.get_client"), root)
    assert "no effect in core.api, core.renamed, which" in finding.message
    assert finding.message.endswith("patch core.api.get_client and core.renamed.client instead")


def test_only_tests_that_were_asked_for(root: Path) -> None:
    text = text_of("import core.api", "core.agent.get_client")
    assert found(text, root, tests=("test_other",)) == []
    assert len(found(text, root, tests=("test_api",))) == 1


def test_a_configured_target_is_reported_at_the_first_selected_test(root: Path) -> None:
    text = "from core.api import status\n\n\ndef test_a(): ...\n\n\ndef test_b(): ...\n"
    (finding,) = found(text, root, Initializer("core.agent.get_client", imports=("core.api",)))
    assert (finding.test, finding.span) == (f"{PATH}::test_a", (4, 5, 4, 11))
    assert finding.message.endswith("patch core.api.get_client instead")
