"""The gate in a process that runs tests: each test, and each fixture of a wider scope, is judged at its own end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from isolator.gate.foreign import OwnWrites
from isolator.gate.plan import Plan
from isolator.gate.seen import Left, Seen, gathered
from isolator.gate.state import State
from isolator.pytest_runs.plugin.environ.following import Following
from isolator.pytest_runs.plugin.environ.taps import WRITES, Handler, Taps
from isolator.pytest_runs.plugin.environ.variables import changed, environment, is_environment
from isolator.pytest_runs.plugin.frames import Kinds

if TYPE_CHECKING:
    from isolator.gate.sources import Sources

_XUNIT = r"_?(?:xunit_|unittest_)+(.+?)_fixture_.*"  # compiled when it is needed, as most runs find nothing


class Gate(Following):
    """Watches the tests of one process. What is found goes with the report of the tear-down, and makes it fail.

    Whatever its hooks do goes through ``safely``. ``told`` is given each of these reports, if it is in this process.

    A report is judged when it is logged, and not while the test's tear-down runs: then all plugins have put back what
    they had set for the test, and one that is expected to fail, or is run again if it does, fails all the same.
    """

    def __init__(
        self, config: pytest.Config, plan: Plan, told: Callable[[pytest.TestReport], None] | None = None
    ) -> None:
        super().__init__()
        self.told = told
        self.config, self.plan = config, plan
        self.watch = Seen(Kinds(config))
        self.watch.recorder, self.listener = self, _Wider(self)
        self.writes = OwnWrites(self.watch)
        self.state = State(self.watch, plan.watched, exact=plan.exact)
        self.sources: Sources | None = None
        self.scoped: list[Left] = []  # what fixtures of wider scopes leave, whose end came with that of this test
        handlers: dict[str, Handler] = dict.fromkeys(self.state.events, self.state.happens)
        if "environment" in plan.watched:
            handlers.update(dict.fromkeys(WRITES, self.writes.wrote))
        self.taps = Taps(self.watch)
        self.taps.listen(handlers)
        # How often variables had been written when the environment was compared, and when it was noted.
        self.known = self.noted = -1

    def fail(self, _: str, error: Exception) -> None:
        """A hook went wrong."""
        self.watch.stop(error)

    # Tests

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The first test is about to begin."""
        self.watch.kinds.know(session.items)
        self.watch.safely(self.collected)

    def collected(self) -> None:
        """Take everything as the first test finds it."""
        self.writes.collected()
        self.watch.collecting = False
        self.state.collected()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test begins."""
        self.watch.safely(self.started, item.nodeid)

    def started(self, test: str) -> None:
        """Note what it finds."""
        self.watch.test = test
        self.begun.append(test)
        self.writes.started()
        if self.is_rewritten():  # by plugins, between two tests
            self.before = environment()
        self.state.started()

    def is_rewritten(self) -> bool:
        """Whether variables have been written since this was last asked, and are not as the test found them."""
        known, self.known = self.known, self.taps.written
        return known != self.known and not is_environment(self.before)

    def note(self) -> None:
        """Note the environment, unless it is known."""
        if self.noted != self.taps.written:
            self.noted = self.taps.written
            super().note()

    def ending(self, nextitem: pytest.Item | None) -> None:
        """After the last test all is looked at."""
        self.state.last = nextitem is None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The tear-down is over, when its report is told."""
        if report.when == "teardown" and report.nodeid == self.watch.test:
            self.watch.safely(self.judge, report)
            if self.told is not None:
                self.told(report)

    def pytest_sessionfinish(self) -> None:
        """A worker of pytest-xdist says what went wrong; in one process the summary asks."""
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["isolator_gate"] = self.watch.problem

    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        self.watch.end()
        self.taps.remove()

    def judge(self, report: pytest.TestReport) -> None:
        """Judge what the test leaves, and what fixtures leave that ended with it."""
        test = report.nodeid
        if self.is_rewritten():
            names = [name for name in changed(self.before, environment()) if name not in self.scopes]
            self.writes.leaked_by([test], names, "function")
            self.before = environment()
        self.writes.repeated()
        found = self.state.ended(test)
        if self.watch.events or self.scoped:
            found = [*self.variables(test), *self.scoped, *found]
            self.scoped = []
        self.watch.test = None
        if found:
            self.tell(report, found)

    def tell(self, report: pytest.TestReport, found: list[Left]) -> None:
        """Let the report say what has been found."""
        plan, known = self.plan, self.plan.baseline.leaks
        found = gathered([left for left in found if not plan.is_allowed(left)])
        told = [left.as_known(plan.entry(left) in known) for left in found]
        if not told:
            return
        report.isolator_gate = [left.to_plain() for left in told]  # type: ignore[attr-defined]
        new = [left for left in told if not left.known]
        if new and not plan.warn and not plan.update:
            # What a clean suite does not wait for.
            from isolator.gate.failing import fail
            from isolator.gate.sources import Sources

            self.sources = self.sources or Sources(self.config.rootpath)
            fail(report, new, self.config, self.sources)

    def variables(self, owner: str, fixture: str | None = None) -> Iterator[Left]:
        """The variables that are left changed, by code of the project."""
        for kind, name, _, file, line, *_ in self.watch.taken():
            if kind == "leak" and file is not None and "environment" in self.plan.watched:
                yield Left(owner, f'os.environ["{name}"]', "environment", (file, line), fixture)

    # Fixtures of wider scopes

    def left_by(self, fixturedef: pytest.FixtureDef[Any], first: int, leaks: list[str]) -> None:
        """One has left variables changed. What that of a session leaves no other test can find."""
        if fixturedef.scope != "session":
            self.writes.leaked_by(self.begun[max(first, 0) :], leaks, fixturedef.scope)
            self.scoped += self.variables(self.owner(fixturedef.scope), called(fixturedef))

    def end_scope(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """One is over: note what it leaves changed, except names of its own class or file, which are over as well."""
        scope, owner = fixturedef.scope, self.owner(fixturedef.scope)
        own = owner.partition("::")[0] + ("::" if scope in ("class", "module") else "/")
        left = self.state.torn_down(id(fixturedef), owner)
        if scope != "session":
            found = (each for each in left if not each.cell.startswith(own))
            self.scoped += [each._replace(fixture=called(fixturedef)) for each in found]

    def owner(self, scope: str) -> str:
        """What a fixture belongs to that ends with the test: the node id of its class, its file or its folder."""
        parts = (self.watch.test or "").partition("[")[0].split("::")
        if scope == "class":
            return "::".join(parts[:-1])
        return parts[0] if scope == "module" else parts[0].rpartition("/")[0] or "."


def called(fixturedef: pytest.FixtureDef[Any]) -> str:
    """What a fixture is called; of a set-up in the ways of xunit and unittest that of its function."""
    return re.sub(_XUNIT, r"\1", fixturedef.argname)


class _Wider:
    """What ``Following`` tells of fixtures of wider scopes."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.safely = gate.watch.safely

    def setting_up(self) -> None:
        """One is about to be set up."""
        self.safely(self.gate.state.setting_up)

    def set_up(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """It has been."""
        self.safely(self.gate.state.set_up, id(fixturedef))

    def torn_down(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """It has been torn down again."""
        self.safely(self.gate.end_scope, fixturedef)
