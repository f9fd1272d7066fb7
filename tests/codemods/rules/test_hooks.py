"""Changes in hooks of pytest: those that run once set up all tests, those for each test have a reason of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from codemods.context import Context
from isolator.engine.engine import Selection, check

CHANGES = [
    'os.environ["X"] = "1"',
    'os.environ.pop("X", None)',
    'os.chdir("/")',
    'sys.path.insert(0, "lib")',
    "logging.disable(50)",
    "app.size = 1",
    'app.by["a"] = 1',
]
HEAD = "import logging\nimport os\nimport sys\n\nimport app\n\n\n"


def refusals(text: str) -> list[str | None]:
    result = check((HEAD + text).encode(), "conftest.py", Context(), Selection())
    assert result.error is None
    return [finding.refusal for finding in result.left]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("hook", ["configure(config)", "sessionstart(session)", "addoption(parser)", "unconfigure()"])
def test_a_hook_that_runs_once_sets_up_all_tests(hook: str, change: str) -> None:
    assert refusals(f"def pytest_{hook}:\n    {change}\n") == []


@pytest.mark.parametrize("change", CHANGES[:3])
@pytest.mark.parametrize("hook", ["runtest_setup(item)", "runtest_call(item)", "fixture_setup(fixturedef)"])
def test_a_hook_for_each_test_has_a_reason_of_its_own(hook: str, change: str) -> None:
    assert refusals(f"def pytest_{hook}:\n    if app.ready:\n        {change}\n") == ["hook"]


def test_a_helper_keeps_its_reason() -> None:
    assert refusals('def prepare():\n    os.environ["X"] = "1"\n') == ["helper"]


def test_what_the_reason_says(tmp_path: Path) -> None:
    """A change in the hook is still there in the next test; after the ``yield`` of a wrapper it can be restored."""
    leaking = "def pytest_runtest_setup(item):\n    if item.name == 'test_a':\n        os.environ['ISO_X'] = '1'\n"
    wrapper = (
        "import pytest\n\n\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_protocol(item):\n"
        "    with pytest.MonkeyPatch.context() as monkeypatch:\n        if item.name == 'test_a':\n"
        "            monkeypatch.setenv('ISO_X', '1')\n        return (yield)\n"
    )
    tests = "import os\n\n\ndef test_a():\n    assert 'ISO_X' in os.environ\n\n\n"
    (tmp_path / "test_it.py").write_text(tests + "def test_b():\n    assert 'ISO_X' not in os.environ\n")
    outcomes = []
    for text in (leaking, wrapper):
        (tmp_path / "conftest.py").write_text("import os\n\n\n" + text)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        outcomes.append(done.stdout.strip().splitlines()[-1].partition(" in ")[0])
    assert outcomes == ["1 failed, 1 passed", "2 passed"]
