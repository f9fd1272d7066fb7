"""The summary of the gate after all tests, and the baseline that it then writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from isolator.gate.plan import Plan, keep_dirty
from isolator.gate.seen import Left
from isolator.project.tables.baseline import Leak, no_longer_needed
from isolator.project.toml import SettingsError

_UPDATE = "pytest -p isolator.gate --isolator-update-baseline"
_ENDED = (0, 1)  # pytest's exit codes if all tests have run


class Summary:
    """Gathers the leaks in the reports of all processes, in the process that prints."""

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        self.config, self.plan = config, plan
        self.found: list[Left] = []
        self.ran: set[str] = set()
        self.deselected = False
        self.problem: str | None = None
        self.written: str | None = None

    def pytest_deselected(self) -> None:
        """Some tests are left out."""
        self.deselected = True

    def add(self, report: pytest.TestReport) -> None:
        """A test is over: this is its last report."""
        self.ran.add(report.nodeid)
        leaks = getattr(report, "isolator_gate", None)
        if leaks:
            self.found += map(Left.from_plain, leaks)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401
        """A worker of pytest-xdist is over."""
        self.problem = getattr(node, "workeroutput", {}).get("isolator_gate") or self.problem

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the baseline, if that is asked for."""
        keep_dirty(self.config, any(left.suspects for left in self.found))
        ended = int(exitstatus) in _ENDED and not session.shouldstop and not session.shouldfail
        self.gone = self.no_longer_needed(whole=ended and self.is_whole())
        if self.plan.update:
            self.update()

    def is_whole(self) -> bool:
        """Whether all tests of the selected files have run."""
        return not self.deselected and not any("::" in str(each) for each in self.config.args)

    def no_longer_needed(self, *, whole: bool) -> set[Leak]:
        """The entries of the baseline that are no longer true according to this run."""
        seen, plan = {self.plan.entry(left) for left in self.found}, self.plan
        ran = {plan.prefix + test for test in self.ran}
        files = {test.partition("::")[0] for test in ran}
        gone = set()
        for entry in plan.baseline.leaks - seen:
            file = entry.test.partition("::")[0]
            there = (plan.baseline.path.parent / file).exists()
            if not there or (entry.kind in plan.watched and (entry.test in ran or (whole and file in files))):
                gone.add(entry)
        return gone

    def update(self) -> None:
        """Add new leaks to the baseline, and remove those that are gone."""
        from isolator.project.discovery import shown  # imported late: a clean suite does not need it

        baseline = self.plan.baseline
        before = set(baseline.leaks)
        found = {self.plan.entry(left) for left in self.found if not left.suspects}
        baseline.leaks = (before - self.gone) | found
        try:
            baseline.save()
        except SettingsError as error:
            self.problem = f"{error.path}: {error.problem}"
            return
        changes = f"{len(baseline.leaks - before)} new, {len(before - baseline.leaks)} removed"
        self.written = f"{shown(baseline.path)}: {_entries(len(baseline.leaks))} of the gate ({changes})"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401
        """Report findings that made no test fail, and known ones."""
        gate = self.config.pluginmanager.get_plugin("isolator-gate")
        self.problem = self.problem or (gate.watch.problem if gate is not None else None)
        told = [*self.lines()]
        if told:
            terminalreporter.section("isolator gate")
            for line in told:
                terminalreporter.write_line(line)

    def lines(self) -> Iterator[str]:
        """The lines of the summary."""
        if self.problem:
            yield f"error: {self.problem}"
        if self.written is not None:
            yield self.written
            return
        new = [left for left in self.found if not left.known]
        for left in new if self.plan.warn else ():
            place = f" ({left.place[0]}:{left.place[1]})" if left.place else ""
            who = f"one of {len(left.suspects)} tests up to {left.test}" if left.suspects else left.test
            yield f"warning: {who} leaves {left.cell} changed{place}"
        known = len(self.found) - len(new)
        if new and not self.plan.warn:
            yield f"{_tests(new)} state changed; to accept what is there now, run `{_UPDATE}`"
        if not known and not self.gone:
            return
        from isolator.project.discovery import shown

        if known:
            verb = "applies" if known == 1 else "apply"
            yield f"{_entries(known)} of {shown(self.plan.baseline.path)} still {verb}"
        if self.gone:
            yield no_longer_needed(len(self.gone), shown(self.plan.baseline.path), _UPDATE)


class FromWorkers:
    """Passes the reports of the workers of pytest-xdist to the summary."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of a test is over."""
        if report.when == "teardown":
            self.summary.add(report)


def _tests(found: list[Left]) -> str:
    number = len({left.test for left in found})
    return "1 test leaves" if number == 1 else f"{number} tests leave"


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
