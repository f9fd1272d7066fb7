"""What the README tells a contributor to run is what decides."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
RUN = ROOT / ".ci" / "run"


def test_the_readme_and_the_check_run_the_same_command() -> None:
    commands = re.findall(r"^\s*(\S*python3 -m venv .*-m pytest.*?)\s*$", RUN.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(commands) == 1
    assert commands[0] in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a mode that Windows does not have")
def test_the_check_can_be_run() -> None:
    assert os.access(RUN, os.X_OK)


def workflow(name: str) -> Any:  # noqa: ANN401
    return yaml.safe_load((WORKFLOWS / name).read_text(encoding="utf-8"))


def test_every_supported_python_is_tested_on_every_system() -> None:
    job = workflow("tests.yml")["jobs"]["tests"]
    oldest = re.findall(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert job["strategy"]["matrix"]["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert job["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(int(oldest[0]), 15)]
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[-1] in RUN.read_text(encoding="utf-8").replace(".venv/bin/python", "python")
    assert workflow("tests.yml")["jobs"]["everything"]["steps"][-1] == {"run": "bash .ci/run"}


def test_only_the_job_that_publishes_may_ask_who_it_is() -> None:
    release = workflow("release.yml")
    jobs = release["jobs"]

    assert release["permissions"] == workflow("tests.yml")["permissions"] == {"contents": "read"}
    assert {name for name, job in jobs.items() if "permissions" in job} == {"publish"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert set(jobs["publish"]["needs"]) == set(jobs) - {"publish"}
    assert "run" not in str([step.keys() for step in jobs["publish"]["steps"]])  # no code of the project
    assert "secrets." not in (WORKFLOWS / "release.yml").read_text(encoding="utf-8")


def test_workflows_are_valid() -> None:
    """By actionlint, where it is installed."""
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("actionlint is not installed")
    files = [str(path) for path in WORKFLOWS.glob("*.yml")]
    done = subprocess.run([actionlint, *files], capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stdout) == (0, "")
