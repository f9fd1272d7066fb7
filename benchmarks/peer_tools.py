"""The tools that ``benchmarks.peers`` compares: how each is called, and what its report says of which test.

Each is called as its own documentation says. Those that ask for the test that fails are told it, and the order in which
it fails: whoever uses them has both from a red run in CI.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.orders import Judged, Project


@dataclass
class Report:
    """What a tool said, and changed."""

    partners: dict[str, list[str]] = field(default_factory=dict)  # a test that is called flaky, and whom it depends on
    patches: dict[str, str] = field(default_factory=dict)  # a diff by itself for a test
    note: str = ""


class OvertimeError(Exception):
    """The time that a tool is given is over."""


@dataclass
class Tool:
    """One tool in the environment of a project."""

    python: Path
    project: Project
    judged: Judged
    until: float
    most: int | None = None  # of the unstable tests those that a tool is told

    @property
    def told(self) -> list[str]:
        """The unstable tests that a tool which asks for the one that fails is told."""
        return self.judged.unstable[: self.most]

    def run(self, *words: str, script: str = "") -> str:
        """What a command of this environment printed; the process and its children end when the time is over."""
        command = [str(self.python.with_name(script))] if script else [str(self.python), "-m"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with subprocess.Popen(
            [*command, *words],
            cwd=self.project.folder,
            env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                return process.communicate(timeout=max(1, self.until - time.monotonic()))[0]
            except subprocess.TimeoutExpired:
                _end(process)
                raise OvertimeError from None


def isolator(tool: Tool) -> Report:
    """One command; it changes the files."""
    words = ["deflake", "--yes", "--output-format", "json", "--", *tool.project.tests]
    report = json.loads(tool.run("isolator", *words))
    flaky = {name: test for name, test in report["tests"].items() if test["before"] != "stable"}
    partners = {name: [test["partner"]] if test.get("partner") else [] for name, test in flaky.items()}
    for fails in report["needed"].values():
        name, after, partner = fails.partition(" fails after ")
        if after and name in partners:
            partners[name].append(partner)
    return Report(partners, note=f"{len(report['fixes'])} fixed findings")


def whyflaky(tool: Tool) -> Report:
    """One command; its patches are for review, and tried one by one, because they write the same file."""
    where = tool.project.folder / "why.json"
    tool.run("scan", "--verify", "--quiet", "--json", str(where), ".", script="whyflaky")
    report = json.loads(where.read_text(encoding="utf-8"))
    shutil.rmtree(tool.project.folder / ".whyflaky", ignore_errors=True)
    where.unlink()
    flakes = {flake["test_id"]: flake for flake in report["flakes"]}
    patches = {name: flake["patch"] for name, flake in flakes.items() if flake.get("patch")}
    verified = {name: patch["diff"] for name, patch in patches.items() if patch["verified"]}
    partners = {name: (flake.get("diagnosis") or {}).get("polluters") or [] for name, flake in flakes.items()}
    return Report(partners, verified, f"{len(patches)} patches, {len(verified)} verified")


def pytest_hygiene(tool: Tool) -> Report:
    """One run of the suite; it looks for leaks, and does not say which test fails because of them."""
    output = tool.run("pytest", "-q", "-p", "no:cacheprovider", *tool.project.tests)
    found = re.search(r"(\d+) state leak\(s\) detected across (\d+) test", output)
    return Report(note=f"{found[1]} leaks of {found[2]} tests" if found else "no leak")


def flake_doctor(tool: Tool) -> Report:
    """A test is run alone and in shuffled suites; if it depends on the order, the tests before it are bisected."""
    report = Report()
    for name in tool.told:
        where = tool.project.folder / "doctor.json"
        shared = ["--python", str(tool.python), "--scope", *(tool.project.tests or ["."])]
        try:
            tool.run("run", name, "--json", str(where), *shared, script="flake-doctor")
            said = json.loads(where.read_text(encoding="utf-8"))
            if said["verdict"] != "ORDER-DEPENDENT":
                continue
            seed = str(said["shuffle"]["failing_seeds"][0])
            output = tool.run("polluter", name, "--seed", seed, *shared, script="flake-doctor")
            report.partners[name] = re.findall(r"^Polluter: (\S.*)$", output, re.MULTILINE)
        except OvertimeError:
            report.note = "stopped"
            break
    return report


def pytest_flakedoctor(tool: Tool) -> Report:
    """A suite that ends with the test failing; it looks for the cause of the first failure."""
    report, verdicts = Report(), []
    for name in tool.told:
        where = tool.project.folder / "doctor.json"
        where.unlink(missing_ok=True)
        order = tool.judged.failing_order(name)
        try:
            tool.run("pytest", "-q", "-p", "no:cacheprovider", "--doctor", f"--doctor-json={where}", *order)
        except OvertimeError:
            verdicts.append("stopped")
            break
        said = json.loads(where.read_text(encoding="utf-8")) if where.is_file() else {"verdict": "none", "nodeid": ""}
        verdicts.append(said["verdict"])
        if said["verdict"].startswith("flaky") and said["nodeid"] == name:
            text = said["explanation"]
            report.partners[name] = [each for each in order if each != name and each in text]
    report.note = ", ".join(f"{verdicts.count(each)} {each}" for each in sorted(set(verdicts)))
    return report


def detect_test_pollution(tool: Tool) -> Report:
    """The tests that run before the one that fails are bisected."""
    report, ids = Report(), tool.project.folder / "ids.txt"
    for name in tool.told:
        ids.write_text("\n".join(tool.judged.failing_order(name)) + "\n", encoding="utf-8")
        words = ["--failing-test", name, "--testids-file", str(ids)]
        try:
            output = tool.run(*words, script="detect-test-pollution")
        except OvertimeError:
            report.note = "stopped"
            break
        if found := re.search(r"the polluting test is: (\S.*)$", output, re.MULTILINE):
            report.partners[name] = [found[1]]
    return report


TOOLS: dict[str, Callable[[Tool], Report]] = {
    "isolator": isolator,
    "whyflaky": whyflaky,
    "detect-test-pollution": detect_test_pollution,
    "flake-doctor": flake_doctor,
    "pytest-flakedoctor": pytest_flakedoctor,
    "pytest-hygiene": pytest_hygiene,
}
TOLD = ("detect-test-pollution", "flake-doctor", "pytest-flakedoctor")


def _end(process: subprocess.Popen[str]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
