"""How one test goes: its phases, its reruns and its subtests, and how it failed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


class Going:
    """The state of a test so far."""

    def __init__(self) -> None:
        self.result = "not run"
        self.way = ""
        self.reruns = 0
        self.seconds = 0.0
        self.plain = True
        self.forbidden: set[int] = set()
        self.subtests: list[list[str]] = []

    def add(self, report: pytest.TestReport, config: pytest.Config) -> None:
        """Take a report of one of its phases, or of a subtest, into account."""
        self.seconds += report.duration
        told = vars(report)
        if report.outcome == "passed" and "wasxfail" not in told and "context" not in told:
            if report.when == "call":
                self.result = "passed"
            return
        self.plain = False
        result, way = _result(report), ""
        if result in ("failed", "error"):
            way = _way(report, config)
        if "context" in told:
            self.subtests.append([_subtest(told["context"]), result, way])
        elif result == "rerun":
            self.reruns += 1
            self.result, self.way = "not run", ""
        elif self.result in ("not run", "passed", "skipped", "xfailed", "xpassed"):
            self.result, self.way = result, way


def _result(report: pytest.TestReport) -> str:
    if str(report.outcome) == "rerun":  # of pytest-rerunfailures
        return "rerun"
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return str(report.outcome)


def _way(report: pytest.TestReport, config: pytest.Config) -> str:
    """How a test failed: the phase, the exception's type and the place.

    Never the message, which may hold a value.
    """
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is None:
        return str(report.when)
    kind = re.match(r"[A-Za-z_][\w.]*(?=:|$)", crash.message)
    name = kind.group() if kind else "AssertionError"
    place = _place(report.longrepr, config) or f"{Path(crash.path).name}:{crash.lineno}"
    return f"{report.when}: {name} at {place}"


def _place(longrepr: object, config: pytest.Config) -> str | None:
    """The innermost line below the root that a traceback goes through.

    Where an assertion of unittest fails, that is the test's own line.
    """
    root = config.rootpath
    for entry in reversed(getattr(getattr(longrepr, "reprtraceback", None), "reprentries", [])):
        location = getattr(entry, "reprfileloc", None)
        # pytest's paths are relative to where it was started, or absolute if the test has gone.
        path = config.invocation_params.dir / str(getattr(location, "path", ""))
        if location is not None and root in path.parents and "site-packages" not in path.parts:
            return f"{path.relative_to(root).as_posix()}:{location.lineno}"
    return None


def _subtest(context: object) -> str:
    """A subtest as pytest describes it."""
    message, values = getattr(context, "msg", None), getattr(context, "kwargs", {})
    parts = [] if message is None else [f"[{message}]"]
    if values:
        parts.append("({})".format(", ".join(f"{key}={value}" for key, value in values.items())))
    return " ".join(parts) or "(<subtest>)"
