"""Small suites with one fault each, and the means to run them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from isolator.pytest_runs.model import Confirmation, Run
from isolator.pytest_runs.options import Options
from isolator.pytest_runs.planning import plan
from isolator.pytest_runs.run.running import Planned, Runner
from isolator.pytest_runs.session import confirm


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project with pytest's configuration at its root; of indented texts the indentation goes."""
    for name, text in {"pytest.ini": "[pytest]\n", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def run_once(folder: Path, options: Options | None = None, planned: Planned | None = None) -> Run:
    """One run in the given order, unless another is planned."""
    return Runner(options or Options(), folder).run(planned or plan(1, ("given",), 1)[0])


def confirmed(folder: Path, options: Options | None = None) -> Confirmation:
    """The whole of it, without telling."""
    return confirm(options or Options(seed=1), folder, lambda _: None)


def results(run: Run) -> dict[str, str]:
    """How each test ended, by the last part of its node id."""
    return {name.rpartition("::")[2]: attempt.result for name, attempt in run.attempts.items()}


def verdicts(confirmation: Confirmation) -> dict[str, str]:
    """The verdict on each test, by the last part of its node id."""
    return {name.rpartition("::")[2]: test.verdict for name, test in confirmation.tests.items()}
