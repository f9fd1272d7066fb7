"""``action.yml``: what it runs is run here, under bash, with what GitHub would set."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.isolator.confirm.suites import write
from tests.isolator.from_run.test_from_run import POLLUTER, SUITE, VICTIM, WORKERS

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "action" / "deflake.sh"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths of bash are others there")


def step(folder: Path, arguments: str, run: str = "ci.log") -> subprocess.CompletedProcess[str]:
    """The step, in a repository that is the folder ``project``."""
    wrapper = folder / "isolator"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m isolator "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    environment = {
        "PATH": os.environ["PATH"],
        "ISOLATOR": str(wrapper),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "RUNNER_TEMP": str(folder),
        "GITHUB_WORKSPACE": str(folder / "project"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "FAILED_RUN": run,
        "PYTEST_ARGUMENTS": arguments,
        "PROJECT_PYTHON": sys.executable,
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(SCRIPT)]
    return subprocess.run(
        command, cwd=folder / "project", env=environment, capture_output=True, encoding="utf-8", check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with tests that depend on their order, and the log of a run that failed."""
    folder = write(tmp_path / "project", SUITE)
    for words in (("init", "-q"), ("add", "-A"), ("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "a")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    (folder / "ci.log").write_text(WORKERS, encoding="utf-8")
    return folder


def test_step_annotates_sums_up_and_leaves_a_patch(project: Path) -> None:
    done = step(project.parent, "-k 'not no_such_test' tests; touch ran")
    assert (done.returncode, not (project / "ran").exists()) == (2, True)  # `tests;` is not a path, and nothing is run
    done = step(project.parent, "-k 'not no_such_test' tests")
    assert done.returncode == 0, done.stderr
    error, bug, warning = done.stdout.splitlines()
    because = f"{VICTIM} fails again after 2 other tests of gw1, because of {POLLUTER}"
    assert error == f"::error file=tests/test_a.py,title=flaky test::{because}"
    assert bug.startswith("::error file=tests/test_b.py,title=failed test::")
    assert re.match(r"::warning file=tests/test_b.py,title=ISO403,line=9::app\.REGISTRY\['json'\] is ", warning)
    summary = (project.parent / "summary.md").read_text(encoding="utf-8")
    assert f"| `{VICTIM}` | victim | stable |" in summary
    assert "+def test_pollutes(monkeypatch):" in summary
    patch = project.parent / "isolator.patch"
    assert (project.parent / "output").read_text(encoding="utf-8") == f"fixed=true\npatch={patch}\n"
    subprocess.run(["git", "apply", "-R", "--check", str(patch)], cwd=project, check=True)


def test_step_fails_where_nothing_can_be_read(project: Path) -> None:
    (project / "ci.log").write_text("..F.\n", encoding="utf-8")
    done = step(project.parent, "tests")
    assert done.returncode == 2
    assert done.stdout.startswith("::error title=isolator deflake::Error: ci.log is neither JUnit XML nor output of ")


def test_action_gives_the_script_what_it_reads() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    (only,) = action["runs"]["steps"]
    script = SCRIPT.read_text(encoding="utf-8")
    assert only["run"] == '"$GITHUB_ACTION_PATH/action/deflake.sh"'
    assert os.access(SCRIPT, os.X_OK)
    used = set(re.findall(r"inputs\.([\w-]+)", str(only)))
    assert used == set(action["inputs"])
    assert all(f"${name}" in script or f"${{{name}" in script for name in only["env"])
    written = set(re.findall(r'echo "(\w+)=', script))
    assert {re.findall(r"outputs\.(\w+)", out["value"])[0] for out in action["outputs"].values()} == written


def test_workflows_of_the_documentation_are_valid(tmp_path: Path) -> None:
    """By actionlint, where it is installed: on the package index is only what downloads it from elsewhere."""
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    texts = re.findall(r"```yaml\n(# \.github/workflows/.*?)```", page, re.DOTALL)
    assert len(texts) == 3
    jobs = [yaml.safe_load(text)["jobs"] for text in texts]
    assert all(step.keys() & {"run", "uses"} for each in jobs for job in each.values() for step in job["steps"])
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("actionlint is not installed")
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yml").write_text(text, encoding="utf-8")
    files = [str(path) for path in tmp_path.glob("*.yml")]
    done = subprocess.run([actionlint, *files], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "")
