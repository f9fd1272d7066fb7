"""A browser, and pages to open in it: made once, from the example, by the commands themselves."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.report import browser, material
from isolator.commands.demo import copy_example
from isolator.pytest_runs.model import Attempt, Confirmation, Run, Test
from isolator.report.html.gather import gather
from isolator.report.html.material import Material
from isolator.report.html.render import render
from tests.isolator.conftest import Demonstration
from tests.isolator.html import samples
from tests.isolator.inside import inside

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request

APPROVAL = """\
task Task-1, which waits
  tests/test_agents.py:9 in test_approval: assert await agent.run()
    pytest_asyncio/plugin.py:3 in wrapper
  core/agents.py:17 in wait_for_approval: await self.approved.wait()
    asyncio/locks.py:213 in wait
task poll, which waits
  core/agents.py:10 in poll: await asyncio.sleep(5)"""
ARTIFACTS = Path(os.environ.get("ISOLATOR_TEST_ARTIFACTS") or Path(__file__).parents[2] / "artifacts")


@dataclass
class Opened:
    """A page, whether it should be calm, and what it did that it should not have."""

    page: Page
    calm: bool
    trouble: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Take down from now on what the page does."""
        self.page.on("console", self._console)
        self.page.on("pageerror", self._error)
        self.page.on("request", self._request)

    def end(self) -> None:
        """No more of it; the page is as a new one then."""
        self.page.remove_listener("console", self._console)
        self.page.remove_listener("pageerror", self._error)
        self.page.remove_listener("request", self._request)
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)
        self.page.emulate_media(media="null")

    def _console(self, message: ConsoleMessage) -> None:
        self.trouble.append(f"console: {message.text}")

    def _error(self, error: Error) -> None:
        self.trouble.append(f"error: {error}")

    def _request(self, request: Request) -> None:
        self.trouble.append(f"request: {request.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A Chromium that is installed; the tests that need it are skipped where there is none."""
    executable = browser()
    if executable is None:
        pytest.skip("no Chromium or Chrome on the PATH, and CHROMIUM names none")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # who has no sandbox
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=executable, args=["--no-sandbox"] if root else [])
        yield found
        found.close()


@pytest.fixture(scope="session")
def example(
    chromium: Browser,  # noqa: ARG001 - skipped without it
    demonstration: Demonstration,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The page of the example: confirmed and fixed by the demo, watched as it was before, and confirmed again."""
    base = tmp_path_factory.mktemp("html")
    folder = base / "example"
    shutil.copytree(demonstration.folder, folder)
    # What deflake leaves there is from after its first rewrites.
    watched = copy_example(base / "watched")
    _isolator(watched, 1, "observe", "--seed", "1", "-q")
    evidence = Path(".isolator") / "evidence.json"
    (folder / evidence).write_bytes((watched / evidence).read_bytes())
    compared = ("--compare", "before.json", "--html", "report.html")
    _isolator(folder, 0, "confirm", "--runs", "2", "--orders", "given,reversed", "--seed", "1", "-q", *compared)
    return folder / "report.html"


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 500 tests by 20 runs, before and after: as many as are not all in the document."""
    path = tmp_path_factory.mktemp("html") / "many.html"
    path.write_bytes(render(gather(material(500))))
    return path


@pytest.fixture(scope="session")
def hanging(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a test that waits for what never comes."""
    return hanging_page(tmp_path_factory.mktemp("html"))


def hanging_page(folder: Path) -> Path:
    """The same in a folder."""
    tests = {"tests/test_agents.py::test_approval": Test("hanging", ("hung", "hung"), hung=APPROVAL)}
    runs = tuple(Run("given", n, 3.0, None, {name: Attempt("hung") for name in tests}, "hung in it") for n in (1, 2))
    path = folder / "hanging.html"
    project = samples.material(folder).project
    given = Material("isolator confirm", ok=False, sides=(("now", Confirmation(runs, tests)),), project=project)
    path.write_bytes(render(gather(given)))
    return path


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 5,000 tests by 20 runs, before and after."""
    path = tmp_path_factory.mktemp("html") / "large.html"
    path.write_bytes(render(gather(material())))
    return path


def _tab(chromium: Browser, *, script: bool = True) -> Page:
    """A new page, in a context of its own."""
    context = chromium.new_context(java_script_enabled=script, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(5000)
    return page


@pytest.fixture(scope="session")
def tab(chromium: Browser) -> Iterator[Page]:
    """The page that the tests open theirs in, one after the other: a new one takes longer than most of them."""
    page = _tab(chromium)
    yield page
    page.context.close()


@pytest.fixture
def opened(chromium: Browser, tab: Page) -> Iterator[Callable[..., Page]]:
    """Opens a page, once; at the end there must have been no error, and no request but that for the page itself."""
    found: list[Opened] = []

    def open_page(
        path: Path, width: int = 1280, scheme: str = "light", *, script: bool = True, calm: bool = True
    ) -> Page:
        assert not found, "there is one page for all"
        page = tab if script else _tab(chromium, script=False)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        watched = Opened(page, calm)
        found.append(watched)
        watched.listen()
        page.goto(path.as_uri())
        watched.trouble.remove(f"request: {path.as_uri()}")
        return page

    yield open_page
    for each in found:
        each.end()
        if each.page is not tab:
            each.page.context.close()
        assert each.trouble == [] or not each.calm


def screenshot(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep what a page looks like, or the first so many pixels of it, for people to look at."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    clip = None if height is None else {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True, clip=clip)  # type: ignore[arg-type]


def _isolator(folder: Path, code: int, *words: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        for name in ("SECRET_KEY", "ENVIRONMENT", "DATABASE_URL", "ALLOW_DEV_TEMP_USERS"):
            patched.delenv(name, raising=False)
        done = inside(*words, "--", "-p", "pytest_rerunfailures", "--reruns", "1", folder=folder)
    assert done.returncode == code, done.stderr
