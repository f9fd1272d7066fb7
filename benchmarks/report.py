"""The page of 5,000 tests by 20 runs, before and after: its size, the time to make it, and how it behaves.

    python -m benchmarks.report [FILE]

FILE is where the page is written (by default it is not kept). If there is a Chromium or a Chrome, and Playwright, the
page is opened, sorted, filtered and scrolled: the times are those from the click to the next frame that is drawn, of
scrolling those between two frames.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from isolator.evidence.model import Edge, Evidence, Leak, WatchedRun
from isolator.project.project import Project
from isolator.project.pytest_config import PytestConfig
from isolator.project.settings import Settings
from isolator.project.tables.confirm import ORDERS
from isolator.pytest_runs.expectations.comparing import against
from isolator.pytest_runs.model import Attempt, Confirmation, Result, Run
from isolator.pytest_runs.verdicts import judge_all
from isolator.report.html.gather import gather
from isolator.report.html.material import Material
from isolator.report.html.render import render

TESTS, RUNS = 5000, 20
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

# The milliseconds until the next frame is on the screen, after something is done.
_TIMED = """async what => {
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  const start = performance.now();
  what === "sort" ? document.querySelector("[data-key=seconds] button").click() : filter(what);
  await frame();
  return performance.now() - start;
  function filter(value) {
    const list = document.querySelector("#filters select");
    list.value = value;
    list.dispatchEvent(new Event("change"));
  }
}"""
# Ten thousand pixels in 120 frames: the time of each.
_SCROLLED = """async () => {
  const scroller = document.getElementById("scroller"), times = [];
  scroller.scrollTop = 0;
  let last = performance.now();
  for (let step = 0; step < 120; step++) {
    scroller.scrollTop += 84;
    await new Promise(done => requestAnimationFrame(done));
    times.push(performance.now() - last);
    last = performance.now();
  }
  return times.sort((a, b) => a - b);
}"""


def material(tests: int = TESTS, runs: int = RUNS) -> Material:
    """A suite in which one test of 50 is flaky or depends on the order before, and one of 1,000 after."""
    before, after = _confirmation(tests, runs, 50, 1), _confirmation(tests, runs, 1000, 2)
    found = against(before, after)
    project = Project(Path.cwd(), Settings(), PytestConfig())
    return Material("isolator confirm", found.ok, (("before", before), ("after", found)), project, _evidence(tests))


def browser() -> str | None:
    """A Chromium or a Chrome on this machine: what CHROMIUM names, or one on the PATH; None if there is none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def main() -> None:
    """Print the figures."""
    given = material()
    started = time.perf_counter()
    page = gather(given)
    gathered = time.perf_counter()
    data = render(page)
    rendered = time.perf_counter()
    print(f"{TESTS} tests by {RUNS} runs, before and after")
    print(f"size                  {len(data) / 1e6:8.2f} MB")
    print(f"gathered in           {gathered - started:8.2f} s")
    print(f"rendered in           {rendered - gathered:8.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "report.html"
        path.write_bytes(data)
        _measure(path)


def _measure(path: Path) -> None:
    executable = browser()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        executable = None
    if executable is None:
        print("no Chromium, or no Playwright: opening, sorting and scrolling are not measured")
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        started = time.perf_counter()
        page.goto(path.resolve().as_uri())
        page.wait_for_selector(".row")
        print(f"opened in             {time.perf_counter() - started:8.2f} s")
        print(f"sorted in             {page.evaluate(_TIMED, 'sort'):8.0f} ms")
        print(f"filtered in           {page.evaluate(_TIMED, 'flaky'):8.0f} ms")
        print(f"all shown again in    {page.evaluate(_TIMED, ''):8.0f} ms")
        times = page.evaluate(_SCROLLED)
        print(f"frame, median         {times[len(times) // 2]:8.1f} ms")
        print(f"frame, 95 of 100      {times[len(times) * 95 // 100]:8.1f} ms")
        print(f"frame, the longest    {times[-1]:8.1f} ms")
        print(f"rows in the document  {page.locator('.row').count():8d}")
        chromium.close()


def _name(number: int) -> str:
    area, module = divmod(number // 25, 8)
    tail = f"[case-{number % 5}]" if number % 3 == 0 else ""
    return f"tests/area_{area:02}/test_module_{module}.py::TestModule{module}::test_behaviour_number_{number}{tail}"


def _confirmation(tests: int, runs: int, one_of: int, seed: int) -> Confirmation:
    drawn = random.Random(seed)
    unlucky = {n for n in range(tests) if n % one_of == 0}
    made = []
    for number in range(runs):
        order = ORDERS[number * 3 // runs]
        attempts = {}
        for test in range(tests):
            fails = test in unlucky and (order == "reversed" if test % (2 * one_of) else drawn.random() < 0.3)
            seconds = drawn.expovariate(50)
            way = f"call: AssertionError at {_name(test).partition('::')[0]}:{10 + test % 90}" if fails else ""
            result: Result = "failed" if fails else "skipped" if test % 97 == 3 else "passed"
            attempts[_name(test)] = Attempt(result, way, seconds=seconds)
        made.append(Run(order, number, sum(a.seconds for a in attempts.values()), 0, attempts))
    return Confirmation(tuple(made), judge_all(made), pytest_runs=runs)


def _evidence(tests: int) -> Evidence:
    """Twenty polluters, each with a variable of its own that two or three others read."""
    leaks, edges = [], []
    for number in range(min(20, tests // 50)):
        polluter, variable = _name(50 * number + 7), f"SETTING_{number % 12}"
        leaks.append(Leak(variable, polluter, polluter.partition("::")[0], 12, None, "call"))
        for victim in (50 * number + 50, 50 * number + 21, 50 * number + 33):
            edges.append(Edge(polluter, _name(victim), variable, "app/settings.py", 30 + number))
    return Evidence((WatchedRun("given", 1, 60.0, 1),), {}, tuple(leaks), tuple(edges))


if __name__ == "__main__":
    main()
