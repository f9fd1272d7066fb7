"""``pytest -p isolator.gate``: a test that leaves state changed fails, and so a suite that is clean stays clean.

What is watched are the environment, what modules hold, cells of the process, loggers and files; see
``[tool.isolator.gate]`` for what may stay changed. Each process watches the tests that it runs; with pytest-xdist what
the workers find is sent with their reports.

Nothing is imported here that is not needed for the options: it is loaded at each start of pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from isolator.gate.plan import Plan

_MODES = ("fail", "warn", "off")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    from isolator.project.tables.gate import KINDS

    group = parser.getgroup("isolator-gate", "isolator.gate: tests that leave state changed")
    group.addoption("--isolator-gate", choices=_MODES, help="fail such tests, only warn of them, or do nothing")
    group.addoption("--isolator-gate-watch", metavar="KINDS", help=f"kinds of state, of {','.join(KINDS)}")
    group.addoption("--isolator-gate-exact", action="store_true", help="look after each test, however short it is")
    group.addoption(
        "--isolator-update-baseline", action="store_true", help="write what is left changed into the baseline"
    )
    parser.addini("isolator_gate", "fail, warn or off: what to do about tests that leave state changed", default="fail")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin, unless nothing is to be watched."""
    mode = config.getoption("isolator_gate") or str(config.getini("isolator_gate"))
    if mode not in _MODES:
        raise pytest.UsageError(f"isolator_gate: expected fail, warn or off, got {mode!r}")
    # `isolator confirm`, `observe` and `deflake` watch the run themselves.
    if mode == "off" or config.getoption("collectonly", False) or config.getoption("isolator_log", None):
        return
    from isolator.gate.plan import plan

    config.pluginmanager.register(_Beginning(plan(config, warn=mode == "warn")), "isolator-gate-beginning")


class _Beginning:
    """Begins to watch when the session does: what is registered later is asked before what counts failed tests."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Register what watches, where tests are run, and what sums up, where that is printed."""
        config, plugins = session.config, session.config.pluginmanager
        told = None
        if not hasattr(config, "workerinput"):
            from isolator.gate.summary import FromWorkers, Summary

            summary = Summary(config, self.plan)
            plugins.register(summary, "isolator-gate-summary")
            told = summary.add
            if plugins.get_plugin("dsession") is not None:  # the workers of pytest-xdist run the tests
                plugins.register(FromWorkers(summary), "isolator-gate-workers")
                return
        from isolator.gate.gate import Gate

        plugins.register(Gate(config, self.plan, told), "isolator-gate")
